package k8s

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s/grant"
)

// Snapshot is what exists at one moment. It is never changed; the next one is a new value.
type Snapshot struct {
	Pods       []Pod    // by namespace, then name
	Namespaces []string // sorted; includes those without pods, if listing namespaces is allowed
	Synced     bool     // all pods are there; false while the list is still being read
	Standin    string   // the node whose pods are those that its container runtime has, because the API does not say; "": none
	Only       string   // the only namespace that is watched, because no more is allowed; "": all
	Unwatched  bool     // pods may not be watched, so their list is read again and again
	Lacks      []Lack   // rights that are missing; without one to list any pods, Err says so
	Err        error    // why the list is not live, with a hint; nil while it is. The pods are then those of Since
	Since      time.Time
	Names      *Names    // of addresses, at most a second older than Pods; nil before the list of pods is read
	Services   []Service // those with addresses, by namespace, then name
	Refused    int       // pods, services and namespaces that are left out, because they break the rules of Kubernetes
	Refusal    error     // why one of them is left out, with a hint; nil if none is
}

// Lack is a right that is missing, with what that means and which commands give it.
type Lack struct {
	Right    string // "list and watch pods"
	Scope    string // "in namespace shop"
	Means    string
	Commands string
	Told     bool // Snapshot.Only or Snapshot.Err says so, too
}

// Find returns the pod of that name, or ErrNotFound.
func (s Snapshot) Find(namespace, name string) (Pod, error) {
	i, found := slices.BinarySearchFunc(s.Pods, Pod{Namespace: namespace, Name: name}, byName)
	if !found {
		return Pod{}, ErrNotFound
	}
	return s.Pods[i], nil
}

func byName(a, b Pod) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// build makes a snapshot of what is known now.
func (w *Watch) build() Snapshot {
	w.mu.Lock()
	s := Snapshot{Only: w.only, Err: w.err, Since: w.since}
	w.mu.Unlock()
	s.Lacks = w.lacks()
	s.Unwatched = slices.Contains(w.refusals.Verbs("pods", w.only), verbWatch)
	if w.all == nil {
		return s
	}
	switch s.Synced = w.podsKnown(); {
	case s.Synced:
		s.Pods = w.all.list()
	case w.near != nil:
		s.Pods = w.near.list()
	}
	s.Names = w.names(time.Now())
	s.Namespaces = w.namespacesOf(s.Pods)
	if w.servicesOld.Swap(false) {
		w.servicesList = servicesOf(w.services.GetStore())
		w.servicesRefused, w.servicesRefusal = refusedIn(w.services.GetStore())
	}
	s.Services = w.servicesList
	pods, whyPods := w.all.refusals()
	namespaces, whyNamespaces := refusedIn(w.namespaces.GetStore())
	s.Refused, s.Refusal = pods+w.servicesRefused+namespaces, cmp.Or(whyPods, w.servicesRefusal, whyNamespaces)
	return s
}

// lacks are the rights that are missing.
func (w *Watch) lacks() (lacks []Lack) {
	for _, l := range w.refusals.Lacks() {
		lacks = append(lacks, Lack{
			l.Words(), scopeOf(l.Namespace), w.lostWithout(l), l.Commands(), l.Resource == "pods" && slices.Contains(l.Verbs, verbList),
		})
	}
	return lacks
}

// lostWithout says what does not work without a right.
func (w *Watch) lostWithout(l grant.Lack) string {
	switch {
	case l.Resource == "pods" && l.Namespace == "" && w.only != "":
		return "only the pods of namespace " + w.only + " are shown"
	case !slices.Contains(l.Verbs, verbList):
		return "the list of " + l.Resource + " is read again and again"
	default:
		return lost(verbList, l.Resource)
	}
}

// namespacesOf returns the namespaces of the pods, which are sorted, and those known from the list of namespaces.
func (w *Watch) namespacesOf(pods []Pod) []string {
	var known []string
	for i, p := range pods {
		if i == 0 || p.Namespace != pods[i-1].Namespace {
			known = append(known, p.Namespace)
		}
	}
	for _, object := range w.namespaces.GetStore().List() {
		if k := object.(*key); k.refused == nil {
			known = append(known, k.name)
		}
	}
	if w.only != "" {
		known = append(known, w.only)
	}
	slices.Sort(known)
	return slices.Compact(known)
}
