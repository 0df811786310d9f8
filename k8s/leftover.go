package k8s

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Helper is a helper that is in the cluster, whoever made it.
type Helper struct {
	Namespace, Name string
	Node            string
	By              string // the person who made it
	Status          string // how far it has come
	Created         time.Time
	Runs            bool // its agent can be asked
	Ended           bool
}

// List lists the helpers of all namespaces or, where that is not allowed, of the helpers' own.
func (h *Helpers) List(ctx context.Context) ([]Helper, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	wanted := metav1.ListOptions{LabelSelector: helper.Selector}
	list, err := h.cluster.api.pods("").list(ctx, wanted)
	if apierrors.IsForbidden(err) {
		list, err = h.pods().list(ctx, wanted)
	}
	if err != nil {
		return nil, fmt.Errorf("list helpers: %w", explain(err, "list pods", h.options.Namespace))
	}
	var found []Helper
	for i := range list.Items {
		pod := &list.Items[i]
		if rules.CheckPod(pod) != nil { // not a pod that Kubernetes could have made
			continue
		}
		now := helper.ProgressOf(pod)
		found = append(found, Helper{
			Namespace: pod.Namespace, Name: pod.Name, Node: pod.Spec.NodeName, By: rules.Printable(helper.MadeBy(pod), rules.LongestText, ""),
			Status: rules.Printable(now.Step, rules.LongestText, ""), Created: pod.CreationTimestamp.Time, Runs: now.Ready, Ended: now.Failed != "",
		})
	}
	return found, nil
}

// Remove deletes a helper, whoever made it.
func (h *Helpers) Remove(ctx context.Context, one Helper) error {
	ctx, cancel := context.WithTimeout(ctx, removalTime)
	defer cancel()
	err := h.cluster.api.pods(one.Namespace).remove(ctx, one.Name)
	if err == nil || apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("delete helper %s/%s: %w", one.Namespace, one.Name, explain(err, "delete pods", one.Namespace))
}
