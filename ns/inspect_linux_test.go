package ns

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAPodsNetworkHoldsIsRead(t *testing.T) {
	d := newTestDemo(t)
	if err := d.ServeHTTP(t.Context(), cartUID, 8080); err != nil {
		t.Fatal(err)
	}
	n := findPod(t, d, Pod{UID: cartUID})
	listen(t, n, "tcp4", "127.0.0.1:15000")
	listen(t, n, "udp4", "0.0.0.0:5353")
	listen(t, n, "udp6", "[::1]:5353")
	connected(t, n)

	got, err := n.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Interfaces) != 2 {
		t.Fatalf("got %+v", got.Interfaces)
	}
	lo, eth0 := got.Interfaces[0], got.Interfaces[1]
	if lo.Name != "lo" || lo.Kind != "loopback" || !lo.Up || lo.MAC != "" || !slices.Contains(lo.Addrs, netip.MustParsePrefix("127.0.0.1/8")) {
		t.Errorf("got %+v", lo)
	}
	if eth0.Name != "eth0" || eth0.Kind != "veth" || !eth0.Up || eth0.MTU != demoMTU || len(eth0.MAC) != 17 ||
		!slices.Contains(eth0.Addrs, netip.PrefixFrom(cartAddr, 24)) || !slices.Contains(eth0.Addrs, netip.PrefixFrom(cartSix, 64)) {
		t.Errorf("got %+v", eth0)
	}
	for _, want := range []Route{
		{Via: gateways[0].Addr(), Device: "eth0"},
		{Via: gateways[1].Addr(), Device: "eth0"},
		{Dst: gateways[0].Masked(), Device: "eth0", Src: cartAddr},
	} {
		if !slices.Contains(got.Routes, want) {
			t.Errorf("no route %+v in %+v", want, got.Routes)
		}
	}
	want := []Socket{
		{"tcp", netip.MustParseAddrPort("127.0.0.1:15000")},
		{"tcp6", netip.MustParseAddrPort("[::]:8080")},
		{"udp", netip.MustParseAddrPort("0.0.0.0:5353")},
		{"udp6", netip.MustParseAddrPort("[::1]:5353")},
	}
	if diff := cmp.Diff(want, got.Listening, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("sockets: %s", diff)
	}
}

func TestAfterALookIntoAPodNoThreadIsLeftInIt(t *testing.T) {
	d := newTestDemo(t)
	n := findPod(t, d, Pod{UID: cartUID})
	for range 50 {
		if _, err := n.Inspect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, threadsAtHome) // a thread ends a moment after its function
}

// listen opens a socket in the namespace that waits.
func listen(t *testing.T, n *Netns, network, addr string) {
	t.Helper()
	err := n.Do(func() error {
		if network[:3] == "udp" {
			c, err := net.ListenPacket(network, addr)
			if err == nil {
				t.Cleanup(func() { c.Close() })
			}
			return err
		}
		l, err := net.Listen(network, addr)
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// connected opens sockets that wait for nobody else: they must not be listed.
func connected(t *testing.T, n *Netns) {
	t.Helper()
	err := n.Do(func() error {
		for _, network := range []string{"udp4", "tcp4"} {
			c, err := net.DialTimeout(network, "127.0.0.1:15000", time.Second)
			if err != nil {
				return err
			}
			t.Cleanup(func() { c.Close() })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
