package addresses

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	keepOwners = 8      // owners kept of one address: the present ones and the last before them
	keepVacant = 20_000 // addresses kept that nobody has any more; a cluster with IPv6 may never reuse one

	mostAddresses = 4 * 300_000 // in all, four of each pod that a list may have: addresses of nodes are never given up
)

// History records who had which address, as its owners come, change and go. Several goroutines may use it. Its slices of owners are
// replaced and never changed, because published Names share them.
type History struct {
	mu      sync.Mutex
	owners  map[netip.Addr][]Owner
	vacated []vacancy // oldest first
	full    bool      // an address was left out
	changes uint64
}

// vacancy is an address that nobody has any more.
type vacancy struct {
	addr netip.Addr
	at   int64
}

// Claim is the addresses that a pod or service has. The zero Claim is that of nobody.
type Claim struct {
	Name
	ID          string // UID
	Addrs       []netip.Addr
	From, Until int64 // Unix nanoseconds; Until is 0 while the claim holds
}

// Parse returns the valid addresses, each once.
func Parse(texts []string) []netip.Addr {
	var addrs []netip.Addr
	for _, text := range texts {
		addr, err := netip.ParseAddr(text)
		if err == nil && !slices.Contains(addrs, Bare(addr)) {
			addrs = append(addrs, Bare(addr))
		}
	}
	return addrs
}

// Replace replaces one claim by another; either may be the zero Claim.
func (h *History) Replace(was, is Claim, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	same := was.ID == is.ID
	for _, addr := range was.Addrs {
		if !same || !slices.Contains(is.Addrs, addr) {
			h.release(addr, was, now.UnixNano())
		}
	}
	for _, addr := range is.Addrs {
		o := Owner{is.Name, is.ID, is.From, is.Until}
		if same && len(was.Addrs) > 0 && !slices.Contains(was.Addrs, addr) {
			o.From = now.UnixNano() // it had another address before
		}
		h.hold(addr, o)
	}
}

// Hold records that an owner has these addresses. A node has no Claim, because nobody knows when it goes.
func (h *History) Hold(addrs []netip.Addr, o Owner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, addr := range addrs {
		h.hold(addr, o)
	}
}

// hold adds or updates an owner. A node has had its address since its oldest pod started.
func (h *History) hold(addr netip.Addr, o Owner) {
	owners := h.owners[addr]
	if owners == nil && len(h.owners) >= mostAddresses {
		h.full = true
		return
	}
	if i := find(owners, o); i >= 0 {
		if o.From = min(o.From, owners[i].From); o == owners[i] {
			return
		}
		owners = slices.Delete(slices.Clone(owners), i, i+1)
	}
	owners = append(slices.Clone(owners), o)
	slices.SortStableFunc(owners, func(a, b Owner) int { return cmp.Compare(a.From, b.From) })
	if len(owners) > keepOwners {
		gone := slices.IndexFunc(owners, func(o Owner) bool { return o.Until != 0 })
		owners = slices.Delete(owners, max(0, gone), max(0, gone)+1)
	}
	h.put(addr, slices.Clip(owners))
	if o.Until != 0 {
		h.vacate(addr, o.Until)
	}
}

// release records that the claim on the address has ended.
func (h *History) release(addr netip.Addr, c Claim, now int64) {
	owners := h.owners[addr]
	i := find(owners, Owner{Name: c.Name, ID: c.ID})
	if i < 0 || owners[i].Until != 0 {
		return
	}
	owners = slices.Clone(owners)
	owners[i].Until = now
	h.put(addr, owners)
	h.vacate(addr, now)
}

func find(owners []Owner, o Owner) int {
	return slices.IndexFunc(owners, func(other Owner) bool { return other.Kind == o.Kind && other.ID == o.ID })
}

func (h *History) put(addr netip.Addr, owners []Owner) {
	if h.owners == nil {
		h.owners = map[netip.Addr][]Owner{}
	}
	h.owners[addr] = owners
	h.changes++
}

// vacate records that nobody has an address any more, and forgets the oldest vacancies if there are too many.
func (h *History) vacate(addr netip.Addr, at int64) {
	h.vacated = append(h.vacated, vacancy{addr, at})
	for len(h.vacated) > keepVacant {
		oldest := h.vacated[0]
		h.vacated = h.vacated[1:]
		taken := func(o Owner) bool { return o.Until == 0 || o.Until > oldest.at }
		if !slices.ContainsFunc(h.owners[oldest.addr], taken) {
			delete(h.owners, oldest.addr)
			h.changes++
		}
	}
}

// Version changes with every change of an owner.
func (h *History) Version() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changes
}

// IsFull says whether addresses were left out because there were more than a cluster can have.
func (h *History) IsFull() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full
}

// Names returns the present state; incomplete says what it does not know. The version is that of the state.
func (h *History) Names(incomplete string) (*Names, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &Names{maps.Clone(h.owners), incomplete}, h.changes
}

// At returns the owner of the address at that time, as that of Names does.
func (h *History) At(addr netip.Addr, at time.Time) (Name, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return (&Names{owners: h.owners}).At(addr, at)
}

// CameAfter says whether an owner of the address is known that came after that time.
func (h *History) CameAfter(addr netip.Addr, at time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.owners[addr], func(o Owner) bool { return o.From > at.UnixNano() })
}
