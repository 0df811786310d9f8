package k8s

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/internal/latest"
)

// Snapshot is what exists at one moment. It is never changed; the next one is a new value.
type Snapshot struct {
	Pods       []Pod    // by namespace, then name
	Namespaces []string // sorted; also those without pods, where listing namespaces is allowed
	Synced     bool     // all pods are there; before, the list is still coming
	Only       string   // the one namespace that is watched, because more is not allowed; "" for all
	Err        error    // why the list is not live (with a hint), nil while it is; the pods are then those of Since
	Since      time.Time
}

// Find returns the pod of that name, or ErrNotFound.
func (s Snapshot) Find(namespace, name string) (Pod, error) {
	i, found := slices.BinarySearchFunc(s.Pods, Pod{Namespace: namespace, Name: name}, byName)
	if !found {
		return Pod{}, ErrNotFound
	}
	return s.Pods[i], nil
}

func byName(a, b Pod) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// Watch follows pods and namespaces by informers.
type Watch struct {
	cluster    *Cluster
	snapshot   latest.Value[Snapshot]
	dirty      chan struct{} // holds one mark: something changed since the last snapshot
	pods       cache.SharedIndexInformer
	namespaces cache.SharedIndexInformer

	mu    sync.Mutex
	only  string
	err   error
	since time.Time
}

const (
	gather    = 100 * time.Millisecond // changes within this time make one snapshot
	retryList = 2 * time.Second        // between two tries while the API does not answer
)

// Watch starts to follow the cluster's pods. It returns at once; the first snapshot comes with Next. After ctx has ended,
// Wait returns when all of its goroutines have.
func (c *Cluster) Watch(ctx context.Context) (w *Watch, wait func()) {
	w = &Watch{cluster: c, dirty: make(chan struct{}, 1)}
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx) }) // ends with ctx
	return w, running.Wait
}

// Next waits for a snapshot newer than seen.
func (w *Watch) Next(ctx context.Context, seen uint64) (Snapshot, uint64, error) {
	return w.snapshot.Next(ctx, seen)
}

func (w *Watch) run(ctx context.Context) {
	w.chooseScope(ctx)
	pods := w.cluster.client.CoreV1().Pods(w.only)
	w.pods = w.informer(&corev1.Pod{}, "pods", &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return pods.List(ctx, o) },
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return pods.Watch(ctx, o)
		},
	})
	namespaces := w.cluster.client.CoreV1().Namespaces()
	w.namespaces = w.informer(&corev1.Namespace{}, "namespaces", &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return namespaces.List(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return namespaces.Watch(ctx, o)
		},
	})
	var running sync.WaitGroup
	running.Go(func() { w.pods.RunWithContext(ctx) })
	if w.only == "" {
		running.Go(func() { w.namespaces.RunWithContext(ctx) })
	}
	w.publish(ctx)
	running.Wait()
}

// chooseScope finds out whether all namespaces may be watched; if that is forbidden, the flags' namespace is the scope.
func (w *Watch) chooseScope(ctx context.Context) {
	for ctx.Err() == nil {
		_, err := w.cluster.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{Limit: 1})
		if err == nil {
			return
		}
		if apierrors.IsForbidden(err) {
			w.only = w.cluster.namespace
			return
		}
		w.report(explain(err, "list pods", ""))
		w.snapshot.Set(w.build())
		sleep(ctx, retryList)
	}
}

// informer makes an informer that keeps a small item of ours instead of the API's object: 0.9 KB a pod instead of 19.
func (w *Watch) informer(kind runtime.Object, resource string, source *cache.ListWatch) cache.SharedIndexInformer {
	informer := cache.NewSharedIndexInformer(cache.ToListWatcherWithWatchListSemantics(w.tended(resource, source), w.cluster.client), kind, 0, cache.Indexers{})
	// Both fail only on an informer that has started.
	_ = informer.SetTransform(toItem)
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { w.mark() },
		UpdateFunc: func(any, any) { w.mark() },
		DeleteFunc: func(any) { w.mark() },
	})
	return informer
}

