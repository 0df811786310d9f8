package addresses

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// Nodes are known only by their pods, and no node is ever known to be gone.
func TestAddressesOfNodesWithoutEndAreLeftOut(t *testing.T) {
	var h History
	for i := range mostAddresses + 10 {
		h.hold(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), Owner{Name: Name{Kind: OfNode, Name: "n"}, ID: "n"})
	}
	names, _ := h.Names("")
	if names.Len() != mostAddresses || !h.IsFull() {
		t.Errorf("%d addresses are kept, full: %v", names.Len(), h.IsFull())
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	var h History
	began := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	at := began
	for i := range 2 * keepVacant {
		own := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		pod := Claim{
			Name: Name{OfPod, "shop", fmt.Sprint(i)}, ID: fmt.Sprint("uid-", i),
			Addrs: []netip.Addr{own, netip.MustParseAddr("10.99.0.1")}, From: at.UnixNano(),
		}
		h.Replace(Claim{}, pod, at)
		if i > 0 {
			h.Replace(pod, Claim{}, at.Add(time.Second))
		}
		at = at.Add(time.Second)
	}
	names, _ := h.Names("")
	if got := names.Len(); got > keepVacant+2 {
		t.Errorf("%d addresses are kept", got)
	}
	if got := len(names.owners[netip.MustParseAddr("10.99.0.1")]); got != keepOwners {
		t.Errorf("%d owners of one address are kept", got)
	}
	expect(t, names, "10.0.0.0", time.Time{}, "0.shop")
	expect(t, names, "10.0.0.1", began.Add(time.Second), "")
	expect(t, names, "10.99.0.1", began, "0.shop")
	expect(t, names, "10.99.0.1", at.Add(-time.Second), fmt.Sprintf("%d.shop", 2*keepVacant-1))
}

// expect checks who had an address; "": nobody.
func expect(t *testing.T, names *Names, addr string, at time.Time, want string) {
	t.Helper()
	got, ok := names.At(netip.MustParseAddr(addr), at)
	if ok != (want != "") || ok && got.String() != want {
		t.Errorf("%s: got %q (%v), want %q", addr, got, ok, want)
	}
}
