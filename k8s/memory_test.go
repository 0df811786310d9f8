package k8s

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fennec-project/podtracer/k8s/memory"
)

// events returns the next count events of a watch: "ADDED cart".
func events(t *testing.T, w watch.Interface, count int) string {
	t.Helper()
	var heard []string
	for range count {
		event, ok := <-w.ResultChan()
		if !ok {
			t.Fatalf("the watch ended after %q", heard)
		}
		name := "?"
		if pod, ok := event.Object.(*corev1.Pod); ok {
			name = pod.Name
		}
		heard = append(heard, string(event.Type)+" "+name)
	}
	return strings.Join(heard, ", ")
}

func TestAWatchInMemoryTellsWhatHappensBehindItsListAndNothingElse(t *testing.T) {
	m := NewMemory("test", "shop")
	for _, name := range []string{"old", "doomed"} {
		put(t, m, running("shop", name, name))
	}
	list, err := m.cluster.api.pods("shop").list(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) != 2 {
		t.Fatalf("got %v, %v", list, err)
	}
	since := metav1.ListOptions{ResourceVersion: list.ResourceVersion}
	w, err := m.cluster.api.pods("shop").watch(t.Context(), since)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	since.FieldSelector = "spec.nodeName=node2"
	other, err := m.cluster.api.pods("").watch(t.Context(), since)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Stop()
	put(t, m, running("elsewhere", "stranger", "3"))
	put(t, m, running("shop", "new", "4"))
	there := running("shop", "old", "old")
	there.Node = "node2"
	put(t, m, there)
	if err := m.Delete(t.Context(), running("shop", "doomed", "doomed")); err != nil {
		t.Fatal(err)
	}
	if err := m.Delete(t.Context(), running("shop", "doomed", "doomed")); !apierrors.IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
	put(t, m, running("shop", "new", "4"))
	if got := events(t, w, 4); got != "ADDED new, MODIFIED old, DELETED doomed, MODIFIED new" {
		t.Errorf("heard %s", got)
	}
	if got := events(t, other, 1); got != "MODIFIED old" {
		t.Errorf("watch of the other node: got %s", got)
	}
}

func TestAWatchInMemoryEndsWhenItIsStopped(t *testing.T) {
	m := NewMemory("test", "shop")
	w, err := m.cluster.api.pods("").watch(t.Context(), metav1.ListOptions{ResourceVersion: "1"})
	if err != nil {
		t.Fatal(err)
	}
	w.Stop()
	for range w.ResultChan() { // the test ends only if the channel is closed
	}
}

func TestAWatchInMemoryThatIsFarBehindHasToListAnew(t *testing.T) {
	m := NewMemory("test", "shop")
	for i := range 3 * memory.KeepChanges {
		put(t, m, running("shop", fmt.Sprint("pod-", i%10), "1"))
	}
	w, err := m.cluster.api.pods("").watch(t.Context(), metav1.ListOptions{ResourceVersion: "5"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if event := <-w.ResultChan(); !apierrors.IsResourceExpired(apierrors.FromObject(event.Object)) {
		t.Errorf("got %+v", event)
	}
	w, err = m.cluster.api.pods("").watch(t.Context(), metav1.ListOptions{ResourceVersion: fmt.Sprint(2 * memory.KeepChanges)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if got := events(t, w, 1); !strings.HasPrefix(got, "MODIFIED pod-") {
		t.Errorf("heard %s", got)
	}
}