// tended wraps a source: what the API answers is noted for the snapshot, and while it does not answer it is asked every
// two seconds, where the informer by itself would wait up to 30 s after it is back.
func (w *Watch) tended(resource string, source *cache.ListWatch) *cache.ListWatch {
	scope := w.only
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return tend(ctx, w, resource, scope, func() (runtime.Object, error) { return source.ListWithContextFunc(ctx, o) })
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return tend(ctx, w, resource, scope, func() (watch.Interface, error) { return source.WatchFuncWithContext(ctx, o) })
		},
	}
}

func tend[T any](ctx context.Context, w *Watch, resource, scope string, ask func() (T, error)) (T, error) {
	for {
		answer, err := ask()
		expired := apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.IsInvalid(err)
		switch {
		case err == nil, expired: // an expired version is the informer's affair: it lists anew
			if resource == "pods" {
				w.report(nil)
			}
			return answer, err
		case resource == "namespaces": // pods tell the same; without the right, the namespaces are those of the pods
			sleep(ctx, retryList)
			return answer, err
		}
		w.report(explain(err, "list and watch "+resource, scope))
		if sleep(ctx, retryList); ctx.Err() != nil {
			return answer, err
		}
	}
}

// report notes how the API is; nil is well.
func (w *Watch) report(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.err, w.since = nil, time.Time{}
	case w.err == nil:
		w.err, w.since = err, time.Now()
	default:
		w.err = err
	}
	w.mark()
}

func (w *Watch) mark() {
	select {
	case w.dirty <- struct{}{}:
	default: // marked already
	}
}

// publish makes a snapshot of what changed, at most every gather, until ctx ends.
func (w *Watch) publish(ctx context.Context) {
	w.mark()
	synced := false
	for ctx.Err() == nil {
		select {
		case <-w.dirty:
		case <-time.After(gather):
			if synced || !w.pods.HasSynced() {
				continue
			}
		case <-ctx.Done():
			return
		}
		synced = w.pods.HasSynced()
		w.snapshot.Set(w.build())
		sleep(ctx, gather)
	}
}

func (w *Watch) build() Snapshot {
	w.mu.Lock()
	s := Snapshot{Only: w.only, Err: w.err, Since: w.since}
	w.mu.Unlock()
	if w.pods == nil {
		return s
	}
	s.Synced = w.pods.HasSynced()
	known := map[string]bool{}
	for _, object := range w.pods.GetStore().List() {
		pod := object.(*item).pod
		s.Pods = append(s.Pods, pod)
		known[pod.Namespace] = true
	}
	for _, object := range w.namespaces.GetStore().List() {
		known[object.(*item).Name] = true
	}
	if s.Only != "" {
		known[s.Only] = true
	}
	for namespace := range known {
		s.Namespaces = append(s.Namespaces, namespace)
	}
	slices.SortFunc(s.Pods, byName)
	slices.Sort(s.Namespaces)
	return s
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// item is what the informers keep of an object.
type item struct {
	metav1.TypeMeta
	metav1.ObjectMeta // name, namespace, UID and version only
	pod               Pod
}

// DeepCopyObject makes item a runtime.Object. Items never change, so the copy may share what it points to.
func (i *item) DeepCopyObject() runtime.Object {
	c := *i
	return &c
}

// toItem is the informers' transform. It may get an item: client-go may transform twice.
func toItem(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.Pod:
		return &item{ObjectMeta: keyOf(o.ObjectMeta), pod: fromAPI(o)}, nil
	case *corev1.Namespace:
		return &item{ObjectMeta: keyOf(o.ObjectMeta)}, nil
	case *item, cache.DeletedFinalStateUnknown:
		return o, nil
	default:
		return nil, fmt.Errorf("an unexpected %T from the API", object)
	}
}

func keyOf(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: m.Name, Namespace: m.Namespace, UID: m.UID, ResourceVersion: m.ResourceVersion}
}
