package k8s

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
)

// retryGone is how long to wait before the API is asked again: after a watch that ended, and where watching is forbidden.
const retryGone = 3 * time.Second

// Gone waits until the pod is gone, and says what became of it: "was deleted", "was replaced by a new pod of the same
// name", "has ended (Completed)". An API that does not answer is no end; it is asked again. The error is that of ctx.
func (c *Cluster) Gone(ctx context.Context, pod Pod) (string, error) {
	for {
		version, reason := c.ask(ctx, pod)
		if reason == "" && version != "" {
			reason = c.follow(ctx, pod, version)
		}
		if reason != "" {
			return reason, nil
		}
		select {
		case <-time.After(retryGone):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// ask asks once; the version is "" if there was no answer.
func (c *Cluster) ask(ctx context.Context, pod Pod) (version, reason string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now, err := c.api.pods(pod.Namespace).get(ctx, pod.Name)
	switch {
	case apierrors.IsNotFound(err):
		return "", wasDeleted
	case err != nil:
		return "", ""
	}
	is, err := podOf(now)
	if err != nil {
		return "", ""
	}
	return now.ResourceVersion, fate(pod, is)
}

// follow watches the pod from a version on; "" if the watch ended before the pod did.
func (c *Cluster) follow(ctx context.Context, pod Pod, version string) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watcher, err := c.api.pods(pod.Namespace).watch(ctx, metav1.ListOptions{
		FieldSelector:   fields.OneTermEqualSelector("metadata.name", pod.Name).String(),
		ResourceVersion: version,
	})
	if err != nil {
		return ""
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		object, ok := event.Object.(*corev1.Pod)
		if !ok || object.Name != pod.Name {
			continue
		}
		if event.Type == "DELETED" {
			return wasDeleted
		}
		is, err := podOf(object)
		if err != nil {
			return ""
		}
		if reason := fate(pod, is); reason != "" {
			return reason
		}
	}
	return ""
}

const (
	wasDeleted  = "was deleted"
	wasReplaced = "was replaced by a new pod of the same name"
)

// fate compares the pod with the one that has its name now.
func fate(was, now Pod) string {
	switch {
	case was.UID != now.UID:
		return wasReplaced
	case now.Finished() && now.Deleting:
		return wasDeleted
	case now.Finished():
		return "has ended (" + now.Status + ")"
	case was.IP() != "" && now.IP() != "" && was.IP() != now.IP(): // a new sandbox; its containers alone never change it
		return "got a new network namespace (" + was.IP() + " became " + now.IP() + ")"
	default:
		return ""
	}
}

// Gone waits as Cluster.Gone does, without asking the API anything that the watch does not know already.
func (w *Watch) Gone(ctx context.Context, pod Pod) (string, error) {
	var seen uint64
	for {
		snapshot, version, err := w.Next(ctx, seen)
		if err != nil {
			return "", err
		}
		seen = version
		if !snapshot.Synced {
			continue
		}
		now, err := snapshot.Find(pod.Namespace, pod.Name)
		if errors.Is(err, ErrNotFound) && w.all.refuses(pod) {
			continue
		}
		if errors.Is(err, ErrNotFound) {
			return wasDeleted, nil
		}
		if reason := fate(pod, now); reason != "" {
			return reason, nil
		}
	}
}
