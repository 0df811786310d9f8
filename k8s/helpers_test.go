package k8s

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/helper"
)

// waitingHelper answers like an API in which a helper is made that never runs, for the reasons of its events.
func waitingHelper(events ...corev1.Event) http.HandlerFunc {
	for i := range events {
		events[i].InvolvedObject = corev1.ObjectReference{Kind: "Pod", Name: "podtracer-helper-x", UID: "uid-x"}
		events[i].LastTimestamp = metav1.NewTime(time.Unix(0, 0)) // Kubernetes keeps whole seconds
	}
	return func(w http.ResponseWriter, r *http.Request) {
		var answer any = &corev1.Pod{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
			ObjectMeta: metav1.ObjectMeta{Name: "podtracer-helper-x", Namespace: "podtracer", UID: "uid-x"},
		}
		if strings.HasSuffix(r.URL.Path, "/events") {
			answer = &corev1.EventList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "EventList"}, Items: events}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // the client notices
	}
}

func TestWhatAHelperWaitsForIsToldWhileItIsMadeAndWhenItIsGivenUp(t *testing.T) {
	c := server(t, waitingHelper(
		corev1.Event{Type: "Normal", Reason: "Scheduled", Message: "assigned to node2"},
		corev1.Event{Type: "Normal", Reason: "Pulling", Message: "pulling the image"},
		corev1.Event{Type: "Warning", Reason: "FailedMount", Message: "no volume \x1b[2J"},
		corev1.Event{Type: "Warning", Reason: "FailedMount", Message: "still no volume"},
		corev1.Event{Type: "Warning", Reason: "FailedMount", Message: "still no volume"},
	))
	var mu sync.Mutex
	var told []string
	m := making{
		h: c.Helpers(t.Context(), helper.Options{Namespace: "podtracer"}), pod: Pod{Namespace: "podtracer", Name: "podtracer-helper-x", UID: "uid-x"}, node: "node2",
		step: func(text string) { mu.Lock(); told = append(told, text); mu.Unlock() },
	}
	err := m.await(t.Context(), 3*time.Second)
	const what = "helper podtracer-helper-x on node node2"
	if err == nil || hint.Of(err) == "" ||
		err.Error() != what+": it does not run after 3s; it is created; Pulling: pulling the image; FailedMount: no volume \ufffd[2J; FailedMount: still no volume (2 times)" {
		t.Errorf("got %v", err)
	}
	want := "helper on node2 is created\nhelper on node2: Pulling: pulling the image\nhelper on node2: FailedMount: no volume "
	if got := strings.Join(told, "\n"); !strings.HasPrefix(got, want) || strings.Contains(got, "\x1b") || strings.Count(got, "still no volume") != 1 {
		t.Errorf("told %q", got)
	}
}

// Kubernetes deletes a helper with the pod of the console that made it.
func TestAHelperEndsWithThePodThatOwnsIt(t *testing.T) {
	began := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	ending := func(name string, after int64) *corev1.Pod {
		start := metav1.NewTime(began)
		return &corev1.Pod{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "podtracer", UID: "uid-x"},
			Spec:       corev1.PodSpec{ActiveDeadlineSeconds: &after}, Status: corev1.PodStatus{StartTime: &start},
		}
	}
	for deadline, want := range map[int64]time.Duration{100: 100 * time.Second, 300: 200 * time.Second} {
		owned := ending("podtracer-helper-x", 200)
		owned.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "debug-pod", UID: "uid-x"}}
		c := server(t, func(w http.ResponseWriter, r *http.Request) {
			answer := owned
			if strings.HasSuffix(r.URL.Path, "/debug-pod") {
				answer = ending("debug-pod", deadline)
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer) // the client notices
		})
		got, err := c.Helpers(t.Context(), helper.Options{Namespace: "podtracer"}).EndsBy(t.Context(), "podtracer", "podtracer-helper-x")
		if err != nil || !got.Equal(began.Add(want)) {
			t.Errorf("with an owner that ends after %d s: %s, %v", deadline, got, err)
		}
	}
}
