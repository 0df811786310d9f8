package k8s

import (
	"context"
	"errors"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/internal/hint"
)

const (
	verbList, verbWatch = "list", "watch"

	listAgain = 3 * time.Second // pause between two lists where watching is forbidden
)

// tended wraps a source: it records for the snapshot how the API answers, and while the API does not answer, it asks every two seconds.
// The informer by itself could wait up to 30 s after the API is back. Where watching is forbidden, the list is read again and again.
func (w *Watch) tended(resource string, source *cache.ListWatch) *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			q := question{w, resource, verbList, false}
			return tend(ctx, q, func() (runtime.Object, error) { return source.ListWithContextFunc(ctx, o) })
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			q := question{w, resource, verbWatch, o.SendInitialEvents != nil && *o.SendInitialEvents}
			answer, err := tend(ctx, q, func() (watch.Interface, error) { return source.WatchFuncWithContext(ctx, o) })
			if apierrors.IsForbidden(err) && !q.lists {
				sleep(ctx, listAgain)
				err = apierrors.NewResourceExpired("it is not allowed to watch: the list is read again")
			}
			return answer, err
		},
	}
}

// question is what the API is asked for a watch.
type question struct {
	watch          *Watch
	resource, verb string
	lists          bool // a watch that begins with all objects, which takes no right to list
}

func tend[T any](ctx context.Context, q question, ask func() (T, error)) (T, error) {
	w := q.watch
	for {
		heard := w.noteSilence(q.resource)
		answer, err := ask()
		heard()
		expired := apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.IsInvalid(err)
		if err == nil || expired { // the informer lists again if its version has expired
			q.allowed()
			w.note(q.resource, nil)
			return answer, err
		}
		if apierrors.IsForbidden(err) && q.refused(err) {
			return answer, err
		}
		w.note(q.resource, explain(err, q.rights(), q.scope()))
		if q.resource != "pods" { // not urgent: the informer tries again, at longer intervals
			sleep(ctx, retryList)
			return answer, err
		}
		if sleep(ctx, retryList); ctx.Err() != nil {
			return answer, err
		}
	}
}

// scope is where the right to what is asked is needed.
func (q question) scope() string {
	if q.resource == "namespaces" {
		return "" // they are in no namespace
	}
	return q.watch.only
}

// allowed notes that the API has answered.
func (q question) allowed() {
	q.watch.refusals.Remove(q.verb, q.resource, q.scope())
	if q.lists {
		q.watch.refusals.Remove(verbList, q.resource, q.scope())
	}
}

// refused notes that a right is missing, and says whether there is another way, which needs no right to watch.
func (q question) refused(err error) (listInstead bool) {
	if q.resource != podsNear { // it needs the same rights as all pods
		q.watch.refusals.Add(q.verb, q.resource, q.scope(), err)
		q.watch.mark()
	}
	return q.verb == verbWatch
}

// rights are those that were refused, else the one that is used.
func (q question) rights() string {
	verbs := q.watch.refusals.Verbs(q.resource, q.scope())
	if len(verbs) == 0 {
		verbs = []string{q.verb}
	}
	return strings.Join(verbs, " and ") + " " + q.resource
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
		w.err, w.since = err, w.heard()
	default:
		w.err = err
	}
	w.mark()
}

// heard is when the newest word of the API came: what came later is not in the list.
func (w *Watch) heard() time.Time {
	if heard := w.cluster.api.Heard(); !heard.IsZero() {
		return heard
	}
	return time.Now()
}
