// Package addresses knows who has which address, and who had it before: pods, services and nodes. It asks nobody.
//
// The door: History, which takes Claims as they come and go, and Names, what it knows at one moment.
package addresses

import (
	"net/netip"
	"time"
)

// Kind is the kind of object that an address belongs to.
type Kind int

// The kinds. A service's external address may be that of a node, as in k3s: then it is the node's. A cloud may give a pod the
// address of a node that no longer exists: then it is the pod's.
const (
	OfPod Kind = iota
	OfNode
	OfService
	kinds
)

// Name is the name of the owner of an address.
type Name struct {
	Kind      Kind
	Namespace string // "" for a node
	Name      string
}

// String is the beginning of the owner's DNS name in the cluster: pod "cart-0.shop", service "payments.shop.svc", node "node-1".
func (n Name) String() string {
	switch n.Kind {
	case OfPod:
		return n.Name + "." + n.Namespace
	case OfService:
		return n.Name + "." + n.Namespace + ".svc"
	default:
		return n.Name
	}
}

// slack is how far the clocks of nodes and podtracer may differ; times in the API are whole seconds.
const slack = 2 * time.Second

// Names knows the present and earlier owners of addresses. It is never changed. A nil *Names knows none.
type Names struct {
	owners     map[netip.Addr][]Owner // of each address, sorted by From; shared with the history
	incomplete string
}

// Owner is who had an address, and when.
type Owner struct {
	Name
	ID          string // UID; for a node its name
	From, Until int64  // Unix nanoseconds; Until is 0 while it has the address, and always for a node
}

// At returns the owner of the address at that time (zero: now). An IPv4-mapped IPv6 address counts as the IPv4 address.
//
// It returns false if nobody in the cluster is known to have had the address then. A pod counts as owner from 2 s before it started
// until 2 s after it was gone.
func (n *Names) At(addr netip.Addr, at time.Time) (Name, bool) {
	if n == nil {
		return Name{}, false
	}
	owners := n.owners[Bare(addr)]
	for kind := range kinds {
		if o := ownerAt(owners, kind, at); o != nil {
			return o.Name, true
		}
	}
	return Name{}, false
}

// Incomplete says why some names are missing: "services: not allowed to list services in all namespaces"; "" if none should be missing.
func (n *Names) Incomplete() string {
	if n == nil {
		return "no names have been looked up"
	}
	return n.incomplete
}

// Len is the number of addresses that have, or had, a known owner.
func (n *Names) Len() int {
	if n == nil {
		return 0
	}
	return len(n.owners)
}

// Bare returns the address in the API's form: without a zone, and IPv4 unmapped.
func Bare(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// ownerAt returns the owner of that kind at that time, or nil. If two seem to have had the address at once, the later one counts,
// because the end of a pod is known only when the API reports it.
func ownerAt(owners []Owner, kind Kind, at time.Time) *Owner {
	if kind == OfNode {
		return nodeAt(owners, at)
	}
	for _, tolerance := range []time.Duration{0, slack} {
		for i := len(owners) - 1; i >= 0; i-- {
			if o := &owners[i]; o.Kind == kind && o.had(at, int64(tolerance)) {
				return o
			}
		}
	}
	return nil
}

func (o *Owner) had(at time.Time, tolerance int64) bool {
	if at.IsZero() {
		return o.Until == 0
	}
	t := at.UnixNano()
	return o.From-tolerance <= t && (o.Until == 0 || t <= o.Until+tolerance)
}

// nodeAt returns the node that had the address at that time. Nodes are known only by their pods: the first node counts from the
// beginning, and each node until the next one came.
func nodeAt(owners []Owner, at time.Time) *Owner {
	var found *Owner
	for i := range owners {
		o := &owners[i]
		if o.Kind == OfNode && (found == nil || at.IsZero() || o.From <= at.UnixNano()) {
			found = o
		}
	}
	return found
}
