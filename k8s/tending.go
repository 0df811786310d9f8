package k8s

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/internal/hint"
)

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
