package k8s

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Helper is a helper that is in the cluster, whoever made it.
type Helper struct {
	Namespace, Name string
	uid             types.UID
	Node            string
	By              string // the person who made it; "" if it is installed
	Status          string // how far it has come
	Created         time.Time
	Runs            bool // its agent can be asked
	Ended           bool
	Leaving         bool // somebody has deleted it, and it is not gone yet
	Installed       bool // not made by podtracer, and not removed by it
	Detached        bool // it is there for a run that goes on without a console
}

// List lists the helpers of all namespaces or, where that is not allowed, of the helpers' own.
func (h *Helpers) List(ctx context.Context) ([]Helper, error) {
	return h.list(ctx, helper.Selector, func(pod *corev1.Pod) bool { return helper.Is(pod) || helper.IsInstalled(pod) })
}

// Debug lists the pods in which people run podtracer, as List lists helpers.
func (h *Helpers) Debug(ctx context.Context) ([]Helper, error) {
	return h.list(ctx, helper.DebugSelector, func(pod *corev1.Pod) bool { return helper.IsReady(pod) && helper.RunsPodtracer(pod) })
}

// list lists the pods that a selector selects, and that podtracer or Kubernetes could have made.
func (h *Helpers) list(ctx context.Context, selector string, is func(*corev1.Pod) bool) ([]Helper, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	wanted := metav1.ListOptions{LabelSelector: selector}
	list, err := h.cluster.api.pods("").list(ctx, wanted)
	if apierrors.IsForbidden(err) {
		list, err = h.pods().list(ctx, wanted)
	}
	if err != nil {
		return nil, fmt.Errorf("list helpers: %w", explain(err, "list pods", h.options.Namespace))
	}
	var found []Helper
	for i := range list.Items {
		if pod := &list.Items[i]; rules.CheckPod(pod) == nil && is(pod) {
			found = append(found, helperOf(pod))
		}
	}
	return found, nil
}

func helperOf(pod *corev1.Pod) Helper {
	now := helper.ProgressOf(pod)
	return Helper{
		Namespace: pod.Namespace, Name: pod.Name, uid: pod.UID, Node: pod.Spec.NodeName, By: rules.Printable(helper.MadeBy(pod), rules.LongestText, ""),
		Status: rules.Line(now.Step), Created: pod.CreationTimestamp.Time, Runs: now.Ready, Ended: now.Failed != "",
		Leaving:   pod.DeletionTimestamp != nil,
		Installed: helper.IsInstalled(pod), Detached: helper.IsDetached(pod),
	}
}

// RemoveDetached deletes the helper of a detached run, and no other pod.
func (h *Helpers) RemoveDetached(ctx context.Context, namespace, name string) error {
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pod, err := h.cluster.api.pods(namespace).get(asked, name)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("delete helper %s/%s: %w", namespace, name, explain(err, "get pods", namespace))
	case !helper.Is(pod) || !helper.IsDetached(pod):
		return fmt.Errorf("pod %s/%s is not a helper of a detached run, and stays", namespace, name)
	}
	return h.Remove(ctx, helperOf(pod))
}

// EndsBy is when a helper ends at the latest, by itself or with the pod that owns it; zero: it has no deadline.
func (h *Helpers) EndsBy(ctx context.Context, namespace, name string) (ends time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	names := []string{name}
	for i := 0; i < len(names) && i < 2; i++ { // the helper, and the pod that a console runs in
		pod, err := h.cluster.api.pods(namespace).get(ctx, names[i])
		if err != nil {
			return time.Time{}, fmt.Errorf("look at pod %s/%s: %w", namespace, names[i], explain(err, "get pods", namespace))
		}
		if most, began := pod.Spec.ActiveDeadlineSeconds, pod.Status.StartTime; most != nil && began != nil {
			if by := began.Add(time.Duration(*most) * time.Second); ends.IsZero() || by.Before(ends) {
				ends = by
			}
		}
		for _, owner := range pod.OwnerReferences {
			if owner.Kind == "Pod" {
				names = append(names, owner.Name)
			}
		}
	}
	return ends, nil
}

// Installed returns the name of the helper that is installed on a node and ready; "" if there is none, or none that may be listed.
func (h *Helpers) Installed(ctx context.Context, node string) string {
	pods, _ := h.installed(ctx, "spec.nodeName="+node) // without the right to list pods, a helper is made
	for i := range pods {
		if pod := &pods[i]; helper.IsReady(pod) && pod.Spec.NodeName == node {
			return pod.Name
		}
	}
	return ""
}

// installed lists the installed helpers of the nodes that a field selector selects.
func (h *Helpers) installed(ctx context.Context, fields string) ([]corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := h.pods().list(ctx, metav1.ListOptions{LabelSelector: helper.InstalledSelector, FieldSelector: fields})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool { return rules.CheckPod(&pod) != nil || !helper.IsInstalled(&pod) }), nil
}

// Remove deletes a helper, whoever made it, and not another pod that has its name by now.
func (h *Helpers) Remove(ctx context.Context, one Helper) error {
	ctx, cancel := context.WithTimeout(ctx, removalTime)
	defer cancel()
	err := h.cluster.api.pods(one.Namespace).removeOnly(ctx, one.Name, one.uid)
	if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return fmt.Errorf("delete helper %s/%s: %w", one.Namespace, one.Name, explain(err, "delete pods", one.Namespace))
}
