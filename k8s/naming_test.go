package k8s

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// follow watches a cluster until the test ends.
func follow(t *testing.T, m *Memory) *Watch {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	t.Cleanup(func() {
		cancel()
		wait()
	})
	return w
}

func addService(t *testing.T, m *Memory, namespace, name string, ips ...string) {
	t.Helper()
	if err := m.AddService(t.Context(), namespace, name, ips...); err != nil {
		t.Fatal(err)
	}
}

func called(s Snapshot, addr string) string {
	name, _ := s.Names.At(netip.MustParseAddr(addr), time.Time{})
	return name.String()
}

func TestAWatchNamesPodsServicesAndNodes(t *testing.T) {
	m := NewMemory("test", "shop")
	a, b := owned("a", "11:00:00", "10.0.0.1", "fd00::1"), owned("b", "12:00:00", "10.0.0.1")
	put(t, m, a)
	addService(t, m, "shop", "web", "10.96.0.1", "fd00:96::1")
	addService(t, m, "shop", "headless")
	w := follow(t, m)
	await(t, w, "all names", func(s Snapshot) bool {
		return s.Names.Incomplete() == "" && s.Names.Len() == 5 && called(s, "fd00::1") == "a.shop" &&
			called(s, "fd00:96::1") == "web.shop.svc" && called(s, "192.0.2.1") == "node1"
	})
	if err := m.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	b.Started = time.Now().Add(time.Minute)
	put(t, m, b)
	s := await(t, w, "the new owner", func(s Snapshot) bool { return called(s, "10.0.0.1") == "b.shop" })
	expect(t, s.Names, "10.0.0.1", time.Now().Add(-time.Minute), "a.shop")
	if err := m.api.Remove(t.Context(), "services", "shop", "web"); err != nil {
		t.Fatal(err)
	}
	await(t, w, "a service that is gone", func(s Snapshot) bool { return called(s, "10.96.0.1") == "." })
}

func TestDeniedServicesLeaveThePodsAloneAndSaySo(t *testing.T) {
	m := NewMemory("test", "shop")
	var denied atomic.Bool
	denied.Store(true)
	deny(m, "list", "services", func(string) bool { return denied.Load() })
	addService(t, m, "shop", "web", "10.96.0.1")
	w := follow(t, m)
	const want = "services: not allowed to list services in all namespaces"
	await(t, w, "the reason", func(s Snapshot) bool { return s.Synced && s.Err == nil && s.Names.Incomplete() == want })
	put(t, m, owned("a", "11:00:00", "10.0.0.1"))
	await(t, w, "a pod", func(s Snapshot) bool { return s.Err == nil && called(s, "10.0.0.1") == "a.shop" })
	denied.Store(false)
	await(t, w, "the services", func(s Snapshot) bool { return s.Names.Incomplete() == "" && called(s, "10.96.0.1") == "web.shop.svc" })
}

func TestWhereOneNamespaceMayBeWatchedItsServicesAreKnown(t *testing.T) {
	m := NewMemory("test", "shop")
	deny(m, "list", "pods", everywhere)
	deny(m, "list", "services", everywhere)
	addService(t, m, "shop", "web", "10.96.0.1")
	addService(t, m, "other", "secret", "10.96.0.2")
	s := await(t, follow(t, m), "the service", func(s Snapshot) bool { return called(s, "10.96.0.1") == "web.shop.svc" })
	if called(s, "10.96.0.2") != "." || s.Names.Incomplete() != "other namespaces: not allowed to list pods in all namespaces" {
		t.Errorf("got %q, incomplete: %q", called(s, "10.96.0.2"), s.Names.Incomplete())
	}
}

func TestNamesAreMadeOnceASecondAndOnlyIfAddressesChanged(t *testing.T) {
	yes := func() bool { return true }
	w := &Watch{podsKnown: yes, servicesKnown: yes}
	a := owned("a", "11:00:00", "10.0.0.1")
	w.history.pod(Pod{}, a, clock("11:00:00"))
	first := w.names(clock("11:00:00"))
	expect(t, first, "10.0.0.1", time.Time{}, "a.shop")
	unready := a
	unready.Ready, unready.Restarts = 0, 1
	w.history.pod(a, unready, clock("11:00:05"))
	if w.namesDue(clock("12:00:00")) || w.names(clock("12:00:00")) != first {
		t.Error("names were made without a change of an address")
	}
	w.history.pod(Pod{}, owned("b", "11:00:00", "10.0.0.2"), clock("11:00:00"))
	if early := clock("11:00:00").Add(nameEvery - 1); w.namesDue(early) || w.names(early) != first {
		t.Error("names were made twice within a second")
	}
	if !w.namesDue(clock("11:00:01")) {
		t.Error("the last change is not due after a second")
	}
	expect(t, w.names(clock("11:00:01")), "10.0.0.2", time.Time{}, "b.shop")
}

