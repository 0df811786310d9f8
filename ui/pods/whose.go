package pods

import (
	"net/netip"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/line"
)

// prepare looks up what the words need before pods are compared with them.
func (q *query) prepare(pods []k8s.Pod, names line.Names, services []k8s.Service) {
	for i := range q.words {
		switch w := &q.words[i]; w.kind {
		case labelWord:
			w.begins = !anyHasLabel(pods, w.key, w.text)
		case addressWord:
			w.askOwner(names, services)
		}
	}
}

func anyHasLabel(pods []k8s.Pod, key, value string) bool {
	for i := range pods {
		if v, ok := labelOf(pods[i].Labels, key); ok && v == value {
			return true
		}
	}
	return false
}

// askOwner looks up whose address it is now.
func (w *word) askOwner(names line.Names, services []k8s.Service) {
	w.owner, w.chosen = k8s.Name{}, nil
	if !w.addr.IsValid() || names == nil {
		return
	}
	w.owner, _ = names.At(w.addr, time.Time{})
	if w.owner.Kind != k8s.ServiceAddress {
		return
	}
	for i := range services {
		if s := &services[i]; s.Namespace == w.owner.Namespace && s.Name == w.owner.Name && s.Selector != "" {
			w.chosen = strings.Split(s.Selector, ",")
		}
	}
}

// fitsAddress finds the pod that has the address, the pods behind the service that has it, or the pods of the node that has it.
// While the address may still be incomplete, it finds the pods whose addresses begin with it.
func (w *word) fitsAddress(p *k8s.Pod) int {
	score := 0
	for _, ip := range p.IPs {
		switch {
		case ip == w.text:
			return scoreExact
		case w.addr.IsValid() && strings.Contains(ip, ":") && w.addr.Is6() && sameAddress(ip, w.addr):
			return scoreExact
		case !w.complete && strings.HasPrefix(ip, w.text):
			score = scoreOther
		}
	}
	switch {
	case w.owner.Name == "":
	case w.owner.Kind == k8s.ServiceAddress && w.behindService(p), w.owner.Kind == k8s.NodeAddress && p.Node == w.owner.Name:
		score = scorePiece
	}
	return score
}

// sameAddress also compares with an address in a longer notation.
func sameAddress(text string, addr netip.Addr) bool {
	other, err := netip.ParseAddr(text)
	return err == nil && other.WithZone("") == addr
}

func (w *word) behindService(p *k8s.Pod) bool {
	if len(w.chosen) == 0 || p.Namespace != w.owner.Namespace {
		return false
	}
	for _, want := range w.chosen {
		key, value, _ := strings.Cut(want, "=")
		if has, ok := labelOf(p.Labels, key); !ok || has != value {
			return false
		}
	}
	return true
}

func (w *word) inNetwork(p *k8s.Pod) bool {
	for _, ip := range p.IPs {
		if addr, err := netip.ParseAddr(ip); err == nil && w.prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// notes are what a person has to know about the words: whose an address is, and why a word finds nothing.
func (f *finding) notes(names line.Names) []string {
	var out []string
	for i := range f.query.words {
		w := &f.query.words[i]
		switch {
		case w.wrong != "":
			out = append(out, w.wrong)
		case w.kind == labelWord && w.begins && w.text != "" && len(f.places) > 0:
			out = append(out, "no pod has "+w.key+"="+w.text+"; these begin with it")
		case w.kind == addressWord && w.addr.IsValid():
			out = append(out, f.whose(w, names))
		}
	}
	return out
}

// whose says who has the address.
func (f *finding) whose(w *word, names line.Names) string {
	text := w.addr.String()
	switch {
	case w.owner.Name == "" && f.has(scoreExact):
		return text + " is the address of a pod"
	case w.owner.Name == "" && len(f.places) > 0:
		return text + ": nobody in the cluster has it now; these begin with it"
	case w.owner.Name == "":
		return text + ": no pod, service or node of the cluster has it now; it is outside, or its pod is gone" + doubt(names)
	case w.owner.Kind == k8s.ServiceAddress && len(w.chosen) == 0:
		return text + " is service " + w.owner.Namespace + "/" + w.owner.Name + ", which selects no pods by labels"
	case w.owner.Kind == k8s.ServiceAddress && len(f.places) == 0:
		return text + " is service " + w.owner.Namespace + "/" + w.owner.Name + ", which has no pods"
	case w.owner.Kind == k8s.ServiceAddress:
		return text + " is service " + w.owner.Namespace + "/" + w.owner.Name + ": these are its pods"
	case w.owner.Kind == k8s.NodeAddress:
		return text + " is node " + w.owner.Name + ": these are its pods, those in its own network first"
	default:
		return text + " is pod " + w.owner.Namespace + "/" + w.owner.Name
	}
}

// doubt says why an address may have an owner although none was found.
func doubt(names line.Names) string {
	if names == nil {
		return " (addresses are not known yet)"
	}
	if missing := names.Incomplete(); missing != "" {
		return " (not known: " + missing + ")"
	}
	return ""
}

// has says whether a pod has that score.
func (f *finding) has(score int16) bool {
	for _, s := range f.scores {
		if s >= score {
			return true
		}
	}
	return false
}
