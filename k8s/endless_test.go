package k8s

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fennec-project/podtracer/internal/hint"
)

// endlessPods answers each request with a page of pods that have some bytes of labels, and announces more. It fails if too many pages
// were asked for.
type endlessPods struct{ pods, labels, asked int }

var errBelieved = errors.New("too many pages were asked for")

func (e *endlessPods) list(context.Context, metav1.ListOptions) (*corev1.PodList, error) {
	if e.asked++; e.asked > 1000 {
		return nil, errBelieved
	}
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: fmt.Sprint("pod-", e.asked), UID: "1", Labels: map[string]string{"l": strings.Repeat("x", e.labels)},
	}}
	list := &corev1.PodList{ListMeta: metav1.ListMeta{Continue: "more"}}
	for range e.pods {
		list.Items = append(list.Items, pod)
	}
	return list, nil
}

func (e *endlessPods) watch(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return nil, errors.New("not asked for")
}

func TestAListWithoutEndIsGivenUpAndThatIsSaid(t *testing.T) {
	for name, pods := range map[string]*endlessPods{
		"of pods":              {pods: 500},
		"of pods that are fat": {pods: 50, labels: 60 << 10},
		"of pages with none":   {},
	} {
		t.Run(name, func(t *testing.T) {
			small := func(any) (any, error) { return &key{}, nil }
			_, err := source(pods, filter{}, small).ListWithContextFunc(t.Context(), metav1.ListOptions{})
			if !errors.Is(err, errEndless) {
				t.Fatalf("got %v", err)
			}
			if told := explain(err, "list pods", ""); hint.Of(told) == "" || !strings.Contains(told.Error(), "more objects than a cluster can have") {
				t.Errorf("a person is told: %v", told)
			}
		})
	}
}

// endlessWatch sends the same event again and again until it is stopped.
type endlessWatch struct {
	events  chan watch.Event
	stopped chan struct{}
}

func newEndlessWatch(event watch.Event) endlessWatch {
	w := endlessWatch{make(chan watch.Event, 100), make(chan struct{})}
	go func() { // ends with Stop
		for {
			select {
			case w.events <- event:
			case <-w.stopped:
				return
			}
		}
	}()
	return w
}

func (w endlessWatch) ResultChan() <-chan watch.Event { return w.events }
func (w endlessWatch) Stop()                          { close(w.stopped) }

func TestAWatchWithoutEndEndsWithAnError(t *testing.T) {
	for name, c := range map[string]struct {
		event  watch.EventType
		labels int
	}{
		"of pods that come":    {watch.Added, 0},
		"of pods that change":  {watch.Modified, 0},
		"of pods that are fat": {watch.Added, 60 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"l": strings.Repeat("x", c.labels)}}}
			w := newFinite(newEndlessWatch(watch.Event{Type: c.event, Object: pod}))
			defer w.Stop()
			for n := 0; ; n++ {
				event := <-w.ResultChan()
				if event.Type == watch.Error {
					return
				}
				if event.Type != c.event || n > mostObjects {
					t.Fatalf("event %d is %v", n, event.Type)
				}
			}
		})
	}
}

func TestAWatchThatIsStoppedOrEndsLeavesNobodyBehind(t *testing.T) {
	w := newFinite(newEndlessWatch(watch.Event{Type: watch.Added, Object: &corev1.Pod{}}))
	<-w.ResultChan()
	w.Stop()
	for range w.ResultChan() { // finite closes it when the watch ends
	}
	ended := watch.NewFake()
	ended.Stop()
	if _, more := <-newFinite(ended).ResultChan(); more {
		t.Error("an event came from a watch that had ended")
	}
}
