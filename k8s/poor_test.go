package k8s

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
)

// poor follows a cluster in which the API denies some verbs, each once for each resource.
func poor(t *testing.T, m *Memory, denied ...string) *Watch {
	t.Helper()
	for _, right := range denied {
		verb, resource, _ := strings.Cut(right, " ")
		deny(m, verb, resource, anywhere)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().WatchFrom(ctx, "node1")
	t.Cleanup(func() { cancel(); wait() })
	return w
}

func lacking(s Snapshot, right string) *Lack {
	if i := slices.IndexFunc(s.Lacks, func(l Lack) bool { return l.Right == right }); i >= 0 {
		return &s.Lacks[i]
	}
	return nil
}

func TestWithoutTheRightToWatchThePodsOfAllNodesAreListedAgainAndAgain(t *testing.T) {
	m := NewMemory("test", "shop")
	far := running("shop", "far", "2")
	far.Node = "node2"
	put(t, m, running("shop", "cart", "1"))
	put(t, m, far)
	w := poor(t, m, "watch pods")
	s := await(t, w, "the pods of both nodes", func(s Snapshot) bool { return s.Synced && len(s.Pods) == 2 && s.Unwatched })
	if s.Err != nil {
		t.Errorf("the list is not live: %v", s.Err)
	}
	l := lacking(s, "watch pods")
	if l == nil || l.Told || l.Scope != "in all namespaces" || !strings.Contains(l.Commands, "--verb=watch --resource=pods") || l.Means == "" {
		t.Errorf("%+v", s.Lacks)
	}
	put(t, m, running("shop", "new", "3"))
	await(t, w, "a pod that came later", func(s Snapshot) bool { return len(s.Pods) == 3 })
}

func TestWithoutAnyRightToPodsBothVerbsAreNamed(t *testing.T) {
	w := poor(t, NewMemory("test", "shop"), "list pods", "watch pods")
	s := await(t, w, "a refusal", func(s Snapshot) bool { return s.Err != nil && strings.Contains(s.Err.Error(), "watch") })
	if !errors.Is(s.Err, ErrForbidden) || s.Err.Error() != "not allowed to list and watch pods in namespace shop" {
		t.Error(s.Err)
	}
	if want := "kubectl create role podtracer-list-watch-pods-"; !strings.Contains(hint.Of(s.Err), want) {
		t.Errorf("no %q in %q", want, hint.Of(s.Err))
	}
}

func TestRightsThatOnlyNamesNeedAreNamedAndPodsAreLive(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, running("shop", "cart", "1"))
	w := poor(t, m, "list namespaces", "watch namespaces", "list services", "watch services")
	s := await(t, w, "what is missing", func(s Snapshot) bool {
		return s.Synced && lacking(s, "list and watch namespaces") != nil && lacking(s, "list and watch services") != nil
	})
	if len(s.Pods) != 1 || s.Err != nil || len(s.Lacks) != 2 {
		t.Errorf("%+v", s)
	}
	if l := lacking(s, "list and watch services"); l.Means != "service addresses have no names" {
		t.Errorf("%+v", l)
	}
}

func TestARightThatIsGivenLaterIsNotMissingAnyMore(t *testing.T) {
	m := NewMemory("test", "shop")
	given := make(chan struct{})
	denyUntil(m, "watch", "pods", given)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	await(t, w, "a list that is read again and again", func(s Snapshot) bool { return s.Synced && s.Unwatched })
	close(given)
	for seen, missing := uint64(0), true; missing; {
		s, version, err := w.Next(ctx, seen)
		if err != nil {
			t.Fatal("it is still said to be missing")
		}
		seen, missing = version, s.Unwatched || len(s.Lacks) > 0
	}
}
