package k8s

import (
	"context"
	"net/netip"
	"testing"
)

func TestAServicesAddressFindsThePodsBehindIt(t *testing.T) {
	m := NewMemory("test", "shop")
	for _, c := range []struct{ namespace, name, labels string }{
		{"shop", "cart-0", "app=cart,tier=web"}, {"shop", "cart-1", "app=cart,tier=web,zone=a"},
		{"shop", "cart-db", "app=cart,tier=db"}, {"shop", "bare", ""}, {"other", "cart-0", "app=cart,tier=web"},
	} {
		p := running(c.namespace, c.name, c.namespace+c.name)
		p.Labels = c.labels
		put(t, m, p)
	}
	for name, selector := range map[string]string{"cart": "app=cart,tier=web", "outside": ""} {
		addr := map[string]string{"cart": "10.96.0.7", "outside": "10.96.0.8"}[name]
		if err := m.AddService(t.Context(), "shop", name, addr); err != nil {
			t.Fatal(err)
		}
		if err := m.Select(t.Context(), "shop", name, selector); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	s := await(t, w, "pods and services", func(s Snapshot) bool { return s.Synced && len(s.Pods) == 5 && len(s.Services) == 2 })

	services, pods := s.ServicePods(netip.MustParseAddr("::ffff:10.96.0.7"))
	if len(services) != 1 || services[0].String() != "shop/cart" || len(pods) != 2 || pods[0].Name != "cart-0" || pods[1].Name != "cart-1" {
		t.Errorf("got %v, %v", services, pods)
	}
	if services, pods := s.ServicePods(netip.MustParseAddr("10.96.0.8")); len(services) != 1 || len(pods) != 0 {
		t.Errorf("a service without a selector: got %v, %v", services, pods)
	}
	if services, pods := s.ServicePods(netip.MustParseAddr("10.96.0.9")); len(services)+len(pods) != 0 {
		t.Errorf("nobody's address: got %v, %v", services, pods)
	}
}
