package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

func running(namespace, name, uid string) Pod {
	return Pod{
		Namespace: namespace, Name: name, UID: uid, Node: "node1", Phase: "Running", Status: "Running",
		Ready: 1, Containers: 1, IPs: []string{"10.244.0.7"}, Created: time.Now().Truncate(time.Second),
	}
}

// await waits for a snapshot that satisfies a condition.
func await(t *testing.T, w *Watch, what string, ok func(Snapshot) bool) Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var seen uint64
	for {
		s, version, err := w.Next(ctx, seen)
		if err != nil {
			last, _ := w.snapshot.Get()
			t.Fatalf("%s: did not come; the last snapshot: %+v", what, last)
		}
		if seen = version; ok(s) {
			return s
		}
	}
}

func put(t *testing.T, m *Memory, p Pod) {
	t.Helper()
	if err := m.Put(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func TestEveryChangeOfAPodReachesTheReader(t *testing.T) {
	m := NewMemory("test", "shop")
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	await(t, w, "an empty list", func(s Snapshot) bool { return s.Synced && len(s.Pods) == 0 && s.Err == nil })

	cart := running("shop", "cart", "1")
	put(t, m, cart)
	s := await(t, w, "a new pod", func(s Snapshot) bool { return len(s.Pods) == 1 })
	if got := s.Pods[0]; got.Status != "Running" || got.Ready != 1 || got.IP() != "10.244.0.7" || got.Node != "node1" {
		t.Errorf("got %+v", got)
	}
	cart.Status, cart.Ready, cart.Restarts = "CrashLoopBackOff", 0, 3
	put(t, m, cart)
	await(t, w, "a changed pod", func(s Snapshot) bool {
		return s.Pods[0].Status == "CrashLoopBackOff" && s.Pods[0].Ready == 0 && s.Pods[0].Restarts == 3
	})
	cart.Deleting = true
	put(t, m, cart)
	await(t, w, "a pod on its way out", func(s Snapshot) bool { return s.Pods[0].Status == "Terminating" && s.Pods[0].Deleting })
	if err := m.Delete(t.Context(), cart); err != nil {
		t.Fatal(err)
	}
	await(t, w, "a pod that is gone", func(s Snapshot) bool { return len(s.Pods) == 0 })
	if err := m.AddNamespace(t.Context(), "empty"); err != nil {
		t.Fatal(err)
	}
	await(t, w, "a namespace without pods", func(s Snapshot) bool { return strings.Join(s.Namespaces, " ") == "empty" })
}

func TestWhereListingEverywhereIsForbiddenTheOneNamespaceIsWatched(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, running("shop", "cart", "1"))
	put(t, m, running("other", "secret", "2"))
	deny(m, "list", "pods", everywhere)
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	s := await(t, w, "the namespace's pods", func(s Snapshot) bool { return s.Synced })
	if len(s.Pods) != 1 || s.Pods[0].Name != "cart" || s.Only != "shop" {
		t.Errorf("got %+v", s)
	}
}

func TestWhenTheApiIsAwayTheListStaysAndComesBackByItself(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, running("shop", "cart", "1"))
	var away atomic.Bool
	overhear(m, func(h heard) error {
		if away.Load() && h.verb == "list" && h.Resource == "pods" {
			return fmt.Errorf("dial: %w", context.DeadlineExceeded)
		}
		return nil
	})
	away.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	s := await(t, w, "the reason", func(s Snapshot) bool { return s.Err != nil })
	if !strings.Contains(s.Err.Error(), "the API does not answer") || hint.Of(s.Err) == "" || s.Since.IsZero() {
		t.Errorf("got %v, hint %q, since %v", s.Err, hint.Of(s.Err), s.Since)
	}
	away.Store(false)
	await(t, w, "the list", func(s Snapshot) bool { return s.Err == nil && len(s.Pods) == 1 })
}

// For client-go a connection that is closed without an answer is a watch in which nothing happens.
func TestAnApiThatClosesTheConnectionIsAwayUntilItAnswers(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, running("shop", "cart", "1"))
	var asked atomic.Int64
	overhear(m, func(h heard) error {
		if h.verb == "watch" && h.Resource == "pods" {
			asked.Add(1)
			return io.EOF
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	first := await(t, w, "the reason", func(s Snapshot) bool { return s.Err != nil })
	if !strings.Contains(first.Err.Error(), "the API does not answer") || !strings.Contains(first.Err.Error(), errClosed.Error()) {
		t.Errorf("got %v", first.Err)
	}
	for before := asked.Load(); asked.Load() < before+2; {
		if s, _ := w.snapshot.Get(); s.Err == nil || s.Since != first.Since {
			t.Fatalf("the list is called live, or not live since %v instead of %v", s.Since, first.Since)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestTheFateOfAPodIsTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*testing.T, *Memory, Pod)
		want   Fate
	}{
		{"deleted", func(t *testing.T, m *Memory, p Pod) { _ = m.Delete(t.Context(), p) }, Fate{Reason: "was deleted"}},
		{"replaced", func(t *testing.T, m *Memory, p Pod) { p.UID = "2"; put(t, m, p) }, Fate{Reason: "was replaced by a new pod of the same name"}},
		{"completed", func(t *testing.T, m *Memory, p Pod) {
			p.Phase, p.Status, p.Ready = string(corev1.PodSucceeded), "Completed", 0
			put(t, m, p)
		}, Fate{Reason: "has ended (Completed)"}},
		{"in a new sandbox", func(t *testing.T, m *Memory, p Pod) { p.IPs = []string{"10.9.9.9"}; put(t, m, p) }, Fate{
			Reason: "got a new network namespace (10.244.0.7 became 10.9.9.9)", Renewed: true,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMemory("test", "shop")
			cart := running("shop", "cart", "1")
			put(t, m, cart)
			ctx, cancel := context.WithCancel(t.Context())
			w, wait := m.Cluster().Watch(ctx)
			defer wait()
			defer cancel()
			told := make(chan Fate, 2)
			for _, source := range []interface {
				Gone(context.Context, Pod) (Fate, error)
			}{w, m.Cluster()} {
				go func() {
					fate, err := source.Gone(ctx, cart)
					if err != nil {
						fate.Reason = err.Error()
					}
					told <- fate
				}()
			}
			time.Sleep(300 * time.Millisecond) // a change of another pod, or no change, is no fate
			put(t, m, running("shop", "other", "9"))
			select {
			case early := <-told:
				t.Fatalf("told too early: %+v", early)
			case <-time.After(200 * time.Millisecond):
			}
			c.change(t, m, cart)
			for range 2 {
				if got := <-told; got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			}
		})
	}
}

func TestAPodThatIsNotThereIsNotFound(t *testing.T) {
	if _, err := NewMemory("test", "shop").Cluster().Pod(t.Context(), "shop", "nothing"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
