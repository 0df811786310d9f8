package k8s

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestThePodsStatusIsWhatKubectlShows(t *testing.T) {
	waiting := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
	}
	ended := func(reason string, code int32) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: reason, ExitCode: code}}
	}
	up := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	now := metav1.Now()
	for _, c := range []struct {
		name string
		pod  corev1.Pod
		want string
	}{
		{"not scheduled", corev1.Pod{Status: corev1.PodStatus{Phase: "Pending"}}, "Pending"},
		{"evicted", corev1.Pod{Status: corev1.PodStatus{Phase: "Failed", Reason: "Evicted"}}, "Evicted"},
		{"being made", pod("Pending", waiting("ContainerCreating")), "ContainerCreating"},
		{"running", pod("Running", up), "Running"},
		{"crashing", pod("Running", waiting("CrashLoopBackOff")), "CrashLoopBackOff"},
		{"completed", pod("Succeeded", ended("Completed", 0)), "Completed"},
		{"ended without a reason", pod("Failed", ended("", 3)), "ExitCode:3"},
		{"one of two crashes", pod("Running", waiting("CrashLoopBackOff"), up), "CrashLoopBackOff"},
		{"in its second init container", corev1.Pod{
			Spec: corev1.PodSpec{InitContainers: []corev1.Container{{Name: "a"}, {Name: "b"}}},
			Status: corev1.PodStatus{Phase: "Pending", InitContainerStatuses: []corev1.ContainerStatus{
				{Name: "a", State: ended("Completed", 0)}, {Name: "b", State: up},
			}},
		}, "Init:1/2"},
		{"init container crashes", corev1.Pod{
			Status: corev1.PodStatus{Phase: "Pending", InitContainerStatuses: []corev1.ContainerStatus{{State: waiting("CrashLoopBackOff")}}},
		}, "Init:CrashLoopBackOff"},
		{"being deleted", corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &now}, Status: corev1.PodStatus{Phase: "Running"},
		}, "Terminating"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fromAPI(&c.pod).Status; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func pod(phase corev1.PodPhase, states ...corev1.ContainerState) corev1.Pod {
	p := corev1.Pod{Status: corev1.PodStatus{Phase: phase}}
	for _, s := range states {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{State: s, Ready: s.Running != nil})
	}
	return p
}

func TestAPodKeepsWhatItNeedsOfTheApisObject(t *testing.T) {
	got := fromAPI(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "kube-system", Name: "etcd-node1", UID: "mirror",
			Annotations: map[string]string{
				"kubernetes.io/config.hash": "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0", "kubernetes.io/config.mirror": "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0",
			},
			OwnerReferences: []metav1.OwnerReference{reference("v1", "Node", "node1")},
			Labels:          map[string]string{"tier": "control-plane", "component": "etcd"},
		},
		Spec: corev1.PodSpec{
			NodeName: "node1", HostNetwork: true,
			Containers: []corev1.Container{{Name: "etcd"}, {Name: "audit"}}, InitContainers: []corev1.Container{{Name: "init"}},
		},
		Status: corev1.PodStatus{
			Phase:     "Running",
			StartTime: &metav1.Time{Time: clock("11:00:00")},
			HostIP:    "192.0.2.1", HostIPs: []corev1.HostIP{{IP: "192.0.2.1"}, {IP: "2001:db8::1"}},
			PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "fd00::1"}},
			InitContainerStatuses: []corev1.ContainerStatus{{
				ContainerID: "cri-o://ccc", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}},
			}},
			ContainerStatuses: []corev1.ContainerStatus{
				{ContainerID: "containerd://aaa", Ready: true, RestartCount: 2},
				{ContainerID: "", RestartCount: 1},
			},
		},
	})
	want := Pod{
		Namespace: "kube-system", Name: "etcd-node1", UID: "mirror", Node: "node1", Phase: "Running", Status: "Running",
		Ready: 1, Containers: 2, Restarts: 3, IPs: []string{"10.0.0.1", "fd00::1"}, HostNetwork: true,
		StaticHash: "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0", ContainerIDs: []string{"aaa", "ccc"}, ContainerNames: []string{"etcd", "audit"},
		Labels: "component=etcd,tier=control-plane", HostIPs: []string{"192.0.2.1", "2001:db8::1"}, Started: clock("11:00:00"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFinishedPodEndedWithTheLastOfItsContainers(t *testing.T) {
	ended := func(at string) corev1.ContainerStatus {
		return corev1.ContainerStatus{State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{FinishedAt: metav1.NewTime(clock(at))},
		}}
	}
	object := &corev1.Pod{Status: corev1.PodStatus{
		Phase:                 corev1.PodFailed,
		InitContainerStatuses: []corev1.ContainerStatus{ended("11:00:00")},
		ContainerStatuses:     []corev1.ContainerStatus{ended("12:00:00"), ended("11:30:00")},
	}}
	if got := fromAPI(object).Ended; !got.Equal(clock("12:00:00")) {
		t.Errorf("got %v", got)
	}
	object.Status.Phase = corev1.PodRunning
	if got := fromAPI(object).Ended; !got.IsZero() {
		t.Errorf("a pod whose containers restart ended at %v", got)
	}
}

func TestAPodIsTheSameAfterItHasBeenKept(t *testing.T) {
	want := Pod{
		Namespace: "shop", Name: "cart", UID: "1", Node: "node1", Phase: "Failed", Status: "Error", Containers: 2,
		IPs: []string{"10.0.0.1"}, Created: clock("10:59:00"), ContainerNames: []string{"app", "proxy"}, Labels: "app=cart,tier=web",
		HostIPs: []string{"192.0.2.1", "2001:db8::1"}, Started: clock("11:00:00"), Ended: clock("12:00:00"),
	}
	store := newPodStore("", func(Pod, Pod) {}, func() {})
	if err := store.Add(toAPI(want)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Pod{want}, store.list()); diff != "" {
		t.Error(diff)
	}
}
