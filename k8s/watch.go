package k8s

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/internal/hint"
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
	Names      *Names    // of addresses, at most a second older than Pods; nil before the list of pods is asked for
	Services   []Service // those with addresses, by namespace, then name
	Refused    int       // pods, services and namespaces that are left out, since they break the rules of Kubernetes
	Refusal    error     // why one of them is, with a hint; nil if none is
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

// Watch follows pods, namespaces and services by informers.
type Watch struct {
	cluster    *Cluster
	snapshot   latest.Value[Snapshot]
	dirty      chan struct{} // holds one mark: something changed since the last snapshot
	all, near  *podStore     // of all nodes, of the one that is shown first; nil before they are asked for
	namespaces cache.SharedIndexInformer
	services   cache.SharedIndexInformer
	history    history
	naming     naming

	servicesOld     atomic.Bool // since servicesList was made
	servicesList    []Service
	servicesRefused int
	servicesRefusal error

	podsKnown, servicesKnown cache.InformerSynced // all that were there are in the history

	mu          sync.Mutex
	only        string
	err         error
	since       time.Time
	servicesErr error
}

const (
	gather       = 100 * time.Millisecond // changes within this time make one snapshot
	gatherPerPod = 20 * time.Microsecond  // and this longer for each pod: 1 s with 50,000
	retryList    = 2 * time.Second        // between two tries while the API does not answer
)

// Watch starts to follow the cluster's pods. It returns at once; the first snapshot comes with Next. After ctx has ended,
// Wait returns when all of its goroutines have.
func (c *Cluster) Watch(ctx context.Context) (w *Watch, wait func()) { return c.WatchFrom(ctx, "") }

// WatchFrom does as Watch, and has the pods of one node first: they come before the others in snapshots that are not
// Synced yet, and are live until those are. Without a node ("") there are no pods before all are there.
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
	w.services, w.servicesKnown = w.informer(&corev1.Service{}, "services", source(api.services(w.only), "", toItem), w.noteService)
	w.namespaces, _ = w.informer(&corev1.Namespace{}, "namespaces", source(api.namespaces(), "", toItem), func(any, any) {})
	var running sync.WaitGroup
	nearOnly, enough := context.WithCancel(ctx)
	if node != "" { // all below end with ctx
		w.near = newPodStore(node, func(Pod, Pod) {}, w.mark)
		running.Go(func() { w.reflect(nearOnly, "pods of this node", w.near, listsOnly{}) })
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
	selector := ""
	if store.node != "" {
		selector = fields.OneTermEqualSelector("spec.nodeName", store.node).String()
	}
	pods := source(w.cluster.api.pods(w.only), selector, store.Transformer())
	from := cache.ToListWatcherWithWatchListSemantics(w.tended(resource, pods), client)
	cache.NewReflectorWithOptions(from, &corev1.Pod{}, store, cache.ReflectorOptions{Name: resource}).RunWithContext(ctx)
}

// listsOnly stands for a client that lists at first, and does not stream: the API answers a short list at once from its
// memory, and a stream only when it is sure to be up to date.
type listsOnly struct{}

// IsWatchListSemanticsUnSupported is how client-go asks.
func (listsOnly) IsWatchListSemanticsUnSupported() bool { return true }

