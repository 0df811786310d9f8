package k8s

import (
	"context"
	"errors"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/k8s/transport"
)

const onePage = 500 // objects; kubectl's page size

// The most that is accepted of one kind: Kubernetes supports 150,000 pods in a cluster.
const (
	mostObjects = 300_000
	mostBytes   = 512 << 20 // of their labels
)

var errEndless = errors.New("the API lists more objects than a cluster can have")

// room is how many objects of one kind, and bytes of their labels, are still accepted.
type room struct{ objects, bytes int }

func newRoom() *room { return &room{mostObjects, mostBytes} }

// take says whether there is room for the object.
func (r *room) take(object runtime.Object) bool {
	switch o := object.(type) {
	case *corev1.Pod:
		r.bytes -= bytesOf(o.Labels)
	case *corev1.Service:
		r.bytes -= bytesOf(o.Spec.Selector)
	}
	r.objects--
	return r.objects >= 0 && r.bytes >= 0
}

// takeAll takes a page of a list. An empty page counts as a full one, because otherwise there could be any number of them.
func (r *room) takeAll(page runtime.Object) error {
	if meta.LenList(page) == 0 {
		if r.objects -= onePage; r.objects < 0 {
			return errEndless
		}
	}
	return meta.EachListItem(page, func(object runtime.Object) error {
		if !r.take(object) {
			return errEndless
		}
		return nil
	})
}

func bytesOf(labels map[string]string) (bytes int) {
	for key, value := range labels {
		bytes += len(key) + len(value)
	}
	return bytes
}

// eachPage reads a list page by page, so that it holds one page at a time. If objects are so large that a page of them is refused, it
// asks for fewer at once. It gives up an endless list, even one of empty pages (errEndless).
func eachPage[List interface {
	runtime.Object
	metav1.ListInterface
}](
	ctx context.Context, o metav1.ListOptions, list func(context.Context, metav1.ListOptions) (List, error), take func(List) error,
) error {
	room := newRoom()
	for o.Limit = onePage; ; {
		page, err := list(ctx, o)
		if errors.Is(err, transport.ErrTooLarge) && o.Limit > 1 {
			o.Limit = max(1, o.Limit/8)
			continue
		}
		if err != nil {
			return err
		}
		if err := room.takeAll(page); err != nil {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
		if o.Continue = page.GetContinue(); o.Continue == "" {
			return nil
		}
		o.ResourceVersion = "" // the continue token contains it
	}
}

// smallList is a list of the API with podtracer's small items in place of the objects.
type smallList struct {
	metav1.ListMeta
	Items []runtime.Object
}

// GetObjectKind and DeepCopyObject make smallList a runtime.Object. Its items never change.
func (l *smallList) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }
func (l *smallList) DeepCopyObject() runtime.Object {
	return &smallList{ListMeta: l.ListMeta, Items: l.Items}
}

// filter chooses objects by selectors of fields and of labels; "" for all.
type filter struct{ fields, labels string }

// source reads the objects of one kind, all or those of a filter, and converts lists while they are read. The API answers from
// its memory in one piece, however large, so all objects are not asked for in that way.
func source[List interface {
	runtime.Object
	metav1.ListInterface
}](client interface {
	list(ctx context.Context, o metav1.ListOptions) (List, error)
	watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error)
}, of filter, small cache.TransformFunc) *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			o.FieldSelector, o.LabelSelector = of.fields, of.labels
			if of.fields == "" {
				o.ResourceVersion, o.ResourceVersionMatch = "", ""
			}
			all := &smallList{}
			err := eachPage(ctx, o, client.list, func(page List) error {
				all.ResourceVersion = page.GetResourceVersion()
				return meta.EachListItem(page, func(object runtime.Object) error {
					item, err := small(object)
					if err == nil {
						all.Items = append(all.Items, item.(runtime.Object))
					}
					return err
				})
			})
			return all, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.FieldSelector, o.LabelSelector = of.fields, of.labels
			w, err := client.watch(ctx, o)
			if err != nil {
				return nil, err
			}
			return newFinite(w), nil
		},
	}
}

// finite is a watch that ends with an error when it has reported more than a cluster can have. The reflector then lists again, and a
// list ends or fails.
type finite struct {
	watch.Interface
	events  chan watch.Event
	stopped chan struct{}
	stop    sync.Once
}

func newFinite(from watch.Interface) *finite {
	w := &finite{Interface: from, events: make(chan watch.Event), stopped: make(chan struct{})}
	go w.pass() // ends with from, or with Stop
	return w
}

// ResultChan is the channel of events.
func (w *finite) ResultChan() <-chan watch.Event { return w.events }

// Stop ends the watch.
func (w *finite) Stop() {
	w.stop.Do(func() { close(w.stopped) })
	w.Interface.Stop()
}

func (w *finite) pass() {
	defer close(w.events)
	for room := newRoom(); ; {
		var event watch.Event
		var more bool
		select {
		case event, more = <-w.Interface.ResultChan():
		case <-w.stopped:
		}
		if !more {
			return
		}
		if (event.Type == watch.Added || event.Type == watch.Modified) && !room.take(event.Object) {
			event = watch.Event{Type: watch.Error, Object: &apierrors.NewServiceUnavailable(errEndless.Error()).ErrStatus}
		}
		select {
		case w.events <- event:
		case <-w.stopped:
			return
		}
	}
}
