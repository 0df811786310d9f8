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
)

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
