package k8s

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThisNodesPodsAreShownAndFollowedWhileTheOthersAreComing(t *testing.T) {
	m := NewMemory("test", "shop")
	here, gone := running("shop", "here", "1"), running("shop", "gone", "2")
	there := running("shop", "there", "3")
	there.Node = "node2"
	for _, p := range []Pod{here, gone, there} {
		put(t, m, p)
	}
	var answers atomic.Bool
	overhear(m, func(h heard) error {
		all := h.verb == "list" && h.Resource == "pods" && h.Fields.Empty() && h.request.URL.Query().Get("limit") != "1"
		if all && !answers.Load() {
			return fmt.Errorf("dial: %w", context.DeadlineExceeded) // the complete list is slow
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().WatchFrom(ctx, "node1")
	defer wait()
	defer cancel()
	await(t, w, "this node's pods", func(s Snapshot) bool { return !s.Synced && names(s) == "gone here" })
	_ = m.Delete(t.Context(), gone)
	await(t, w, "one less", func(s Snapshot) bool { return !s.Synced && names(s) == "here" })
	answers.Store(true)
	await(t, w, "all", func(s Snapshot) bool {
		if !s.Synced && names(s) != "here" {
			t.Errorf("before all are there: %s", names(s))
		}
		return s.Synced && names(s) == "here there"
	})
}

func names(s Snapshot) (text string) {
	for i, p := range s.Pods {
		if i > 0 {
			text += " "
		}
		text += p.Name
	}
	return text
}

func TestAListIsSortedWhateverCameAndWentAndIsNeverChanged(t *testing.T) {
	store := newPodStore("", func(Pod, Pod) {}, func() {})
	apply := func(change func(any) error, names ...string) {
		for _, name := range names {
			if err := change(toAPI(running("shop", name, name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	apply(store.Add, "d", "b", "a")
	first := store.list()
	apply(store.Add, "c", "x", "e")
	apply(store.Delete, "x", "a", "b", "never")
	apply(store.Add, "b")
	if got := names(Snapshot{Pods: store.list()}); got != "b c d e" {
		t.Errorf("got %s", got)
	}
	if diff := cmp.Diff("a b d", names(Snapshot{Pods: first})); diff != "" {
		t.Error("a published list has changed: ", diff)
	}
	if second := store.list(); &second[0] != &store.list()[0] {
		t.Error("the list was rebuilt without a change")
	}
}

// BenchmarkSnapshot measures the cost of one change: a new list of all pods.
func BenchmarkSnapshot(b *testing.B) {
	for _, count := range []int{10_000, 50_000} {
		store := newPodStore("", func(Pod, Pod) {}, func() {})
		pods := crowd(count)
		objects := make([]any, count)
		for i, p := range pods {
			objects[i] = p
		}
		b.Run(fmt.Sprintf("first/%d", count), func(b *testing.B) {
			for b.Loop() {
				again := append([]any(nil), objects...)
				_ = store.Replace(again, "")
			}
		})
		b.Run(fmt.Sprintf("change/%d", count), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_ = store.Update(pods[i%count])
				store.list()
			}
		})
	}
}
