package k8s

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Snapshot is what exists at one moment. It is never changed; the next one is a new value.
type Snapshot struct {
	Pods       []Pod    // by namespace, then name
	Namespaces []string // sorted; includes those without pods, if listing namespaces is allowed
	Synced     bool     // all pods are there; false while the list is still being read
	Only       string   // the only namespace that is watched, because no more is allowed; "": all
	Err        error    // why the list is not live, with a hint; nil while it is. The pods are then those of Since
	Since      time.Time
	Names      *Names    // of addresses, at most a second older than Pods; nil before the list of pods is read
	Services   []Service // those with addresses, by namespace, then name
	Refused    int       // pods, services and namespaces that are left out, because they break the rules of Kubernetes
	Refusal    error     // why one of them is left out, with a hint; nil if none is
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
