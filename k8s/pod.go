package k8s

import (
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fennec-project/podtracer/k8s/addresses"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Pod is what podtracer knows of a pod: a small value, made once from the API's object and never changed.
type Pod struct {
	Namespace, Name string
	UID             string
	Node            string // "" until it is scheduled
	Phase           string // Pending, Running, Succeeded, Failed, Unknown
	Status          string // the STATUS of `kubectl get pods`: Running, CrashLoopBackOff, Terminating, …
	Ready           int    // number of containers that are ready
	Containers      int    // number of containers, without init containers
	Restarts        int
	IPs             []string
	Created         time.Time
	Deleting        bool
	HostNetwork     bool
	StaticHash      string    // of a mirror pod: the hash that the node uses in place of a UID for its static pod
	ContainerIDs    []string  // of all containers, without the runtime's prefix
	ContainerNames  []string  // in the order of the spec, without init containers
	Labels          string    // as kubectl shows them: "app=cart,tier=web"; "" if there are none
	HostIPs         []string  // addresses of its node
	Started         time.Time // when its node accepted it; zero before
	Ended           time.Time // when the last container of a finished pod ended; zero if unknown
}

// String returns namespace/name.
func (p Pod) String() string { return p.Namespace + "/" + p.Name }

// IP is the pod's first address, or "".
func (p Pod) IP() string {
	if len(p.IPs) == 0 {
		return ""
	}
	return p.IPs[0]
}

// Finished says whether the containers have ended for good, so that the pod has no network namespace any more.
func (p Pod) Finished() bool {
	return p.Phase == string(corev1.PodSucceeded) || p.Phase == string(corev1.PodFailed)
}

// podOf converts the API's pod, if it complies with the rules.
func podOf(pod *corev1.Pod) (Pod, error) {
	if err := rules.CheckPod(pod); err != nil {
		return Pod{}, err
	}
	return fromAPI(pod), nil
}

// fromAPI converts the API's pod.
func fromAPI(pod *corev1.Pod) Pod {
	p := Pod{
		Namespace:   pod.Namespace,
		Name:        pod.Name,
		UID:         string(pod.UID),
		Node:        pod.Spec.NodeName,
		Phase:       rules.Word(string(pod.Status.Phase)),
		Containers:  len(pod.Spec.Containers),
		Created:     pod.CreationTimestamp.Time,
		Deleting:    pod.DeletionTimestamp != nil,
		HostNetwork: pod.Spec.HostNetwork,
		StaticHash:  staticHash(pod),
		Labels:      labels.Set(pod.Labels).String(),
	}
	if pod.Status.StartTime != nil {
		p.Started = pod.Status.StartTime.Time
	}
	for _, c := range pod.Spec.Containers {
		p.ContainerNames = append(p.ContainerNames, c.Name)
	}
	p.addresses(pod)
	p.containers(pod)
	p.Status = rules.Word(status(pod))
	return p
}

// staticHash returns the hash by which the node identifies the static pod that this pod mirrors; "" for other pods. Everybody who may
// create a pod may write the annotations, so those of a mirror pod must agree, have the kubelet's form, and its node must own it.
// They may still be forged, so finders check who has the hash.
func staticHash(pod *corev1.Pod) string {
	hash, owner := pod.Annotations["kubernetes.io/config.hash"], metav1.GetControllerOf(pod)
	switch {
	case len(hash) != 32 || strings.Trim(hash, "0123456789abcdef") != "":
		return ""
	case pod.Annotations[corev1.MirrorPodAnnotationKey] != hash:
		return ""
	case len(pod.OwnerReferences) != 1 || owner == nil || owner.APIVersion != "v1" || owner.Kind != "Node":
		return ""
	case pod.Spec.NodeName == "" || owner.Name != pod.Spec.NodeName:
		return ""
	}
	return hash
}

// addresses fills in the addresses of the pod and its node. Servers before 1.29 report only the node's first address.
func (p *Pod) addresses(pod *corev1.Pod) {
	for _, ip := range pod.Status.PodIPs {
		p.IPs = append(p.IPs, ip.IP)
	}
	if len(p.IPs) == 0 && pod.Status.PodIP != "" {
		p.IPs = []string{pod.Status.PodIP}
	}
	for _, ip := range pod.Status.HostIPs {
		p.HostIPs = append(p.HostIPs, ip.IP)
	}
	if len(p.HostIPs) == 0 && pod.Status.HostIP != "" {
		p.HostIPs = []string{pod.Status.HostIP}
	}
}

// containers fills in what the states of the containers say.
func (p *Pod) containers(pod *corev1.Pod) {
	for _, c := range rules.ContainerStatuses(pod) {
		if _, id, ok := strings.Cut(c.ContainerID, "://"); ok {
			p.ContainerIDs = append(p.ContainerIDs, id)
		}
		if end := c.State.Terminated; end != nil && p.Finished() && end.FinishedAt.After(p.Ended) {
			p.Ended = end.FinishedAt.Time
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		p.Restarts += int(c.RestartCount)
		if c.Ready {
			p.Ready++
		}
	}
}

// status is the STATUS column of `kubectl get pods` (pkg/printers/internalversion, printPod).
func status(pod *corev1.Pod) string {
	text := string(pod.Status.Phase)
	if pod.Status.Reason != "" {
		text = pod.Status.Reason
	}
	if initial, waiting := initStatus(pod); waiting {
		text = initial
	} else {
		text = containerStatus(pod, text)
	}
	if pod.DeletionTimestamp != nil {
		if pod.Status.Reason == "NodeLost" {
			return "Unknown"
		}
		return "Terminating"
	}
	return text
}

// initStatus says what the first unfinished init container is doing, and whether there is one.
func initStatus(pod *corev1.Pod) (string, bool) {
	sidecar := map[string]bool{}
	for _, c := range pod.Spec.InitContainers {
		sidecar[c.Name] = restarts(c)
	}
	for i, c := range pod.Status.InitContainerStatuses {
		switch terminated, waiting := c.State.Terminated, c.State.Waiting; {
		case terminated != nil && terminated.ExitCode == 0:
			continue
		case sidecar[c.Name] && c.Started != nil && *c.Started:
			continue
		case terminated != nil:
			return "Init:" + terminationReason(terminated), true
		case waiting != nil && waiting.Reason != "" && waiting.Reason != "PodInitializing":
			return "Init:" + waiting.Reason, true
		}
		return "Init:" + strconv.Itoa(i) + "/" + strconv.Itoa(len(pod.Spec.InitContainers)), true
	}
	return "", false
}

// containerStatus returns the reason of the first container that does not run.
func containerStatus(pod *corev1.Pod, text string) string {
	running := false
	for i := len(pod.Status.ContainerStatuses) - 1; i >= 0; i-- {
		c := pod.Status.ContainerStatuses[i]
		switch {
		case c.State.Waiting != nil && c.State.Waiting.Reason != "":
			text = c.State.Waiting.Reason
		case c.State.Terminated != nil:
			text = terminationReason(c.State.Terminated)
		case c.Ready && c.State.Running != nil:
			running = true
		}
	}
	if text == "Completed" && running {
		if podReady(pod) {
			return "Running"
		}
		return "NotReady"
	}
	return text
}

func terminationReason(t *corev1.ContainerStateTerminated) string {
	switch {
	case t.Reason != "":
		return t.Reason
	case t.Signal != 0:
		return "Signal:" + strconv.Itoa(int(t.Signal))
	default:
		return "ExitCode:" + strconv.Itoa(int(t.ExitCode))
	}
}

func podReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// claim is the claim of a pod with its own network. A finished pod had its addresses until its last container ended; if the API does not
// say when that was, the pod claims nothing.
func (p Pod) claim() addresses.Claim {
	if p.HostNetwork || p.Finished() && p.Ended.IsZero() {
		return addresses.Claim{}
	}
	c := addresses.Claim{Name: Name{Kind: PodAddress, Namespace: p.Namespace, Name: p.Name}, ID: p.UID, Addrs: addresses.Parse(p.IPs), From: p.since()}
	if p.Finished() {
		c.Until = p.Ended.UnixNano()
	}
	return c
}

// since is when the pod came to have its addresses, in Unix nanoseconds.
func (p Pod) since() int64 {
	if p.Started.IsZero() {
		return p.Created.UnixNano()
	}
	return p.Started.UnixNano()
}
