// Package helper describes the pod in which podtracer works on another node: its specification, how far it has come, and what would make
// the API accept it. It sends nothing.
//
// The door: Options, Pod, Progress and Refused.
package helper

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Options are the choices about helpers.
type Options struct {
	Namespace      string
	Image          string
	PullPolicy     string // Always, IfNotPresent, Never; "" is Kubernetes' own choice
	PullSecrets    []string
	Priority       string // the PriorityClass; "" is the cluster's default
	ServiceAccount string // "" is the namespace's default
	Labels         map[string]string
	Annotations    map[string]string
	NodeSelector   map[string]string      // that its node has to match, too
	Owner          *metav1.OwnerReference // is deleted together with the helper's owner; nil: no owner
	By             string                 // the person who makes it
	Idle           time.Duration          // without a connected console, before its tools are stopped; it ends after twice as long
}

// Names by which helpers are found.
const (
	Container = "podtracer"
	prefix    = "podtracer-helper-"
	// Selector finds all helpers, and InstalledSelector those that are installed.
	Selector          = nameLabel + "=podtracer," + componentLabel + " in (helper, " + installed + ")"
	InstalledSelector = nameLabel + "=podtracer," + componentLabel + "=" + installed
	// DebugSelector finds the pods in which people run podtracer.
	DebugSelector = nameLabel + "=podtracer," + componentLabel + " notin (helper, " + installed + ")"

	installed = "installed-helper"

	nameLabel      = "app.kubernetes.io/name"
	componentLabel = "app.kubernetes.io/component"
	byAnnotation   = "podtracer/started-by"

	dataDir  = "/var/lib/podtracer"
	dataRoom = "10Gi"
	prepare  = "chmod 0700 " + dataDir + " && chmod 1777 /tmp"
	// lifetime ends a helper that was forgotten.
	lifetime = 8 * 60 * 60 // seconds
)

// Pod is a helper on a node. It has the capabilities of manifests/debug-pod.yaml, and no right to ask the API.
func (o Options) Pod(node string) *corev1.Pod {
	grace, deadline, none := int64(10), int64(lifetime), false
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: prefix, Namespace: o.Namespace,
			Labels:      map[string]string{nameLabel: "podtracer", componentLabel: "helper", "sidecar.istio.io/inject": "false"},
			Annotations: map[string]string{"sidecar.istio.io/inject": "false", byAnnotation: o.By},
		},
		Spec: corev1.PodSpec{
			HostPID:                       true, // to see the pods' processes, and the runtime's socket in /proc/1/root
			RestartPolicy:                 corev1.RestartPolicyNever,
			TerminationGracePeriodSeconds: &grace,
			ActiveDeadlineSeconds:         &deadline,
			AutomountServiceAccountToken:  &none,
			EnableServiceLinks:            &none,
			ServiceAccountName:            o.ServiceAccount,
			PriorityClassName:             o.Priority,
			NodeSelector:                  o.NodeSelector,
			Tolerations:                   []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
			Affinity:                      only(node),
			Containers:                    []corev1.Container{o.container()},
			Volumes:                       []corev1.Volume{scratch("data", dataRoom), scratch("tmp", "2Gi")},
		},
	}
	for _, name := range o.PullSecrets {
		pod.Spec.ImagePullSecrets = append(pod.Spec.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
	}
	if o.Owner != nil {
		pod.OwnerReferences = []metav1.OwnerReference{*o.Owner}
	}
	add(pod.Labels, o.Labels)
	add(pod.Annotations, o.Annotations)
	return pod
}

// Is says whether a pod is a helper, and not one that only has the labels of helpers.
func Is(pod *corev1.Pod) bool {
	_, made := pod.Annotations[byAnnotation]
	c := pod.Spec.Containers
	return made && strings.HasPrefix(pod.Name, prefix) && len(c) > 0 && c[0].Name == Container
}

// IsInstalled says whether a pod is a helper of a DaemonSet that somebody has installed, as in manifests/installed-helpers.
func IsInstalled(pod *corev1.Pod) bool {
	owner, c := metav1.GetControllerOf(pod), pod.Spec.Containers
	return pod.Labels[componentLabel] == installed && owner != nil && owner.Kind == "DaemonSet" && len(c) > 0 && c[0].Name == Container
}

// RunsPodtracer says whether a pod has podtracer's container.
func RunsPodtracer(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == Container })
}

// IsReady says whether the agent of a helper can be reached.
func IsReady(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// MadeBy names the person who made a helper, in their own words.
func MadeBy(pod *corev1.Pod) string { return pod.Annotations[byAnnotation] }

// add adds the keys that are missing.
func add(to, more map[string]string) {
	for key, value := range more {
		if _, there := to[key]; !there {
			to[key] = value
		}
	}
}

// only lets the scheduler choose a single node, as a DaemonSet does for its pods; with "" any node, for a pod of which the API is only asked
// whether it would take it.
func only(node string) *corev1.Affinity {
	if node == "" {
		return nil
	}
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{node}}},
		}}},
	}}
}

func scratch(name, size string) corev1.Volume {
	limit := resource.MustParse(size)
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &limit}}}
}

func (o Options) container() corev1.Container {
	root, yes := int64(0), true
	return corev1.Container{
		Name: Container, Image: o.Image, ImagePullPolicy: corev1.PullPolicy(o.PullPolicy), WorkingDir: dataDir,
		// A volume begins as a directory that everybody can write to, which podtracer refuses.
		Command: []string{"sh", "-c", prepare + " && exec podtracer agent --idle " + o.Idle.String()},
		Env: []corev1.EnvVar{
			{Name: "NODE_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}},
			{Name: "PODTRACER_DATA_DIR", Value: dataDir},
			{Name: "HOME", Value: dataDir},
			{Name: "XTABLES_LOCKFILE", Value: dataDir + "/.xtables.lock"},
		},
		SecurityContext: &corev1.SecurityContext{
			RunAsUser: &root, ReadOnlyRootFilesystem: &yes,
			Capabilities:    &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}, Add: Capabilities()},
			AppArmorProfile: &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined},
			SeccompProfile:  &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{ // no limits: with one of CPU, a capture loses packets
			corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi"),
		}},
		VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: dataDir}, {Name: "tmp", MountPath: "/tmp"}},
	}
}

// Capabilities are needed by the tools and by the way into a pod's network. manifests/debug-pod.yaml says what each is for.
func Capabilities() []corev1.Capability {
	return []corev1.Capability{"SYS_ADMIN", "SYS_PTRACE", "NET_RAW", "NET_ADMIN", "SETUID", "SETGID", "CHOWN", "KILL"}
}
