package helper

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func TestAHelperHasTheRightsOfTheDebugPodAndNoMore(t *testing.T) {
	text, err := os.ReadFile("../../manifests/debug-pod.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var debug corev1.Pod
	if err := yaml.Unmarshal(text, &debug); err != nil {
		t.Fatal(err)
	}
	pod := Options{Namespace: "podtracer", Image: "image", By: "somebody"}.Pod("node2")
	want, got := debug.Spec.Containers[0].SecurityContext, pod.Spec.Containers[0].SecurityContext
	if !slices.Equal(want.Capabilities.Add, got.Capabilities.Add) || !slices.Equal(want.Capabilities.Drop, got.Capabilities.Drop) {
		t.Errorf("capabilities %v, in the manifest %v", got.Capabilities, want.Capabilities)
	}
	if got.Privileged != nil || !*got.ReadOnlyRootFilesystem || *pod.Spec.AutomountServiceAccountToken {
		t.Errorf("%+v", pod.Spec)
	}
	if pod.Spec.RestartPolicy != corev1.RestartPolicyNever || pod.Spec.ActiveDeadlineSeconds == nil {
		t.Error("a helper that was forgotten stays")
	}
	if len(pod.Spec.Containers[0].Resources.Limits) > 0 {
		t.Error("a limit of CPU drops packets")
	}
}

func TestWhatTheClusterWantsOfPodsIsInAHelper(t *testing.T) {
	o := Options{
		Namespace: "debugging", Image: "registry.example/podtracer:v1", PullPolicy: "Never", PullSecrets: []string{"pull"}, Priority: "high",
		ServiceAccount: "helper", Labels: map[string]string{"team": "net", nameLabel: "other"}, Annotations: map[string]string{"why": "x"},
	}
	pod := o.Pod("node2")
	if pod.Namespace != "debugging" || pod.Spec.PriorityClassName != "high" || pod.Spec.ServiceAccountName != "helper" ||
		pod.Spec.ImagePullSecrets[0].Name != "pull" || pod.Labels["team"] != "net" || pod.Annotations["why"] != "x" {
		t.Errorf("%+v", pod)
	}
	if pod.Labels[nameLabel] != "podtracer" {
		t.Error("it is not found as a helper any more")
	}
	term := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0]
	if term.MatchFields[0].Values[0] != "node2" || pod.Spec.Tolerations[0].Operator != corev1.TolerationOpExists {
		t.Errorf("%+v", pod.Spec)
	}
}

func TestARefusalSaysWhatWouldAllowIt(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	for want, err := range map[string]error{
		"kubectl create namespace debugging":                 apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "debugging"),
		"kubectl describe quota -n debugging":                apierrors.NewForbidden(pods, "x", errors.New("exceeded quota: all, requested: pods=1")),
		"pod-security.kubernetes.io/enforce=privileged":      apierrors.NewForbidden(pods, "x", errors.New(`violates PodSecurity "restricted:latest": host namespaces`)),
		"an admission webhook of this cluster":               apierrors.NewForbidden(pods, "x", errors.New(`admission webhook "policy.example" denied the request`)),
		"kubectl create role podtracer-helpers -n debugging": apierrors.NewForbidden(pods, "x", errors.New(`User "a" cannot create resource "pods"`)),
	} {
		if got := (Options{Namespace: "debugging"}).Refused(err); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	if got := (Options{}).Refused(errors.New("timeout")); got != "" {
		t.Errorf("advice about what is not known: %q", got)
	}
}

func TestItIsSeenHowFarAHelperHasComeAndWhenToGiveItUp(t *testing.T) {
	waiting := func(reason string) corev1.PodStatus {
		return corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{
			Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "said"},
		}}}}
	}
	scheduled := func(is corev1.ConditionStatus) corev1.PodStatus {
		return corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: is, Reason: "Unschedulable", Message: "0/2 nodes"}}}
	}
	for _, c := range []struct {
		status       corev1.PodStatus
		step, failed string
		ready        bool
	}{
		{corev1.PodStatus{}, "is created", "", false},
		{scheduled(corev1.ConditionFalse), "is not scheduled (Unschedulable: 0/2 nodes)", "", false},
		{scheduled(corev1.ConditionTrue), "is scheduled", "", false},
		{waiting("ContainerCreating"), "is created", "", false},
		{waiting("ImagePullBackOff"), "waits", "it cannot be started (ImagePullBackOff: said)", false},
		{waiting("ErrImageNeverPull"), "waits", "it cannot be started (ErrImageNeverPull: said)", false},
		{corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted"}, "has ended", "it has ended (Evicted)", false},
		{corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}}, "runs", "", true},
	} {
		got := ProgressOf(&corev1.Pod{Status: c.status})
		if !strings.HasPrefix(got.Step, c.step) || got.Failed != c.failed || got.Ready != c.ready {
			t.Errorf("%+v: %+v", c.status, got)
		}
	}
}
