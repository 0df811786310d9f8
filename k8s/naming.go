package k8s

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"k8s.io/client-go/tools/cache"
)

// nameEvery is the shortest interval between two Names: copying those of 50,000 pods takes 4 ms.
const nameEvery = time.Second

// naming is what a Watch has published of its history. Only the goroutine that makes snapshots uses it.
type naming struct {
	names   *Names
	changes uint64 // version of the history that names shows
	at      time.Time
}

// namesDue says whether addresses have changed, and the last Names are old enough.
func (w *Watch) namesDue(now time.Time) bool {
	return now.Sub(w.naming.at) >= nameEvery &&
		(w.naming.names == nil || w.history.version() != w.naming.changes || w.missing() != w.naming.names.incomplete)
}

// names returns Names that are at most a second old.
func (w *Watch) names(now time.Time) *Names {
	if w.namesDue(now) {
		w.naming.names, w.naming.changes = w.history.names(w.missing())
		w.naming.at = now
	}
	return w.naming.names
}

// missing says why some names are unknown, or unknown yet; "" if none are.
func (w *Watch) missing() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var reasons []string
	if w.only != "" {
		reasons = append(reasons, "other namespaces: not allowed to list pods in all namespaces")
	}
	if w.history.isFull() {
		reasons = append(reasons, "addresses: the API reports more than a cluster can have")
	}
	if !w.podsKnown() {
		reasons = append(reasons, "pods: their list is still being read")
	}
	switch {
	case w.servicesErr != nil:
		reasons = append(reasons, "services: "+w.servicesErr.Error())
	case !w.servicesKnown():
		reasons = append(reasons, "services: their list is still being read")
	}
	return strings.Join(reasons, "; ")
}

// notePod records a change of a pod in the history; was or is is the zero Pod if the pod is new or gone.
func (w *Watch) notePod(was, is Pod) { w.history.pod(was, is, time.Now()) }

// noteService records a change of a service in the history; was or is is nil if the service is new or gone.
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

// handlers passes changes on to note, and marks the snapshot as outdated.
func (w *Watch) handlers(note func(was, is any)) cache.ResourceEventHandlerFuncs {
	pass := func(was, is any) {
		note(was, is)
		w.mark()
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(is any) { pass(nil, is) },
		UpdateFunc: pass,
		DeleteFunc: func(was any) {
			if missed, ok := was.(cache.DeletedFinalStateUnknown); ok { // deleted while the API was unreachable
				was = missed.Obj
			}
			pass(was, nil)
		},
	}
}

// Names returns the Names of the newest snapshot, whatever is asked for.
func (w *Watch) Names(context.Context, []netip.Addr, time.Time) (*Names, error) {
	s, _ := w.snapshot.Get()
	return s.Names, nil
}
