package netinfo_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/demo"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ns/nstest"
)

const cartUID = "uid-cart"

var (
	cartAddr = netip.MustParseAddr("10.244.0.12")
	cartSix  = netip.MustParseAddr("fd00:10:244::12")
	gateways = []netip.Prefix{netip.MustParsePrefix("10.244.0.1/24"), netip.MustParsePrefix("fd00:10:244::1/64")} // the demo's
)

// newDemo makes a demo with one pod.
func newDemo(t *testing.T) *demo.Node {
	t.Helper()
	if err := ns.CheckNamespaces(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("this test makes network namespaces, which is refused here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	d, err := demo.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.AddPod(cartUID, cartAddr, cartSix); err != nil {
		t.Fatal(err)
	}
	return d
}

func findPod(t *testing.T, d *demo.Node) *ns.Netns {
	t.Helper()
	n, err := d.Find(t.Context(), ns.Pod{UID: cartUID})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func TestWhatAPodsNetworkHoldsIsRead(t *testing.T) {
	d := newDemo(t)
	if err := d.ServeHTTP(t.Context(), cartUID, 8080); err != nil {
		t.Fatal(err)
	}
	n := findPod(t, d)
	listen(t, n, "tcp4", "127.0.0.1:15000")
	listen(t, n, "udp4", "0.0.0.0:5353")
	listen(t, n, "udp6", "[::1]:5353")
	connected(t, n)

	got, err := netinfo.Read(t.Context(), n)
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
	if eth0.Name != "eth0" || eth0.Kind != "veth" || !eth0.Up || eth0.MTU != 1500 || len(eth0.MAC) != 17 ||
		!slices.Contains(eth0.Addrs, netip.PrefixFrom(cartAddr, 24)) || !slices.Contains(eth0.Addrs, netip.PrefixFrom(cartSix, 64)) {
		t.Errorf("got %+v", eth0)
	}
	for _, want := range []netinfo.Route{
		{Via: gateways[0].Addr(), Device: "eth0"},
		{Via: gateways[1].Addr(), Device: "eth0"},
		{Dst: gateways[0].Masked(), Device: "eth0", Src: cartAddr},
	} {
		if !slices.Contains(got.Routes, want) {
			t.Errorf("no route %+v in %+v", want, got.Routes)
		}
	}
	want := []netinfo.Socket{
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
	d := newDemo(t)
	n := findPod(t, d)
	for range 50 {
		if _, err := netinfo.Read(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	eventually.Nil(t, 20*time.Second, nstest.ThreadsAtHome) // a thread ends a moment after its function
}

// listen opens a listening socket in the namespace.
func listen(t *testing.T, n *ns.Netns, network, addr string) {
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

// connected opens connected sockets, which must not be listed.
func connected(t *testing.T, n *ns.Netns) {
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
