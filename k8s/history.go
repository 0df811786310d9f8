package k8s

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fennec-project/podtracer/k8s/rules"
)

const (
	keepOwners = 8      // owners kept of one address: the present ones and the last before them
	keepVacant = 20_000 // addresses kept that nobody has any more; a cluster with IPv6 may never reuse one

	mostAddresses = 4 * mostObjects // in all, because addresses of nodes are never given up
)

// history records who had which address, from pods and services as they come, change and go. Several goroutines may use it. Its
// slices of owners are replaced and never changed, because published Names share them.
type history struct {
	mu      sync.Mutex
	owners  map[netip.Addr][]owner
	vacated []vacancy // oldest first
	full    bool      // an address was left out
	changes uint64
}

// vacancy is an address that nobody has any more.
type vacancy struct {
	addr netip.Addr
	at   int64
}

// claim is the addresses that a pod or service has.
type claim struct {
	Name
	id          string
	addrs       []netip.Addr
	from, until int64 // Unix nanoseconds; until is 0 while the claim holds
}

// podClaim returns the claim of a pod with its own network. A finished pod had its addresses until its last container ended; if the
// API does not say when that was, the pod claims nothing.
func podClaim(p Pod) claim {
	if p.HostNetwork || p.Finished() && p.Ended.IsZero() {
		return claim{}
	}
	c := claim{Name: Name{PodAddress, p.Namespace, p.Name}, id: p.UID, addrs: parse(p.IPs), from: started(p)}
	if p.Finished() {
		c.until = p.Ended.UnixNano()
	}
	return c
}

func started(p Pod) int64 {
	if p.Started.IsZero() {
		return p.Created.UnixNano()
	}
	return p.Started.UnixNano()
}

// serviceClaim returns the claim of a service: its cluster addresses, external addresses and load balancer addresses.
func serviceClaim(s *corev1.Service) claim {
	return claim{
		Name: Name{ServiceAddress, s.Namespace, s.Name}, id: string(s.UID), addrs: parse(rules.ServiceAddresses(s)),
		from: s.CreationTimestamp.UnixNano(),
	}
}

// parse returns the valid addresses, each once.
func parse(texts []string) []netip.Addr {
	var addrs []netip.Addr
	for _, text := range texts {
		addr, err := netip.ParseAddr(text)
		if err == nil && !slices.Contains(addrs, bare(addr)) {
			addrs = append(addrs, bare(addr))
		}
	}
	return addrs
}

// pod records that a pod came (was is the zero Pod), changed, or went (is is the zero Pod).
func (h *history) pod(was, is Pod, now time.Time) {
	if was.Node == is.Node && was.UID == is.UID && was.Finished() == is.Finished() && was.Ended.Equal(is.Ended) &&
		slices.Equal(was.IPs, is.IPs) && slices.Equal(was.HostIPs, is.HostIPs) {
		return // most changes concern readiness only
	}
	h.replace(podClaim(was), podClaim(is), now)
	if is.Node == "" || is.Finished() { // a finished pod may outlive its node
		return
	}
	node := owner{Name: Name{Kind: NodeAddress, Name: is.Node}, id: is.Node, from: started(is)}
	addrs := is.HostIPs
	if is.HostNetwork {
		addrs = slices.Concat(addrs, is.IPs)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, addr := range parse(addrs) {
		h.hold(addr, node)
	}
}

// replace replaces one claim by another; either may be the zero claim.
func (h *history) replace(was, is claim, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	same := was.id == is.id
	for _, addr := range was.addrs {
		if !same || !slices.Contains(is.addrs, addr) {
			h.release(addr, was, now.UnixNano())
		}
	}
	for _, addr := range is.addrs {
		o := owner{is.Name, is.id, is.from, is.until}
		if same && len(was.addrs) > 0 && !slices.Contains(was.addrs, addr) {
			o.from = now.UnixNano() // it had another address before
		}
		h.hold(addr, o)
	}
}

// hold adds or updates an owner. A node has had its address since its oldest pod started.
func (h *history) hold(addr netip.Addr, o owner) {
	owners := h.owners[addr]
	if owners == nil && len(h.owners) >= mostAddresses {
		h.full = true
		return
	}
	if i := find(owners, o); i >= 0 {
		if o.from = min(o.from, owners[i].from); o == owners[i] {
			return
		}
		owners = slices.Delete(slices.Clone(owners), i, i+1)
	}
	owners = append(slices.Clone(owners), o)
	slices.SortStableFunc(owners, func(a, b owner) int { return cmp.Compare(a.from, b.from) })
	if len(owners) > keepOwners {
		gone := slices.IndexFunc(owners, func(o owner) bool { return o.until != 0 })
		owners = slices.Delete(owners, max(0, gone), max(0, gone)+1)
	}
	h.put(addr, slices.Clip(owners))
	if o.until != 0 {
		h.vacate(addr, o.until)
	}
}

// release records that the claim on the address has ended.
func (h *history) release(addr netip.Addr, c claim, now int64) {
	owners := h.owners[addr]
	i := find(owners, owner{Name: c.Name, id: c.id})
	if i < 0 || owners[i].until != 0 {
		return
	}
	owners = slices.Clone(owners)
	owners[i].until = now
	h.put(addr, owners)
	h.vacate(addr, now)
}

func find(owners []owner, o owner) int {
	return slices.IndexFunc(owners, func(other owner) bool { return other.Kind == o.Kind && other.id == o.id })
}

func (h *history) put(addr netip.Addr, owners []owner) {
	if h.owners == nil {
		h.owners = map[netip.Addr][]owner{}
	}
	h.owners[addr] = owners
	h.changes++
}

// vacate records that nobody has an address any more, and forgets the oldest vacancies if there are too many.
func (h *history) vacate(addr netip.Addr, at int64) {
	h.vacated = append(h.vacated, vacancy{addr, at})
	for len(h.vacated) > keepVacant {
		oldest := h.vacated[0]
		h.vacated = h.vacated[1:]
		taken := func(o owner) bool { return o.until == 0 || o.until > oldest.at }
		if !slices.ContainsFunc(h.owners[oldest.addr], taken) {
			delete(h.owners, oldest.addr)
			h.changes++
		}
	}
}

// version changes with every change of an owner.
func (h *history) version() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changes
}

// isFull says whether addresses were left out because there were more than a cluster can have.
func (h *history) isFull() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full
}

// names returns the present state.
func (h *history) names(incomplete string) (*Names, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &Names{maps.Clone(h.owners), incomplete}, h.changes
}