func TestAPodThatWentWhileTheApiWasAwayLetsGoOfItsAddress(t *testing.T) {
	yes := func() bool { return true }
	w := &Watch{podsKnown: yes, servicesKnown: yes, dirty: make(chan struct{}, 1)}
	store := newPodStore("", w.notePod, w.mark)
	for _, there := range [][]any{{toAPI(owned("a", "11:00:00", "10.0.0.1"))}, {}} {
		if err := store.Replace(there, ""); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, w.names(time.Now()), "10.0.0.1", time.Time{}, "")
}

// crowd returns pods as the API sends them: in workloads of 20, on nodes of 100 pods, each with two addresses.
func crowd(count int) []*corev1.Pod {
	pods := make([]*corev1.Pod, count)
	for i := range pods {
		app := fmt.Sprintf("app-%d", i/20)
		pods[i] = &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: fmt.Sprintf("team-%d", i/500), Name: fmt.Sprintf("%s-5d4f8c7b9-%05d", app, i),
				UID: types.UID(fmt.Sprintf("%08d-9e7c-4bb3-a0b0-6ef1b8f1a3c5", i)), ResourceVersion: fmt.Sprint(1_000_000 + i),
				Labels: map[string]string{
					"app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "5d4f8c7b9", "tier": "backend",
				},
			},
			Spec: corev1.PodSpec{NodeName: fmt.Sprintf("worker-%d", i%100), Containers: []corev1.Container{{Name: "app"}, {Name: "proxy"}}},
			Status: corev1.PodStatus{
				Phase: corev1.PodRunning, StartTime: &metav1.Time{Time: clock("11:00:00")},
				PodIPs:  []corev1.PodIP{{IP: podAddr(i).String()}, {IP: netip.AddrFrom16([16]byte{0: 0xfd, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}).String()}},
				HostIPs: []corev1.HostIP{{IP: fmt.Sprintf("192.0.2.%d", i%100)}},
				ContainerStatuses: []corev1.ContainerStatus{
					{Name: "app", ContainerID: fmt.Sprintf("containerd://%064d", i), Ready: true},
					{Name: "proxy", ContainerID: fmt.Sprintf("containerd://%064d", i+count), Ready: true},
				},
			},
		}
	}
	return pods
}

func podAddr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func TestTenThousandPodsAreNamed(t *testing.T) {
	var h history
	pods := crowd(10_000)
	for _, p := range pods {
		h.pod(Pod{}, fromAPI(p), clock("11:00:00"))
	}
	names, _ := h.Names("")
	if want := 2*len(pods) + 100; names.Len() != want {
		t.Errorf("%d addresses are known, want %d", names.Len(), want)
	}
	for i, p := range pods {
		expect(t, names, podAddr(i).String(), time.Time{}, p.Name+"."+p.Namespace)
	}
}

// BenchmarkNames measures how long it takes to rebuild the Names of a cluster after a change, and to look up one address.
func BenchmarkNames(b *testing.B) {
	for _, count := range []int{10_000, 50_000} {
		var h history
		for _, p := range crowd(count) {
			h.pod(Pod{}, fromAPI(p), clock("11:00:00"))
		}
		b.Run(fmt.Sprintf("publish/%d", count), func(b *testing.B) {
			for b.Loop() {
				h.Names("")
			}
		})
		names, _ := h.Names("")
		b.Run(fmt.Sprintf("at/%d", count), func(b *testing.B) {
			now := time.Now()
			for i := 0; b.Loop(); i++ {
				names.At(podAddr(i%count), now)
			}
		})
	}
}

// BenchmarkMemoryOfAPod reports the memory of a pod in bytes: in the list, and together with its two addresses in the history and
// in the published Names.
func BenchmarkMemoryOfAPod(b *testing.B) {
	const count = 10_000
	for b.Loop() {
		sent := make([][]byte, count)
		for i, p := range crowd(count) {
			sent[i], _ = p.Marshal()
		}
		var h history
		store := newPodStore("", func(was, is Pod) {}, func() {})
		before := heap()
		for i := range sent {
			var p corev1.Pod
			_ = p.Unmarshal(sent[i])
			_ = store.Add(&p)
		}
		kept := store.list()
		items := heap()
		for _, p := range kept {
			h.pod(Pod{}, p, clock("11:00:00"))
		}
		names, _ := h.Names("")
		b.ReportMetric(float64(items-before)/count, "kept-B/pod")
		b.ReportMetric(float64(heap()-items)/count, "names-B/pod")
		runtime.KeepAlive(sent)
		runtime.KeepAlive(store)
		runtime.KeepAlive(kept)
		runtime.KeepAlive(names)
		runtime.KeepAlive(&h)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
