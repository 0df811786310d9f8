package pods

import (
	"strings"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/line"
)

// finding holds the pods that a query finds: their places among all pods, in that order, and how well each matches.
type finding struct {
	query  query
	places []int32
	scores []int16
	texts  podTexts
	stale  bool
}

// surroundings are what a search knows besides the pods.
type surroundings struct {
	names    line.Names // of addresses
	services []k8s.Service
}

// podTexts are the namespace/name of all pods in lower case, one after the other: what is searched at each key.
type podTexts struct {
	bytes []byte
	ends  []uint32
	names []uint16 // where the name begins, after the namespace
}

func (t *podTexts) build(pods []k8s.Pod) {
	t.bytes, t.ends, t.names = t.bytes[:0], t.ends[:0], t.names[:0]
	for i := range pods {
		t.bytes = append(append(t.bytes, strings.ToLower(pods[i].Namespace)...), '/')
		start := len(t.bytes)
		t.bytes = append(t.bytes, strings.ToLower(pods[i].Name)...)
		t.ends, t.names = append(t.ends, uint32(len(t.bytes))), append(t.names, uint16(min(len(pods[i].Namespace)+1, start)))
	}
}

func (t *podTexts) at(i int32) (text []byte, name int) {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.bytes[start:t.ends[i]], int(t.names[i])
}

// renew says that the pods have changed.
func (f *finding) renew() { f.stale = true }

// find runs a query. If the query only adds letters to the one before, only what that one found is searched.
func (f *finding) find(q query, pods []k8s.Pod, here []bool, around surroundings) {
	narrower := !f.stale && q.narrows(f.query)
	if f.stale && !q.empty() {
		f.texts.build(pods)
	}
	if q.empty() {
		f.query, f.stale = q, true // the texts are not updated while nobody searches
		f.places, f.scores = f.places[:0], f.scores[:0]
		return
	}
	f.stale = false
	q.prepare(pods, around.names, around.services)
	f.query = q
	if narrower {
		f.narrow(pods, here)
		return
	}
	f.places, f.scores = f.places[:0], f.scores[:0]
	for i := range pods {
		if s := f.score(int32(i), &pods[i], here[i]); s > 0 {
			f.places, f.scores = append(f.places, int32(i)), append(f.scores, s)
		}
	}
}

func (f *finding) narrow(pods []k8s.Pod, here []bool) {
	n := 0
	for _, i := range f.places {
		if s := f.score(i, &pods[i], here[i]); s > 0 {
			f.places[n], f.scores[n] = i, s
			n++
		}
	}
	f.places, f.scores = f.places[:n], f.scores[:n]
}

// score says how well a pod matches all words; 0 if it does not.
func (f *finding) score(i int32, p *k8s.Pod, here bool) int16 {
	sum := 0
	for k := range f.query.words {
		w := &f.query.words[k]
		s := 0
		if w.kind == plainWord {
			text, name := f.texts.at(i)
			if s = fuzzy(text, w.text, name); s < scoreOther && w.inRow(p) {
				s = scoreOther
			}
		} else {
			s = w.fits(p, here)
		}
		if s == 0 {
			return 0
		}
		sum += s
	}
	return int16(sum / len(f.query.words))
}

// short is the length below which a word is not searched for in nodes and statuses: shorter words are in nearly all of them.
const short = 3

// inRow searches the status and the node of a pod for a plain word.
func (w *word) inRow(p *k8s.Pod) bool {
	return len(w.text) >= short && (containsFold(p.Status, w.text) || containsFold(p.Node, w.text))
}

// fits says how well a pod matches a word that is not plain.
func (w *word) fits(p *k8s.Pod, here bool) int {
	ok := false
	switch w.kind {
	case hereWord:
		ok = here
	case nodeWord:
		ok = containsFold(p.Node, w.text) || w.text != "" && strings.HasPrefix("here", w.text) && here
	case statusWord:
		ok = containsFold(p.Status, w.text)
	case namespaceWord:
		ok = containsFold(p.Namespace, w.text)
	case keyWord:
		_, ok = labelOf(p.Labels, w.key)
		ok = ok || w.key == ""
	case labelWord:
		value, has := labelOf(p.Labels, w.key)
		ok = has && (value == w.text || w.begins && strings.HasPrefix(value, w.text))
	case unlikeWord:
		value, _ := labelOf(p.Labels, w.key)
		ok = value != w.text
	case addressWord:
		return w.fitsAddress(p)
	case networkWord:
		ok = w.inNetwork(p)
	}
	if !ok {
		return 0
	}
	return scoreOther
}

// labelOf is the value of a label in a text such as "app=cart,tier=web". Neither keys nor values contain commas.
func labelOf(labels, key string) (value string, ok bool) {
	for labels != "" {
		var one string
		one, labels, _ = strings.Cut(labels, ",")
		if k, v, _ := strings.Cut(one, "="); k == key {
			return v, true
		}
	}
	return "", false
}

// containsFold searches a text, in any case, for letters in lower case.
func containsFold(s, small string) bool {
	for i := 0; i+len(small) <= len(s); i++ {
		k := 0
		for k < len(small) && lower(s[i+k]) == small[k] {
			k++
		}
		if k == len(small) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}
