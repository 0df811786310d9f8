package demo

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/ns"
)

const (
	shopUID, cartUID, dnsUID = "uid-shop", "uid-cart", "uid-dns"
	cartName                 = "cart.shop.svc.cluster.local"
)

var (
	shopAddr = netip.MustParseAddr("10.244.0.11")
	cartAddr = netip.MustParseAddr("10.244.0.12")
	cartSix  = netip.MustParseAddr("fd00:10:244::12")
	dnsAddr  = netip.MustParseAddr("10.244.0.10")
)

// newTestDemo makes a demo with three pods, and checks at the end that nothing of it is left in this process.
func newTestDemo(t *testing.T) *Node {
	t.Helper()
	needNamespaces(t)
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	for uid, addrs := range map[string][]netip.Addr{
		shopUID: {shopAddr}, cartUID: {cartAddr, cartSix}, dnsUID: {dnsAddr, netip.MustParseAddr("fd00:10:244::10")},
	} {
		if err := d.AddPod(uid, addrs...); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func needNamespaces(t *testing.T) {
	t.Helper()
	if err := ns.CheckNamespaces(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("this test makes network namespaces, which is refused here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

func findPod(t *testing.T, d *Node, pod ns.Pod) *ns.Netns {
	t.Helper()
	n, err := d.Find(t.Context(), pod)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func TestTwoPodsReachEachOtherByHTTPAndTheServerSeesThePodsAddress(t *testing.T) {
	d := newTestDemo(t)
	if err := d.ServeHTTP(t.Context(), cartUID, 8080); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{cartAddr.String(), "[" + cartSix.String() + "]"} {
		for path, want := range map[string]int{"/": 200, "/api/cart": 200, "/healthz": 200, "/nothing": 404} {
			from := shopUID
			if strings.HasPrefix(host, "[") {
				from = dnsUID
			}
			if got := get(t, d, from, "http://"+host+":8080"+path); got != want {
				t.Errorf("%s%s: got status %d, want %d", host, path, got, want)
			}
		}
	}

	var seen string
	peers := make(chan string)
	l, err := d.pods[cartUID].listen(t.Context(), 9090)
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ended by the only connection
		conn, err := l.Accept()
		if err != nil {
			peers <- err.Error()
			return
		}
		conn.Close()
		peers <- conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap().String()
	}()
	conn, err := d.pods[shopUID].dial(t.Context(), "tcp", "10.244.0.12:9090")
	if err != nil {
		t.Fatal(err)
	}
	seen = <-peers
	conn.Close()
	l.Close()
	if seen != shopAddr.String() {
		t.Errorf("the server saw %s, want the client pod's %s", seen, shopAddr)
	}
}

// get sends a request with a client that is not the demo's own.
func get(t *testing.T, d *Node, uid, url string) int {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: d.pods[uid].dial}
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

func TestFindGivesThePodsOwnNamespaceWithItsDevicesAndItsResolver(t *testing.T) {
	d := newTestDemo(t)
	if err := d.ServeDNS(t.Context(), dnsUID, nil); err != nil {
		t.Fatal(err)
	}
	n := findPod(t, d, ns.Pod{UID: cartUID})
	ours, err := ns.OpenNetns("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if n.Same(ours) || n.Same(findPod(t, d, ns.Pod{UID: shopUID})) || !n.Same(findPod(t, d, ns.Pod{UID: cartUID})) {
		t.Error("the pod's namespace is not its own")
	}
	if byPath, err := ns.OpenNetns(n.Path); err != nil || !byPath.Same(n) {
		t.Errorf("the path %s does not lead to the pod: %v", n.Path, err)
	} else {
		byPath.Close()
	}
	want := "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.244.0.10\noptions ndots:5\n"
	if diff := cmp.Diff(want, string(n.Resolv)); diff != "" {
		t.Errorf("resolv.conf: %s", diff)
	}
	var devices []string
	if err := n.Enter(func() error {
		links, err := os.ReadDir("/sys/class/net")
		for _, link := range links {
			devices = append(devices, link.Name())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"eth0", "lo"}, devices); diff != "" {
		t.Errorf("devices in the pod: %s", diff)
	}
	node := findPod(t, d, ns.Pod{UID: "uid-exporter", HostNetwork: true})
	if !node.Host || node.Resolv != nil || node.Same(ours) || node.Same(n) || linksIn(t, node) == nil {
		t.Errorf("a hostNetwork pod is in %+v, want the demo's node", node)
	}
}

func TestARemovedPodIsNotFoundAndItsVethIsGoneAtOnce(t *testing.T) {
	d := newTestDemo(t)
	held := findPod(t, d, ns.Pod{UID: cartUID}) // by a tool
	for _, start := range []func() error{
		func() error { return d.ServeHTTP(t.Context(), cartUID, 8080) },
		func() error { return d.Ping(t.Context(), cartUID, shopAddr, time.Millisecond) },
		func() error { return d.FetchHTTP(t.Context(), cartUID, "http://10.244.0.11/", time.Millisecond) },
	} {
		if err := start(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.RemovePod(cartUID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"find":   func() error { _, err := d.Find(t.Context(), ns.Pod{UID: cartUID}); return err }(),
		"remove": d.RemovePod(cartUID),
		"ping":   d.Ping(t.Context(), cartUID, shopAddr, time.Second),
	} {
		if !errors.Is(err, ns.ErrNotHere) {
			t.Errorf("%s: got %v, want ErrNotHere", name, err)
		}
	}
	if diff := cmp.Diff([]string{"lo"}, linksIn(t, held)); diff != "" {
		t.Errorf("devices that the tool still sees: %s", diff)
	}
	node := linksIn(t, findPod(t, d, ns.Pod{HostNetwork: true}))
	slices.Sort(node)
	if len(node) != 4 || node[0] != "cni0" || node[1] != "lo" {
		t.Errorf("devices of the node: %v, want cni0, lo and the veths of two pods", node)
	}
	if err := d.AddPod(cartUID, cartAddr); err != nil {
		t.Errorf("the pod cannot come again with the same address: %v", err)
	}
	if again := findPod(t, d, ns.Pod{UID: cartUID}); again.Same(held) {
		t.Error("the new pod is in the namespace of the removed one")
	}
}

func linksIn(t *testing.T, n *ns.Netns) (names []string) {
	t.Helper()
	if err := n.Do(func() error {
		links, err := netlink.LinkList()
		for _, link := range links {
			names = append(names, link.Attrs().Name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAPodThatCannotBeAddedIsRefusedAndLeavesNothing(t *testing.T) {
	d := newTestDemo(t)
	before := len(linksIn(t, d.pods[NodeUID].netns))
	for name, addr := range map[string]string{
		"an address of the node": "10.244.0.1", "an address outside": "192.0.2.1",
	} {
		if err := d.AddPod("uid-new", netip.MustParseAddr(addr)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := d.AddPod(cartUID, cartAddr); !errors.Is(err, os.ErrExist) {
		t.Errorf("the same pod twice: got %v", err)
	}
	if after := len(linksIn(t, d.pods[NodeUID].netns)); after != before {
		t.Errorf("%d devices on the node, %d before", after, before)
	}
}
