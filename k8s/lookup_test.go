package k8s

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s/addresses"
)

func addrs(texts ...string) []netip.Addr { return addresses.Parse(texts) }

// questions records what the API is asked for.
func questions(m *Memory) *asked {
	a := &asked{}
	overhear(m, func(h heard) error {
		if h.verb == "list" && h.Resource == "pods" {
			addr, _ := h.Fields.RequiresExactMatch("status.podIP")
			a.note(addr)
		}
		return nil
	})
	return a
}

// selectsNothing makes the API ignore field selectors.
func selectsNothing(m *Memory) {
	overhear(m, func(h heard) error {
		query := h.request.URL.Query()
		query.Del("fieldSelector")
		h.request.URL.RawQuery = query.Encode()
		return nil
	})
}

// asked are the addresses that were asked for; "" is a request for all pods.
type asked struct {
	mu    sync.Mutex
	addrs []string
}

func (a *asked) note(addr string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.addrs = append(a.addrs, addr)
}

func lookUp(t *testing.T, m *Memory, at time.Time, texts ...string) *Names {
	t.Helper()
	names, err := m.Cluster().Names(t.Context(), addrs(texts...), at)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestALookupNamesPodsServicesAndNodes(t *testing.T) {
	for _, c := range []struct {
		name string
		api  func(*Memory)
	}{
		{"an API with field selectors", func(*Memory) {}},
		{"an API without: what it answers in vain is not believed", selectsNothing},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMemory("test", "shop")
			put(t, m, owned("a", "11:00:00", "10.0.0.1", "fd00::1"))
			put(t, m, finished(owned("job", "11:00:00", "10.0.0.1"), "11:00:00"))
			put(t, m, owned("nobody-asked", "11:00:00", "10.0.0.2"))
			addService(t, m, "default", "kubernetes", "10.96.0.1")
			c.api(m)
			names := lookUp(t, m, time.Time{}, "10.0.0.1", "fd00::1", "10.96.0.1", "8.8.8.8", "224.0.0.1")
			expect(t, names, "10.0.0.1", time.Time{}, "a.shop")
			expect(t, names, "fd00::1", time.Time{}, "a.shop")
			expect(t, names, "10.96.0.1", time.Time{}, "kubernetes.default.svc")
			expect(t, names, "192.0.2.1", time.Time{}, "node1")
			expect(t, names, "8.8.8.8", time.Time{}, "")
			expect(t, names, "10.0.0.2", time.Time{}, "")
			if names.Incomplete() != "" {
				t.Errorf("incomplete: %s", names.Incomplete())
			}
		})
	}
}

func TestALookupFindsPodsByTheirSecondAddress(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, owned("a", "11:00:00", "10.0.0.1", "fd00::1"))
	addService(t, m, "default", "kubernetes", "10.96.0.1")
	asked := questions(m)
	expect(t, lookUp(t, m, time.Time{}, "fd00::1"), "fd00::1", time.Time{}, "a.shop")
	if got := strings.Join(asked.addrs, " "); got != "fd00::1 " {
		t.Errorf("asked for %q", got)
	}
}

func TestALookupAsksForNothingTwiceAndForNoServiceAndNoMulticast(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, owned("a", "11:00:00", "10.0.0.1"))
	addService(t, m, "shop", "web", "10.96.0.1")
	asked := questions(m)
	texts := addrs("10.0.0.1", "10.96.0.1", "224.0.0.251", "ff02::1", "fe80::1", "127.0.0.1", "255.255.255.255", "0.0.0.0", "192.0.2.1")
	texts = append(texts, texts[0], netip.MustParseAddr("::ffff:10.0.0.1"))
	if _, err := m.Cluster().Names(t.Context(), texts, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(asked.addrs, " "); !strings.HasPrefix(got, "10.0.0.1") || strings.Count(got, "10.0.0.1") != 1 || len(asked.addrs) > 2 {
		t.Errorf("asked for %q", got)
	}
}

func TestALookupIsBoundedAndSaysSo(t *testing.T) {
	m := NewMemory("test", "shop")
	var many []netip.Addr
	for i := range 100 {
		many = append(many, podAddr(i))
		put(t, m, owned(fmt.Sprint(i), "11:00:00", podAddr(i).String()))
	}
	asked := questions(m)
	names, err := m.Cluster().Names(t.Context(), many, time.Time{})
	if err != nil || names.Incomplete() != "addresses that were not looked up: 36 of 100" {
		t.Errorf("incomplete: %q, %v", names.Incomplete(), err)
	}
	if len(asked.addrs) != askAtMost {
		t.Errorf("asked %d questions", len(asked.addrs))
	}
	expect(t, names, podAddr(63).String(), time.Time{}, "63.shop")
}

func TestALookupTellsThatAnAddressWasAnothersThen(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, owned("b", "12:01:00", "10.0.0.1"))
	put(t, m, finished(owned("c", "11:00:00", "10.0.0.2"), "11:30:00"))
	names := lookUp(t, m, clock("11:15:00"), "10.0.0.1", "10.0.0.2")
	expect(t, names, "10.0.0.1", clock("11:15:00"), "")
	expect(t, names, "10.0.0.2", clock("11:15:00"), "c.shop")
	if want := "addresses whose owners at that time are no longer known: 1"; names.Incomplete() != want {
		t.Errorf("incomplete: %q", names.Incomplete())
	}
}

func TestWhatIsDeniedToALookupIsSaidAndTheRestIsKept(t *testing.T) {
	for _, c := range []struct {
		name                  string
		pods, services        func(string) bool
		pod, service, missing string
	}{
		{"services", nil, anywhere, "a.shop", "",
			"services: not allowed to list services in all namespaces; services: not allowed to list services in namespace shop"},
		{"pods", anywhere, nil, "", "web.shop.svc",
			"pods: not allowed to list pods in all namespaces; pods: not allowed to list pods in namespace shop"},
		{"other namespaces", everywhere, everywhere, "a.shop", "web.shop.svc",
			"services: not allowed to list services in all namespaces; pods: not allowed to list pods in all namespaces"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMemory("test", "shop")
			put(t, m, owned("a", "11:00:00", "10.0.0.1"))
			addService(t, m, "shop", "web", "10.96.0.1")
			if c.pods != nil {
				deny(m, "list", "pods", c.pods)
			}
			if c.services != nil {
				deny(m, "list", "services", c.services)
			}
			names := lookUp(t, m, time.Time{}, "10.0.0.1", "10.96.0.1")
			expect(t, names, "10.0.0.1", time.Time{}, c.pod)
			expect(t, names, "10.96.0.1", time.Time{}, c.service)
			if names.Incomplete() != c.missing {
				t.Errorf("incomplete: %q", names.Incomplete())
			}
		})
	}
}

func TestALookupEndsWithItsContextAndKeepsWhatItHas(t *testing.T) {
	m := NewMemory("test", "shop")
	addService(t, m, "shop", "web", "10.96.0.1")
	ctx, cancel := context.WithCancel(t.Context())
	overhear(m, func(h heard) error {
		if h.Resource == "pods" {
			cancel()
		}
		return ctx.Err()
	})
	names, err := m.Cluster().Names(ctx, addrs("10.96.0.1", "10.0.0.1", "10.0.0.2"), time.Time{})
	if !errors.Is(err, context.Canceled) || names.Incomplete() == "" {
		t.Errorf("got %v, incomplete: %q", err, names.Incomplete())
	}
	expect(t, names, "10.96.0.1", time.Time{}, "web.shop.svc")
}
