package k8s

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/k8s/addresses"
)

// Who has which address, as package addresses knows it.
type (
	Names = addresses.Names
	Name  = addresses.Name
)

// The kinds of owners.
const (
	PodAddress     = addresses.OfPod
	NodeAddress    = addresses.OfNode
	ServiceAddress = addresses.OfService
)

// NamesOf are the names of the addresses of pods now, and of their nodes; incomplete says what is not known.
func NamesOf(pods []Pod, incomplete string) *Names {
	var h history
	for _, p := range pods {
		h.pod(Pod{}, p, time.Now())
	}
	names, _ := h.Names(incomplete)
	return names
}

// history is who had which address, as pods and services tell.
type history struct{ addresses.History }

// pod records that a pod came (was is the zero Pod), changed, or went (is is the zero Pod).
func (h *history) pod(was, is Pod, now time.Time) {
	if was.Node == is.Node && was.UID == is.UID && was.Finished() == is.Finished() && was.Ended.Equal(is.Ended) &&
		slices.Equal(was.IPs, is.IPs) && slices.Equal(was.HostIPs, is.HostIPs) {
		return // most changes concern readiness only
	}
	h.Replace(was.claim(), is.claim(), now)
	if is.Node == "" || is.Finished() { // a finished pod may outlive its node
		return
	}
	addrs := is.HostIPs
	if is.HostNetwork {
		addrs = slices.Concat(addrs, is.IPs)
	}
	h.Hold(addresses.Parse(addrs), addresses.Owner{Name: Name{Kind: NodeAddress, Name: is.Node}, ID: is.Node, From: is.since()})
}

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
		(w.naming.names == nil || w.history.Version() != w.naming.changes || w.missing() != w.naming.names.Incomplete())
}

// names returns Names that are at most a second old.
func (w *Watch) names(now time.Time) *Names {
	if w.namesDue(now) {
		w.naming.names, w.naming.changes = w.history.Names(w.missing())
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
	if w.history.IsFull() {
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
	w.history.Replace(claimOf(was), claimOf(is), time.Now())
}

func claimOf(object any) addresses.Claim {
	if i, ok := object.(*serviceItem); ok {
		return i.claim
	}
	return addresses.Claim{}
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
