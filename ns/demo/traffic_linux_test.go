package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/nstest"
)

func TestADNSAnswerComesFromTheDNSPodOverUDPAndTCP(t *testing.T) {
	d := newTestDemo(t)
	names := map[string][]netip.Addr{cartName: {cartAddr, cartSix}, "Shop.shop.svc.cluster.local.": {shopAddr}}
	if err := d.ServeDNS(t.Context(), dnsUID, names); err != nil {
		t.Fatal(err)
	}
	for _, network := range []string{"udp", "tcp"} {
		// Go's own client, from inside the pod: not the demo's.
		resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return d.pods[shopUID].dial(ctx, network, "10.244.0.10:53")
		}}
		got, err := resolver.LookupNetIP(t.Context(), "ip", cartName+".")
		slices.SortFunc(got, netip.Addr.Compare)
		if diff := cmp.Diff([]netip.Addr{cartAddr, cartSix}, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); err != nil || diff != "" {
			t.Errorf("%s: %v %s", network, err, diff)
		}
		if got, err := resolver.LookupNetIP(t.Context(), "ip", "shop.shop.svc.cluster.local."); err != nil || len(got) != 1 {
			t.Errorf("%s: a name with one address: got %v, %v", network, got, err)
		}
		var none *net.DNSError
		if _, err := resolver.LookupNetIP(t.Context(), "ip", "nobody.shop.svc.cluster.local."); !errors.As(err, &none) || !none.IsNotFound {
			t.Errorf("%s: a name that does not exist: got %v", network, err)
		}
	}
}

func TestNamesAreSearchedForAsLibcDoes(t *testing.T) {
	d := newTestDemo(t)
	if _, err := lookup(t.Context(), d.pods[shopUID], d.dnsServer(), "cart"); err == nil {
		t.Error("a name was found without a DNS server")
	}
	if err := d.ServeDNS(t.Context(), dnsUID, map[string][]netip.Addr{cartName: {cartAddr}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cart", "cart.shop", "cart.shop.svc", cartName, cartName + "."} {
		if got, err := lookup(t.Context(), d.pods[shopUID], d.dnsServer(), name); err != nil || !slices.Equal(got, []netip.Addr{cartAddr}) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"cart.", "nobody"} {
		if _, err := lookup(t.Context(), d.pods[shopUID], d.dnsServer(), name); !errors.Is(err, errNoSuchName) {
			t.Errorf("%s: got %v, want no such name", name, err)
		}
	}
}

func TestPodsAnswerPings(t *testing.T) {
	d := newTestDemo(t)
	for _, to := range []netip.Addr{cartAddr, cartSix, gateways[0].Addr()} {
		from, network := shopUID, "ip4:icmp"
		if to.Is6() {
			from, network = dnsUID, "ip6:ipv6-icmp"
		}
		conn, err := d.pods[from].listenPacket(network, map[bool]string{true: "::", false: "0.0.0.0"}[to.Is6()])
		if err != nil {
			t.Fatal(err)
		}
		p := pinger{conn: conn, to: to, id: 7}
		if err := p.ping(); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
}

// A tool of the system runs in the pod, as in the console, which shows that the traffic is real.
func TestTcpdumpInThePodSeesTheTrafficOfEveryKind(t *testing.T) {
	needNamespaces(t)
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump is not installed")
	}
	d := newBusyDemo(t, t.Context(), 20*time.Millisecond)
	defer d.Close()
	var out strings.Builder
	err := findPod(t, d, ns.Pod{UID: shopUID}).Enter(func() error {
		cmd := exec.CommandContext(t.Context(), "tcpdump", "-Z", "root", "-nn", "-i", "eth0", "-A", "-c", "600")
		cmd.Stdout = &out
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
		return cmd.Run()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"GET /api/cart HTTP/1.1", "Host: cart:8080", "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", // HTTP
		"10.244.0.12.81 > 10.244.0.11", "Flags [R.]", // a closed port
		"A? cart.shop.svc.cluster.local.", "NXDomain", // DNS
		"ICMP echo request", "ICMP echo reply", // ping
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("tcpdump did not see %q", want)
		}
	}
}

func TestTrafficEndsWithItsContext(t *testing.T) {
	d := newTestDemo(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := d.ServeHTTP(ctx, cartUID, 8080); err != nil {
		t.Fatal(err)
	}
	if got := get(t, d, shopUID, "http://10.244.0.12:8080/"); got != 200 {
		t.Errorf("got status %d", got)
	}
	if err := d.ServeHTTP(ctx, cartUID, 8080); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("a second server on the port: got %v", err)
	}
	cancel()
	eventually.Nil(t, soon, func() error {
		conn, err := d.pods[shopUID].dial(t.Context(), "tcp", "10.244.0.12:8080")
		if err == nil {
			return errors.Join(errors.New("the server still listens"), conn.Close())
		}
		return nil
	})
}

func TestBadTrafficIsRefused(t *testing.T) {
	d := newTestDemo(t)
	for name, err := range map[string]error{
		"not http":                d.FetchHTTP(t.Context(), shopUID, "https://10.244.0.12/", time.Second),
		"not a URL":               d.FetchHTTP(t.Context(), shopUID, "http://[", time.Second),
		"no names":                d.Resolve(t.Context(), shopUID, nil, time.Second),
		"a name that is too long": d.ServeDNS(t.Context(), dnsUID, map[string][]netip.Addr{strings.Repeat("a", 300): nil}),
		"no such pod":             d.ServeHTTP(t.Context(), "uid-nobody", 80),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestPodsComeAndGoWhileTrafficRunsAndToolsLook(t *testing.T) {
	needNamespaces(t)
	d := newBusyDemo(t, t.Context(), time.Millisecond)
	var all sync.WaitGroup
	for i := range 4 {
		uid, addr := fmt.Sprintf("uid-job-%d", i), netip.AddrFrom4([4]byte{10, 244, 0, byte(100 + i)})
		all.Go(func() {
			for range 8 {
				err := errors.Join(
					d.AddPod(uid, addr),
					d.ServeHTTP(t.Context(), uid, 80),
					d.FetchHTTP(t.Context(), uid, "http://cart:8080/", time.Millisecond),
				)
				n, findErr := d.Find(t.Context(), ns.Pod{UID: uid})
				if err = errors.Join(err, findErr); err == nil {
					err = errors.Join(n.Do(func() error { return nil }), n.Close())
				}
				if err = errors.Join(err, d.RemovePod(uid)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	eventually.Nil(t, soon, nstest.ThreadsAtHome)
}

// BenchmarkDemoAtRest reports how much of a core a demo of about the usual size takes while nobody looks.
func BenchmarkDemoAtRest(b *testing.B) {
	if os.Getuid() != 0 {
		b.Skip("makes network namespaces, which needs root")
	}
	d := newBusyDemo(b, b.Context(), 400*time.Millisecond)
	defer d.Close()
	for b.Loop() {
		before, start := cpuTime(b), time.Now()
		time.Sleep(10 * time.Second)
		b.ReportMetric(100*float64(cpuTime(b)-before)/float64(time.Since(start)), "%core")
	}
}

func cpuTime(b *testing.B) time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
