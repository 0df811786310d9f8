package k8s

import (
	"context"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestServicesHaveTheirAddressesAndWhatSelectsTheirPods(t *testing.T) {
	m := NewMemory("test", "shop")
	for name, service := range map[string]struct{ addr, selector string }{
		"cart": {"10.96.0.7", "app=cart,tier=web"}, "outside": {"10.96.0.8", ""},
	} {
		if err := m.AddService(t.Context(), "shop", name, service.addr); err != nil {
			t.Fatal(err)
		}
		if err := m.Select(t.Context(), "shop", name, service.selector); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	s := await(t, w, "services", func(s Snapshot) bool { return s.Synced && len(s.Services) == 2 })
	want := []Service{
		{"shop", "cart", []netip.Addr{netip.MustParseAddr("10.96.0.7")}, "app=cart,tier=web"},
		{"shop", "outside", []netip.Addr{netip.MustParseAddr("10.96.0.8")}, ""},
	}
	if diff := cmp.Diff(want, s.Services, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
