package helper

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// The installed helper is the one that podtracer makes, except that it stays.
func TestTheInstalledHelperIsLikeOneThatIsMade(t *testing.T) {
	text, err := os.ReadFile("../../manifests/installed-helpers/daemonset.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var set appsv1.DaemonSet
	if err := yaml.UnmarshalStrict(text, &set); err != nil {
		t.Fatal(err)
	}
	made, got := Options{Namespace: set.Namespace, Image: "image", Idle: time.Minute}.Pod("node2"), set.Spec.Template
	want := made.Spec
	want.RestartPolicy, want.ActiveDeadlineSeconds, want.Affinity = "", nil, nil // a DaemonSet's pods have a node and no deadline
	want.NodeSelector = map[string]string{"kubernetes.io/os": "linux"}
	c := &want.Containers[0]
	c.Image, c.Command[2] = got.Spec.Containers[0].Image, strings.Replace(c.Command[2], "--idle 1m0s", "--stay", 1)
	if diff := cmp.Diff(want, got.Spec); diff != "" {
		t.Errorf("-made +installed:\n%s", diff)
	}
	isController := true
	pod := &corev1.Pod{ObjectMeta: got.ObjectMeta, Spec: got.Spec}
	pod.OwnerReferences = []metav1.OwnerReference{{Kind: "DaemonSet", Name: set.Name, Controller: &isController}}
	if !IsInstalled(pod) || Is(pod) || IsReady(pod) {
		t.Error("it is not found as an installed helper, or is taken for another one")
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if !IsReady(pod) {
		t.Error("it is not ready")
	}
	pod.OwnerReferences = nil
	if IsInstalled(pod) {
		t.Error("a pod that only has its labels is one")
	}
}

func TestWhatTheClusterWantsOfPodsIsInAHelper(t *testing.T) {
	o := Options{
		Namespace: "debugging", Image: "registry.example/podtracer:v1", PullPolicy: "Never", PullSecrets: []string{"pull"}, Priority: "high",
		ServiceAccount: "helper", NodeSelector: map[string]string{"zone": "a"}, Labels: map[string]string{"team": "net", nameLabel: "other"}, Annotations: map[string]string{"why": "x"},
	}
	pod := o.Pod("node2")
	if pod.Namespace != "debugging" || pod.Spec.PriorityClassName != "high" || pod.Spec.ServiceAccountName != "helper" ||
		pod.Spec.ImagePullSecrets[0].Name != "pull" || pod.Labels["team"] != "net" || pod.Annotations["why"] != "x" ||
		pod.Spec.NodeSelector["zone"] != "a" {
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

// The API refuses a pod for a node without a name, and with that the question whether it would take one at all.
func TestAPodForAnyNodeNamesNone(t *testing.T) {
	if pod := (Options{}).Pod(""); pod.Spec.Affinity != nil {
		t.Errorf("%+v", pod.Spec.Affinity)
	}
}

// Whoever cleans up may delete helpers, and nothing that is only labelled like one.
func TestAPodThatOnlyHasTheLabelsOfAHelperIsNone(t *testing.T) {
	made := func() *corev1.Pod {
		pod := Options{Namespace: "podtracer", Image: "image"}.Pod("node2")
		pod.Name = pod.GenerateName + "x2x4z" // as the API does
		return pod
	}
	if !Is(made()) {
		t.Error("a helper is none")
	}
	for what, change := range map[string]func(*corev1.Pod){
		"another name":      func(p *corev1.Pod) { p.Name = "web" },
		"another container": func(p *corev1.Pod) { p.Spec.Containers[0].Name = "web" },
		"no container":      func(p *corev1.Pod) { p.Spec.Containers = nil },
		"nobody's":          func(p *corev1.Pod) { delete(p.Annotations, byAnnotation) },
	} {
		pod := made()
		if change(pod); Is(pod) {
			t.Errorf("%s: it is a helper", what)
		}
	}
}

func TestARefusalSaysWhatWouldAllowIt(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	for want, err := range map[string]error{
		"kubectl create namespace debugging": apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "debugging"),
		`kubectl patch quota small -n debugging --type merge -p '{"spec":{"hard":{"pods":"4","requests.cpu":"80m"}}}';`: apierrors.NewForbidden(pods, "x",
			errors.New("exceeded quota: small, requested: pods=1,requests.cpu=50m, used: pods=3,requests.cpu=30m, limited: pods=3,requests.cpu=60m")),
		"kubectl edit quota -n debugging": apierrors.NewForbidden(pods, "x", errors.New("exceeded quota: in other words")),
		`kubectl create -n debugging -f - <<< '{"apiVersion":"v1","kind":"LimitRange"`: apierrors.NewForbidden(pods, "x",
			errors.New("failed quota: all: must specify limits.cpu for: podtracer")),
		"pod-security.kubernetes.io/enforce=privileged": apierrors.NewForbidden(pods, "x", errors.New(`violates PodSecurity "restricted:latest": host namespaces`)),
		"an admission webhook of this cluster":          apierrors.NewForbidden(pods, "x", errors.New(`admission webhook "policy.example" denied the request`)),
		"kubectl create role podtracer-helpers-a -n debugging --verb=create,get,list,watch,delete --resource=pods,pods/exec && kubectl create rolebinding podtracer-helpers-a": apierrors.NewForbidden(pods, "x", errors.New(`User "a" cannot create resource "pods"`)),
	} {
		if got := (Options{Namespace: "debugging"}).Refused(err); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	// Whoever refuses it writes the text, and somebody may run the command.
	evil := apierrors.NewForbidden(pods, "x", errors.New("exceeded quota: small, requested: pods=1,a'$(id)'=1, used: pods=3, limited: pods=3"))
	if got := (Options{Namespace: "debugging"}).Refused(evil); strings.Contains(got, "$(id)") || !strings.Contains(got, `"pods":"4"`) {
		t.Errorf("%q", got)
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
