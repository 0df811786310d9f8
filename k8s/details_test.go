package k8s

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

func happen(t *testing.T, m *Memory, p Pod, reason string, at time.Time) {
	t.Helper()
	if err := m.Happen(t.Context(), p, Event{Time: at, Type: "Normal", Reason: reason, Message: "it was " + reason, Count: 2}); err != nil {
		t.Fatal(err)
	}
}

func newCart(t *testing.T) (*Memory, Pod) {
	t.Helper()
	m := NewMemory("test", "shop")
	cart := running("shop", "cart-7f9c4-x2lpq", "1")
	cart.Labels, cart.ContainerNames = "app=cart,tier=web", []string{"app"}
	put(t, m, cart)
	if err := m.Own(t.Context(), cart, "Deployment", "cart"); err != nil {
		t.Fatal(err)
	}
	return m, cart
}

func TestTheDetailsOfAPodAreWhatTheApiKnows(t *testing.T) {
	m, cart := newCart(t)
	before := cart
	before.UID = "0"
	now := time.Now().Truncate(time.Second)
	happen(t, m, cart, "Scheduled", now.Add(-time.Minute))
	happen(t, m, cart, "Started", now)
	happen(t, m, before, "Killing", now) // of an earlier pod of that name
	happen(t, m, running("shop", "other", "2"), "Pulled", now)
	cart.Ready = 0
	put(t, m, cart) // its owner remains

	got, err := m.Cluster().Details(t.Context(), cart)
	if err != nil {
		t.Fatal(err)
	}
	want := Details{
		Containers: []ContainerDetail{{Name: "app", Image: "registry.example/app:1.0", State: "Running"}},
		Owner:      "Deployment cart",
		Labels:     map[string]string{"app": "cart", "tier": "web"},
		Events: []Event{
			{Time: now, Type: "Normal", Reason: "Started", Message: "it was Started", Count: 2},
			{Time: now.Add(-time.Minute), Type: "Normal", Reason: "Scheduled", Message: "it was Scheduled", Count: 2},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOfManyEventsTheNewestTwentyAreKept(t *testing.T) {
	m, cart := newCart(t)
	begin := time.Now().Truncate(time.Second)
	for i := range 30 {
		happen(t, m, cart, fmt.Sprint("R", i), begin.Add(time.Duration(i)*time.Second))
	}
	got, err := m.Cluster().Details(t.Context(), cart)
	if err != nil || len(got.Events) != 20 || got.Events[0].Reason != "R29" || got.Events[19].Reason != "R10" {
		t.Errorf("got %d events, %v", len(got.Events), err)
	}
}

func TestAMissingRightTakesAwayOnlyWhatItIsFor(t *testing.T) {
	m, cart := newCart(t)
	deny(m, "list", "events", anywhere)
	deny(m, "get", "replicasets", anywhere)
	got, err := m.Cluster().Details(t.Context(), cart)
	if err != nil || len(got.Containers) != 1 || got.Owner != "ReplicaSet cart-7f9c4" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got.EventsErr == nil || got.EventsErr.Error() != "not allowed to list events in namespace shop" ||
		!strings.Contains(hint.Of(got.EventsErr), "-n shop --verb=list --resource=events") {
		t.Errorf("got %v, hint %q", got.EventsErr, hint.Of(got.EventsErr))
	}
}

func TestAPodThatWasReplacedHasNoDetails(t *testing.T) {
	m, cart := newCart(t)
	cart.UID = "another"
	if _, err := m.Cluster().Details(t.Context(), cart); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestEachKindOfContainerTellsItsState(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	status := func(name string, state corev1.ContainerState) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: name, State: state, RestartCount: 1}
	}
	ended := func(reason string, code int32) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: reason, ExitCode: code}}
	}
	waiting := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
	}
	up := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
	pod := &corev1.Pod{
		Spec: corev1.PodSpec{
			InitContainers: []corev1.Container{{Name: "migrate"}, {Name: "proxy", RestartPolicy: &always}},
			Containers:     []corev1.Container{{Name: "app"}, {Name: "worker"}, {Name: "new"}},
			EphemeralContainers: []corev1.EphemeralContainer{
				{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug"}},
			},
		},
		Status: corev1.PodStatus{
			InitContainerStatuses:      []corev1.ContainerStatus{status("migrate", ended("Completed", 0)), status("proxy", up)},
			ContainerStatuses:          []corev1.ContainerStatus{status("worker", waiting("")), status("app", waiting("CrashLoopBackOff"))},
			EphemeralContainerStatuses: []corev1.ContainerStatus{status("debug", ended("Error", 1))},
		},
	}
	want := []ContainerDetail{
		{Name: "app", State: "CrashLoopBackOff", Restarts: 1},
		{Name: "worker", State: "Waiting", Restarts: 1},
		{Name: "new"},
		{Name: "proxy", State: "Running", Restarts: 1, Kind: "sidecar"},
		{Name: "migrate", State: "Completed", Restarts: 1, Kind: "init"},
		{Name: "debug", State: "Error, exit 1", Restarts: 1, Kind: "ephemeral"},
	}
	if diff := cmp.Diff(want, containerDetails(pod)); diff != "" {
		t.Error(diff)
	}
}
