package k8s

import (
	"net/netip"
	"time"
)

// Kind is what an address belongs to.
type Kind int

// The kinds. A service's external address may be that of a node, as in k3s: it is the node's then. A cloud may give a pod
// the address of a node that no longer exists: it is the pod's then.
const (
	PodAddress Kind = iota
	NodeAddress
	ServiceAddress
	kinds
)

// Name is what people call the owner of an address.
type Name struct {
	Kind      Kind
	Namespace string // "" of a node
	Name      string
}

// String is the name as the cluster's DNS begins it: pod "cart-0.shop", service "payments.shop.svc", node "node-1".
func (n Name) String() string {
	switch n.Kind {
	case PodAddress:
		return n.Name + "." + n.Namespace
	case ServiceAddress:
		return n.Name + "." + n.Namespace + ".svc"
	default:
		return n.Name
	}
}

// slack is by how much the clocks of the nodes and of podtracer may differ; the API's own times are whole seconds.
const slack = 2 * time.Second

// Names knows whose addresses are whose, and whose they were. It is never changed; a nil *Names knows none.
type Names struct {
	owners     map[netip.Addr][]owner // of each address by from; shared with the history that it was made from
	incomplete string
}

// owner is who had an address, and when.
type owner struct {
	Name
	id          string // UID; of a node its name
	from, until int64  // Unix nanoseconds; until is 0 while it has the address, and always of a node
}

// At is the owner of the address at that time; the zero time is now. An IPv4-mapped IPv6 address counts as the IPv4 address.
//
// It is false if nobody in the cluster is known to have had the address then. A pod counts as its owner from 2 s before it started
// until 2 s after it was gone.
func (n *Names) At(addr netip.Addr, at time.Time) (Name, bool) {
	if n == nil {
		return Name{}, false
	}
	owners := n.owners[bare(addr)]
	for kind := range kinds {
		if o := ownerAt(owners, kind, at); o != nil {
			return o.Name, true
		}
	}
	return Name{}, false
}

// Incomplete says why some names are missing: "services: not allowed to list services in all namespaces"; "" if none should be.
func (n *Names) Incomplete() string {
	if n == nil {
		return "no names have been looked up"
	}
	return n.incomplete
}

// Len is how many addresses have, or had, a known owner.
func (n *Names) Len() int {
	if n == nil {
		return 0
	}
	return len(n.owners)
}

// bare is the address as the API has it: no zone, and IPv4 as IPv4.
func bare(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// ownerAt is the owner of that kind at that time, or nil. Of two that seem to have had the address at once, it is the one
// that started later: the end of a pod is known only when the API tells of it.
func ownerAt(owners []owner, kind Kind, at time.Time) *owner {
	if kind == NodeAddress {
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

func (o *owner) had(at time.Time, tolerance int64) bool {
	if at.IsZero() {
		return o.until == 0
	}
	t := at.UnixNano()
	return o.from-tolerance <= t && (o.until == 0 || t <= o.until+tolerance)
}

// nodeAt is the node that had the address at that time. Nodes are known by their pods only: the first was there before its
// oldest pod, and each was there until the next came.
func nodeAt(owners []owner, at time.Time) *owner {
	var found *owner
	for i := range owners {
		o := &owners[i]
		if o.Kind == NodeAddress && (found == nil || at.IsZero() || o.from <= at.UnixNano()) {
			found = o
		}
	}
	return found
}
