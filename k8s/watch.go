package k8s

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/k8s/grant"
)

// Watch follows pods, namespaces and services.
type Watch struct {
	cluster    *Cluster
	snapshot   latest.Value[Snapshot]
	dirty      chan struct{} // holds one mark if something changed since the last snapshot
	all, near  *podStore     // of all nodes, and of the node that is shown first; nil until they are read
	namespaces cache.SharedIndexInformer
	services   cache.SharedIndexInformer
	history    history
	naming     naming

	servicesOld     atomic.Bool // changed since servicesList was made
	servicesList    []Service
	servicesRefused int
	servicesRefusal error

	podsKnown, servicesKnown cache.InformerSynced // the history contains all of the first lists

	mu          sync.Mutex
	only        string
	err         error
	since       time.Time
	servicesErr error
	refusals    grant.Refusals
}

const (
	gather       = 100 * time.Millisecond // changes within this time make one snapshot
	gatherPerPod = 20 * time.Microsecond  // longer by this for each pod: 1 s with 50,000 pods
	retryList    = 2 * time.Second        // pause between two tries while the API does not answer

	podsNear = "pods of this node"
)

// Watch starts to follow the cluster's pods. It returns at once; Next returns the first snapshot. After ctx has ended, wait returns when
// all goroutines of the watch have ended.
func (c *Cluster) Watch(ctx context.Context) (w *Watch, wait func()) { return c.WatchFrom(ctx, "") }

// WatchFrom does what Watch does, but shows the pods of one node first: until a snapshot is Synced, it contains these pods, which are
// live. Without a node ("") there are no pods until all are there.
func (c *Cluster) WatchFrom(ctx context.Context, node string) (w *Watch, wait func()) {
	w = &Watch{cluster: c, dirty: make(chan struct{}, 1)}
	var running sync.WaitGroup
	running.Go(func() { w.run(ctx, node) }) // ends with ctx
	return w, running.Wait
}

// Next waits for a snapshot newer than seen.
func (w *Watch) Next(ctx context.Context, seen uint64) (Snapshot, uint64, error) {
	return w.snapshot.Next(ctx, seen)
}

func (w *Watch) run(ctx context.Context, node string) {
	w.chooseScope(ctx)
	api := w.cluster.api
	w.all = newPodStore("", w.notePod, w.mark)
	w.podsKnown = w.all.isFilled
	w.services, w.servicesKnown = w.informer(&corev1.Service{}, "services", source(api.services(w.only), filter{}, toItem), w.noteService)
	w.namespaces, _ = w.informer(&corev1.Namespace{}, "namespaces", source(api.namespaces(), filter{}, toItem), func(any, any) {})
	var running sync.WaitGroup
	nearOnly, enough := context.WithCancel(ctx)
	if node != "" { // all goroutines below end with ctx
		w.near = newPodStore(node, func(Pod, Pod) {}, w.mark)
		running.Go(func() { w.reflect(nearOnly, podsNear, w.near, listsOnly{}) })
	}
	running.Go(func() { w.reflect(ctx, "pods", w.all, api) })
	running.Go(func() { w.services.RunWithContext(ctx) })
	if w.only == "" {
		running.Go(func() { w.namespaces.RunWithContext(ctx) })
	}
	w.publish(ctx, enough)
	enough()
	running.Wait()
}

// reflect fills a store and keeps it up to date until ctx ends.
func (w *Watch) reflect(ctx context.Context, resource string, store *podStore, client any) {
	var of filter
	if store.node != "" {
		of.fields = fields.OneTermEqualSelector("spec.nodeName", store.node).String()
	}
	pods := source(w.cluster.api.pods(w.only), of, store.Transformer())
	from := cache.ToListWatcherWithWatchListSemantics(w.tended(resource, pods), client)
	often := &wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 0.1, Cap: 5 * time.Second, Steps: math.MaxInt32}
	cache.NewReflectorWithOptions(from, &corev1.Pod{}, store, cache.ReflectorOptions{Name: resource, Backoff: often}).RunWithContext(ctx)
}

// listsOnly stands for a client that lists first and does not stream: the API answers a short list at once from its memory, but a stream
// only when its memory is certainly up to date.
type listsOnly struct{}

// IsWatchListSemanticsUnSupported tells client-go to list.
func (listsOnly) IsWatchListSemanticsUnSupported() bool { return true }

// chooseScope finds out whether all namespaces may be watched; if that is forbidden, it watches Cluster.Namespace.
func (w *Watch) chooseScope(ctx context.Context) {
	for ctx.Err() == nil {
		patient, cancel := context.WithTimeout(ctx, SilentAfter)
		_, err := w.cluster.api.pods("").list(patient, metav1.ListOptions{Limit: 1})
		cancel()
		if err == nil {
			return
		}
		if apierrors.IsForbidden(err) {
			w.refusals.Add(verbList, "pods", "", err)
			w.only = w.cluster.namespace
			return
		}
		w.report(explain(err, "list pods", ""))
		w.snapshot.Set(w.build())
		sleep(ctx, retryList)
	}
}

// informer makes an informer that keeps small items in place of the API's objects, and passes each change to note, one object at a time.
// The second result says whether note has got all objects of the first list.
func (w *Watch) informer(
	kind runtime.Object, resource string, source *cache.ListWatch, note func(was, is any),
) (cache.SharedIndexInformer, cache.InformerSynced) {
	informer := cache.NewSharedIndexInformer(cache.ToListWatcherWithWatchListSemantics(w.tended(resource, source), w.cluster.api), kind, 0, cache.Indexers{})
	// Both calls fail only if the informer has started.
	_ = informer.SetTransform(toItem)
	told, _ := informer.AddEventHandler(w.handlers(note))
	return informer, told.HasSynced
}

func (w *Watch) mark() {
	select {
	case w.dirty <- struct{}{}:
	default: // already marked
	}
}

// publish makes snapshots of changes until ctx ends. The interval between two grows with the number of pods, because each snapshot is a
// new list of all. When all pods are there, the watch of one node is stopped.
func (w *Watch) publish(ctx context.Context, enough func()) {
	w.mark()
	synced := false
	for ctx.Err() == nil {
		select {
		case <-w.dirty:
		case now := <-time.After(nameEvery): // changes without a mark: names that were made a moment before a change
			if synced == w.podsKnown() && !w.namesDue(now) {
				continue
			}
		case <-ctx.Done():
			return
		}
		if synced = w.podsKnown(); synced && w.near != nil {
			enough()
			w.near = nil
		}
		s := w.build()
		w.snapshot.Set(s)
		sleep(ctx, gather+time.Duration(len(s.Pods))*gatherPerPod)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