// chooseScope finds out whether all namespaces may be watched; if that is forbidden, the flags' namespace is the scope.
func (w *Watch) chooseScope(ctx context.Context) {
	for ctx.Err() == nil {
		patient, cancel := context.WithTimeout(ctx, SilentAfter)
		_, err := w.cluster.api.pods("").list(patient, metav1.ListOptions{Limit: 1})
		cancel()
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

// informer makes an informer that keeps a small item of ours instead of the API's object, and passes each change on to
// note, an object at a time. The second result says whether note has been told of all that was there at first.
func (w *Watch) informer(
	kind runtime.Object, resource string, source *cache.ListWatch, note func(was, is any),
) (cache.SharedIndexInformer, cache.InformerSynced) {
	informer := cache.NewSharedIndexInformer(cache.ToListWatcherWithWatchListSemantics(w.tended(resource, source), w.cluster.api), kind, 0, cache.Indexers{})
	// Both fail only on an informer that has started.
	_ = informer.SetTransform(toItem)
	told, _ := informer.AddEventHandler(w.handlers(note))
	return informer, told.HasSynced
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
		heard := w.noteSilence(resource)
		answer, err := ask()
		heard()
		expired := apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.IsInvalid(err)
		if err == nil || expired { // an expired version is the informer's affair: it lists again
			w.note(resource, nil)
			return answer, err
		}
		w.note(resource, explain(err, "list and watch "+resource, scope))
		if resource != "pods" { // nobody waits for these: the informer tries again, at longer intervals
			sleep(ctx, retryList)
			return answer, err
		}
		if sleep(ctx, retryList); ctx.Err() != nil {
			return answer, err
		}
	}
}

// noteSilence notes that the API does not answer, when it has not for a while, until heard is called.
func (w *Watch) noteSilence(resource string) (heard func()) {
	began, noted := time.Now(), make(chan struct{})
	silent := time.AfterFunc(SilentAfter, func() {
		defer close(noted)
		w.note(resource, hint.Add(errors.New(w.cluster.Silent(began)), hintServer))
	})
	return func() {
		if !silent.Stop() {
			<-noted
		}
	}
}

// note notes how the API answered; nil is well. Namespaces are not missed: pods tell the same, and without the right the
// namespaces are those of the pods.
func (w *Watch) note(resource string, err error) {
	switch resource {
	case "pods":
		w.report(err)
	case "services":
		w.mu.Lock()
		w.servicesErr = err
		w.mu.Unlock()
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

// publish makes a snapshot of what changed, at most every gather, until ctx ends. The more pods there are, the longer it
// gathers: each snapshot is a new list of all. When all pods are there, the watch of one node is stopped.
func (w *Watch) publish(ctx context.Context, enough func()) {
	w.mark()
	synced := false
	for ctx.Err() == nil {
		select {
		case <-w.dirty:
		case now := <-time.After(nameEvery): // what comes without a mark: names that were made a moment before a change
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

func (w *Watch) build() Snapshot {
	w.mu.Lock()
	s := Snapshot{Only: w.only, Err: w.err, Since: w.since}
	w.mu.Unlock()
	if w.all == nil {
		return s
	}
	switch s.Synced = w.podsKnown(); {
	case s.Synced:
		s.Pods = w.all.list()
	case w.near != nil:
		s.Pods = w.near.list()
	}
	s.Names = w.names(time.Now())
	s.Namespaces = w.namespacesOf(s.Pods)
	if w.servicesOld.Swap(false) {
		w.servicesList = servicesOf(w.services.GetStore())
		w.servicesRefused, w.servicesRefusal = refusedIn(w.services.GetStore())
	}
	s.Services = w.servicesList
	pods, whyPods := w.all.refusals()
	namespaces, whyNamespaces := refusedIn(w.namespaces.GetStore())
	s.Refused, s.Refusal = pods+w.servicesRefused+namespaces, cmp.Or(whyPods, w.servicesRefusal, whyNamespaces)
	return s
}

// namespacesOf are those of the pods, which are sorted, and those that are known without any.
func (w *Watch) namespacesOf(pods []Pod) []string {
	var known []string
	for i, p := range pods {
		if i == 0 || p.Namespace != pods[i-1].Namespace {
			known = append(known, p.Namespace)
		}
	}
	for _, object := range w.namespaces.GetStore().List() {
		if k := object.(*key); k.refused == nil {
			known = append(known, k.name)
		}
	}
	if w.only != "" {
		known = append(known, w.only)
	}
	slices.Sort(known)
	return slices.Compact(known)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
