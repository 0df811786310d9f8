package k8s

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/k8s/memory"
)

// Memory is a cluster without a server: an in-memory API with the same client, informers and conversions as a real cluster. The demo
// and tests use it.
type Memory struct {
	cluster *Cluster
	api     *memory.API
}

// NewMemory returns an empty cluster of that name; namespace is the default one.
func NewMemory(name, namespace string) *Memory {
	memory := &memory.API{}
	client, _, _ := newClient(&rest.Config{Host: "http://memory", Transport: memory}, nil) // only credentials could be wrong
	return &Memory{&Cluster{api: client, name: name, namespace: namespace}, memory}
}

// Cluster is the cluster as a reader sees it.
func (m *Memory) Cluster() *Cluster { return m.cluster }

// AddNamespace creates a namespace.
func (m *Memory) AddNamespace(ctx context.Context, name string) error {
	return m.api.Put(ctx, "namespaces", &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.Now()}})
}

// Put creates the pod, or updates the one of that name: phase, status, readiness, restarts and addresses.
func (m *Memory) Put(ctx context.Context, p Pod) error {
	object := toAPI(p)
	if was, err := m.api.Find("pods", p.Namespace, p.Name); err == nil {
		object.OwnerReferences = was.GetOwnerReferences()
	}
	return m.api.Put(ctx, "pods", object)
}

// Delete removes a pod.
func (m *Memory) Delete(ctx context.Context, p Pod) error {
	return m.api.Remove(ctx, "pods", p.Namespace, p.Name)
}

// AddService creates a service with these cluster addresses, at most one of each family; without addresses it is headless.
func (m *Memory) AddService(ctx context.Context, namespace, name string, ips ...string) error {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: serviceUID(namespace, name), CreationTimestamp: metav1.Now(),
		},
		Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, ClusterIPs: []string{corev1.ClusterIPNone}},
	}
	if len(ips) > 0 {
		service.Spec.ClusterIP, service.Spec.ClusterIPs = ips[0], ips
	}
	return m.api.Put(ctx, "services", service)
}

func serviceUID(namespace, name string) types.UID {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(namespace + "/" + name)) // never fails
	return types.UID(fmt.Sprintf("%016x", sum.Sum64()))
}

