package k8s

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"k8s.io/client-go/tools/cache"
)

// nameEvery is how often new Names are made at most: to copy those of 50,000 pods takes 4 ms.
const nameEvery = time.Second

// naming is what a Watch has published of its history. It belongs to the goroutine that makes the snapshots.
type naming struct {
	names   *Names
	changes uint64 // of the history that names show
	at      time.Time
}

// namesDue says whether there is something new about addresses, and the last news are long enough ago.
func (w *Watch) namesDue(now time.Time) bool {
	return now.Sub(w.naming.at) >= nameEvery &&
		(w.naming.names == nil || w.history.version() != w.naming.changes || w.missing() != w.naming.names.incomplete)
}

// names are those of the last second.
func (w *Watch) names(now time.Time) *Names {
	if w.namesDue(now) {
		w.naming.names, w.naming.changes = w.history.names(w.missing())
		w.naming.at = now
	}
	return w.naming.names
}

// missing says why some names are not known, or not yet.
func (w *Watch) missing() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var reasons []string
	if w.only != "" {
		reasons = append(reasons, "other namespaces: not allowed to list pods in all namespaces")
	}
	if w.history.isFull() {
		reasons = append(reasons, "addresses: the API tells of more than a cluster has")
	}
	if !w.podsKnown() {
		reasons = append(reasons, "pods: their list is still coming")
	}
	switch {
	case w.servicesErr != nil:
		reasons = append(reasons, "services: "+w.servicesErr.Error())
	case !w.servicesKnown():
		reasons = append(reasons, "services: their list is still coming")
	}
	return strings.Join(reasons, "; ")
}

// notePod puts a change into the history; a pod that is new or gone was or is the zero Pod.
func (w *Watch) notePod(was, is Pod) { w.history.pod(was, is, time.Now()) }

// noteService does so with a service's, or nil.
func (w *Watch) noteService(was, is any) {
	w.servicesOld.Store(true)
	w.history.replace(claimOf(was), claimOf(is), time.Now())
}

func claimOf(object any) claim {
	if i, ok := object.(*serviceItem); ok {
		return i.claim
	}
	return claim{}
}

// handlers passes changes on, and marks the snapshot as old.
func (w *Watch) handlers(note func(was, is any)) cache.ResourceEventHandlerFuncs {
	pass := func(was, is any) {
		note(was, is)
		w.mark()
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(is any) { pass(nil, is) },
		UpdateFunc: pass,
		DeleteFunc: func(was any) {
			if missed, ok := was.(cache.DeletedFinalStateUnknown); ok { // it went while the API was away
				was = missed.Obj
			}
			pass(was, nil)
		},
	}
}

// Names are those of the newest snapshot, whatever they are asked for.
func (w *Watch) Names(context.Context, []netip.Addr, time.Time) (*Names, error) {
	s, _ := w.snapshot.Get()
	return s.Names, nil
}
