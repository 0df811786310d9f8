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

// tended wraps a source: it records for the snapshot how the API answers, and while the API does not answer, it asks every two seconds.
// The informer by itself could wait up to 30 s after the API is back.
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
		if err == nil || expired { // the informer lists again if its version has expired
			w.note(resource, nil)
			return answer, err
		}
		w.note(resource, explain(err, "list and watch "+resource, scope))
		if resource != "pods" { // not urgent: the informer tries again, at longer intervals
			sleep(ctx, retryList)
			return answer, err
		}
		if sleep(ctx, retryList); ctx.Err() != nil {
			return answer, err
		}
	}
}

// noteSilence records that the API does not answer, after a while without an answer, until heard is called.
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

// note records how the API answered; nil: well. Errors about namespaces are ignored: pods have the same errors, and without the right
// to list namespaces, those of the pods are shown.
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

// report records the state of the API for the snapshot; nil: well.
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