// toAPI is the reverse of fromAPI, as far as possible.
func toAPI(p Pod) *corev1.Pod {
	object := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: p.Namespace, Name: p.Name, UID: types.UID(p.UID), CreationTimestamp: metav1.NewTime(p.Created),
		},
		Spec:   corev1.PodSpec{NodeName: p.Node, HostNetwork: p.HostNetwork},
		Status: corev1.PodStatus{Phase: corev1.PodPhase(p.Phase)},
	}
	object.Labels, _ = labels.ConvertSelectorToLabelsMap(p.Labels) // invalid labels are left out
	if !p.Started.IsZero() {
		object.Status.StartTime = &metav1.Time{Time: p.Started}
	}
	if p.Deleting {
		now := metav1.NewTime(time.Now())
		object.DeletionTimestamp = &now
	}
	for _, ip := range p.IPs {
		object.Status.PodIPs = append(object.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	for _, ip := range p.HostIPs {
		object.Status.HostIPs = append(object.Status.HostIPs, corev1.HostIP{IP: ip})
	}
	for i := range p.Containers {
		name := fmt.Sprintf("c%d", i)
		if i < len(p.ContainerNames) {
			name = p.ContainerNames[i]
		}
		object.Spec.Containers = append(object.Spec.Containers, corev1.Container{Name: name, Image: "registry.example/" + name + ":1.0"})
		object.Status.ContainerStatuses = append(object.Status.ContainerStatuses, containerState(p, i, name))
	}
	return object
}

func containerState(p Pod, i int, name string) corev1.ContainerStatus {
	c := corev1.ContainerStatus{Name: name, Ready: i < p.Ready}
	if i == 0 {
		c.RestartCount = int32(p.Restarts)
	}
	if i < len(p.ContainerIDs) {
		c.ContainerID = "demo://" + p.ContainerIDs[i]
	}
	switch {
	case p.Finished():
		c.State.Terminated = &corev1.ContainerStateTerminated{Reason: p.Status, FinishedAt: metav1.NewTime(p.Ended)}
	case p.Status == p.Phase:
		c.State.Running = &corev1.ContainerStateRunning{}
	default:
		c.State.Waiting = &corev1.ContainerStateWaiting{Reason: p.Status}
	}
	return c
}

// Own sets the owner of an existing pod: a Deployment (by the ReplicaSet in the pod's name), a StatefulSet, a Job, …. The owner selects
// its pods by the pod's labels; only Deployments and StatefulSets can be asked for.
func (m *Memory) Own(ctx context.Context, p Pod, kind, name string) error {
	owner := reference("apps/v1", kind, name)
	selector, err := metav1.ParseToLabelSelector(p.Labels)
	if err != nil {
		return fmt.Errorf("own pod %s: %w", p, err)
	}
	about := metav1.ObjectMeta{Namespace: p.Namespace, Name: name, UID: owner.UID, CreationTimestamp: metav1.Now()}
	if kind == "StatefulSet" {
		err = m.api.Put(ctx, "statefulsets", &appsv1.StatefulSet{ObjectMeta: about, Spec: appsv1.StatefulSetSpec{Selector: selector}})
	}
	if kind == "Deployment" {
		err = m.api.Put(ctx, "deployments", &appsv1.Deployment{ObjectMeta: about, Spec: appsv1.DeploymentSpec{Selector: selector}})
	}
	if err != nil {
		return err
	}
	if kind == "Deployment" {
		set := p.Name[:max(0, strings.LastIndex(p.Name, "-"))]
		err := m.api.Put(ctx, "replicasets", &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
			Namespace: p.Namespace, Name: set, OwnerReferences: []metav1.OwnerReference{owner},
		}})
		if err != nil {
			return err
		}
		owner = reference("apps/v1", "ReplicaSet", set)
	}
	object, err := m.api.Find("pods", p.Namespace, p.Name)
	if err != nil {
		return fmt.Errorf("own pod %s: %w", p, err)
	}
	object.SetOwnerReferences([]metav1.OwnerReference{owner})
	return m.api.Put(ctx, "pods", object)
}

func reference(version, kind, name string) metav1.OwnerReference {
	controller := true
	return metav1.OwnerReference{APIVersion: version, Kind: kind, Name: name, UID: types.UID(kind + "/" + name), Controller: &controller}
}

// Happen adds an event about a pod; it replaces an earlier one with the same reason and message.
func (m *Memory) Happen(ctx context.Context, p Pod, e Event) error {
	at := metav1.NewTime(e.Time.Truncate(time.Second))
	return m.api.Put(ctx, "events", &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: eventName(p, e), CreationTimestamp: at},
		InvolvedObject: corev1.ObjectReference{
			Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: types.UID(p.UID),
		},
		Type: e.Type, Reason: e.Reason, Message: e.Message, Count: int32(max(1, e.Count)), LastTimestamp: at,
	})
}

func eventName(p Pod, e Event) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(e.Reason + "\x00" + e.Message)) // never fails
	return fmt.Sprintf("%s.%08x", p.Name, sum.Sum32())
}

// Select sets the selector of an existing service: "app=cart,tier=web".
func (m *Memory) Select(ctx context.Context, namespace, service, selector string) error {
	o, err := m.api.Find("services", namespace, service)
	if err != nil {
		return fmt.Errorf("get service %s/%s: %w", namespace, service, err)
	}
	object := o.(*corev1.Service)
	if object.Spec.Selector, err = labels.ConvertSelectorToLabelsMap(selector); err != nil {
		return fmt.Errorf("read the selector %q: %w", selector, err)
	}
	return m.api.Put(ctx, "services", object)
}
