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
			Annotations: map[string]string{"kubernetes.io/config.hash": "0123abcd"},
		},
		Spec: corev1.PodSpec{
			NodeName: "node1", HostNetwork: true, Containers: []corev1.Container{{}, {}}, InitContainers: []corev1.Container{{}},
		},
		Status: corev1.PodStatus{
			Phase:  "Running",
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
		StaticHash: "0123abcd", ContainerIDs: []string{"aaa", "ccc"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
