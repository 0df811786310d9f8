package demo

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/ns/nstest"
)

// soon is how long the kernel may take for delayed work, such as ending a thread, and whoever looks through all processes of a busy machine for
// a namespace that it has opened meanwhile.
const soon = time.Minute

func TestCloseLeavesNoThreadOutsideNoDescriptorAndNoDeviceOnTheHost(t *testing.T) {
	needNamespaces(t)
	hostBefore, fdsBefore := hostLinks(t), namespaceDescriptors(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := newBusyDemo(t, ctx, 5*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	if diff := cmp.Diff(hostBefore, hostLinks(t)); diff != "" {
		t.Errorf("devices of the host while the demo runs: %s", diff)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
	if diff := cmp.Diff(hostBefore, hostLinks(t)); diff != "" {
		t.Errorf("devices of the host: %s", diff)
	}
	if diff := cmp.Diff(fdsBefore, namespaceDescriptors(t)); diff != "" {
		t.Errorf("descriptors of namespaces: %s", diff)
	}
	eventually.Nil(t, soon, nstest.ThreadsAtHome)
	if err := d.AddPod("uid-late"); !errors.Is(err, errClosed) {
		t.Errorf("a pod was added to a closed demo: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}

func TestRemovingAPodAndClosingTheDemoWaitForTraffic(t *testing.T) {
	d := newTestDemo(t)
	for _, rule := range []struct {
		uid string
		end func() error
	}{
		{cartUID, func() error { return d.RemovePod(cartUID) }},
		{shopUID, d.Close},
	} {
		var ended atomic.Bool
		err := d.start(t.Context(), rule.uid, func(*podNet) (func(context.Context), error) {
			return func(ctx context.Context) {
				<-ctx.Done()
				time.Sleep(50 * time.Millisecond)
				ended.Store(true)
			}, nil
		})
		if err := errors.Join(err, rule.end()); err != nil {
			t.Error(err)
		}
		if !ended.Load() {
			t.Errorf("Close did not wait for the traffic of %s", rule.uid)
		}
	}
}

// newBusyDemo makes a demo with every kind of traffic, some of which fails.
func newBusyDemo(t testing.TB, ctx context.Context, pace time.Duration) *Node {
	t.Helper()
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, start := range []func() error{
		func() error { return d.AddPod(shopUID, shopAddr) },
		func() error { return d.AddPod(cartUID, cartAddr, cartSix) },
		func() error { return d.AddPod(dnsUID, dnsAddr) },
		func() error { return d.ServeDNS(ctx, dnsUID, map[string][]netip.Addr{cartName: {cartAddr}}) },
		func() error { return d.ServeHTTP(ctx, cartUID, 8080) },
		func() error { return d.FetchHTTP(ctx, shopUID, "http://cart:8080/api/cart", pace) },
		func() error { return d.FetchHTTP(ctx, shopUID, "http://cart:8080/nothing", 5*pace) },
		func() error { return d.FetchHTTP(ctx, shopUID, "http://cart:81/", 10*pace) },
		func() error { return d.FetchHTTP(ctx, NodeUID, "http://10.244.0.12:8080/healthz", 3*pace) },
		func() error { return d.Resolve(ctx, shopUID, []string{"cart", "no-such-name"}, 2*pace) },
		func() error { return d.Ping(ctx, shopUID, cartAddr, 2*pace) },
	} {
		if err := start(); err != nil {
			t.Fatal(errors.Join(err, d.Close()))
		}
	}
	return d
}

func hostLinks(t *testing.T) (names []string) {
	t.Helper()
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		names = append(names, link.Name)
	}
	return names
}

func namespaceDescriptors(t *testing.T) (held []string) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "net:[") {
			held = append(held, target)
		}
	}
	return held
}
