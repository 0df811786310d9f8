package k8s

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/internal/latest"
)

// Matched is which pods belong to some groups at one moment. It is never changed.
type Matched struct {
	Pods []Pod // by namespace, then name; each once
	Err  error // why the list is not live, with a hint; nil while it is
}

// Matching follows the pods of some groups.
type Matching struct {
	cluster *Cluster
	groups  []Group
	stores  []*podStore
	matched latest.Value[Matched]
	dirty   chan struct{} // holds one mark if something changed since the last list

	mu   sync.Mutex
	errs []error // of each group; nil while its list is live
}

// Matching reads which pods belong to the groups. Follow follows them.
//
// Errors: why pods cannot be listed, with a hint.
func (c *Cluster) Matching(ctx context.Context, groups []Group) (*Matching, error) {
	m := &Matching{cluster: c, groups: groups, dirty: make(chan struct{}, 1), errs: make([]error, len(groups))}
	for _, g := range groups {
		store := newPodStore("", func(Pod, Pod) {}, m.mark)
		if _, err := patiently(ctx, c, func() (struct{}, error) { return struct{}{}, c.fill(ctx, store, g) }); err != nil {
			return nil, err
		}
		m.stores = append(m.stores, store)
	}
	m.matched.Set(m.build())
	return m, nil
}

// Follow keeps the list up to date until ctx ends. Then wait returns when all goroutines have ended.
func (m *Matching) Follow(ctx context.Context) (wait func()) {
	var running sync.WaitGroup
	for i, g := range m.groups { // all goroutines end with ctx
		running.Go(func() { m.reflect(ctx, i, g) })
	}
	running.Go(func() { m.publish(ctx) })
	return running.Wait
}

// Now is which pods belong to the groups now.
func (m *Matching) Now() Matched {
	now, _ := m.matched.Get()
	return now
}

// fill reads the pods of a group once.
func (c *Cluster) fill(ctx context.Context, store *podStore, g Group) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var all []any
	err := eachPage(ctx, metav1.ListOptions{LabelSelector: g.Selector}, c.api.pods(g.Namespace).list, func(page *corev1.PodList) error {
		for i := range page.Items {
			item, err := store.itemOf(&page.Items[i])
			if err != nil {
				return err
			}
			all = append(all, item)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list the %s: %w", g, explain(err, "list pods", g.Namespace))
	}
	return store.Replace(all, "")
}

// reflect keeps a store up to date.
func (m *Matching) reflect(ctx context.Context, i int, g Group) {
	from := source(m.cluster.api.pods(g.Namespace), filter{labels: g.Selector}, m.stores[i].Transformer())
	heard := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := from.ListWithContextFunc(ctx, o)
			m.note(i, g, err)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			changes, err := from.WatchFuncWithContext(ctx, o)
			m.note(i, g, err)
			return changes, err
		},
	}
	pods := cache.ToListWatcherWithWatchListSemantics(heard, listsOnly{})
	cache.NewReflectorWithOptions(pods, &corev1.Pod{}, m.stores[i], cache.ReflectorOptions{Name: "pods"}).RunWithContext(ctx)
}

// note records how the API answered; nil: well.
func (m *Matching) note(i int, g Group, err error) {
	if expired := apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.IsInvalid(err); expired || errors.Is(err, context.Canceled) {
		return // the list is read again, or nobody needs it any more
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs[i] = explain(err, "list and watch pods", g.Namespace)
	m.mark()
}

func (m *Matching) mark() {
	select {
	case m.dirty <- struct{}{}:
	default: // already marked
	}
}

// publish makes lists of changes until ctx ends.
func (m *Matching) publish(ctx context.Context) {
	for {
		select {
		case <-m.dirty:
			m.matched.Set(m.build())
			sleep(ctx, gather)
		case <-ctx.Done():
			return
		}
	}
}

func (m *Matching) build() Matched {
	m.mu.Lock()
	errs := slices.Clone(m.errs)
	m.mu.Unlock()
	var pods []Pod
	for _, s := range m.stores {
		pods = append(pods, s.list()...)
	}
	slices.SortStableFunc(pods, byName)
	same := func(a, b Pod) bool { return byName(a, b) == 0 }
	return Matched{Pods: slices.CompactFunc(pods, same), Err: errors.Join(errs...)}
}

// Next waits for a list newer than seen.
func (m *Matching) Next(ctx context.Context, seen uint64) (Matched, uint64, error) {
	return m.matched.Next(ctx, seen)
}

// Gone does what Cluster.Gone does, and asks the API about a pod only when that does not match any more: it may have lost only its
// labels.
func (m *Matching) Gone(ctx context.Context, pod Pod) (Fate, error) {
	for seen := uint64(0); ; {
		now, version, err := m.Next(ctx, seen)
		if err != nil {
			return Fate{}, err
		}
		seen = version
		i, found := slices.BinarySearchFunc(now.Pods, pod, byName)
		if !found {
			return m.cluster.Gone(ctx, pod)
		}
		if fate := FateOf(pod, now.Pods[i]); fate.sealed() {
			return fate, nil
		}
	}
}
