package k8s

import (
	"context"
	"errors"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
)

// retryGone is the pause before the API is asked again, after a watch has ended or if watching is forbidden.
const retryGone = 3 * time.Second

// Gone waits until the pod is gone or in another network namespace, and says which: "was deleted", "was replaced by a new pod of the
// same name", "has ended (Completed)". If the API does not answer, it is asked again. The error is that of ctx.
func (c *Cluster) Gone(ctx context.Context, pod Pod) (Fate, error) {
	for {
		version, fate := c.ask(ctx, pod)
		if !fate.sealed() && version != "" {
			fate = c.follow(ctx, pod, version)
		}
		if fate.sealed() {
			return fate, nil
		}
		select {
		case <-time.After(retryGone):
		case <-ctx.Done():
			return Fate{}, ctx.Err()
		}
	}
}

// ask asks once; version is "" if there was no answer.
func (c *Cluster) ask(ctx context.Context, pod Pod) (version string, fate Fate) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now, err := c.api.pods(pod.Namespace).get(ctx, pod.Name)
	switch {
	case apierrors.IsNotFound(err):
		return "", Fate{Reason: wasDeleted}
	case err != nil:
		return "", Fate{}
	}
	is, err := podOf(now)
	if err != nil {
		return "", Fate{}
	}
	return now.ResourceVersion, FateOf(pod, is)
}

// follow watches the pod from a version on. The result is not sealed if the watch ended before the pod did.
func (c *Cluster) follow(ctx context.Context, pod Pod, version string) Fate {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watcher, err := c.api.pods(pod.Namespace).watch(ctx, metav1.ListOptions{
		FieldSelector:   fields.OneTermEqualSelector("metadata.name", pod.Name).String(),
		ResourceVersion: version,
	})
	if err != nil {
		return Fate{}
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		object, ok := event.Object.(*corev1.Pod)
		if !ok || object.Name != pod.Name {
			continue
		}
		if event.Type == "DELETED" {
			return Fate{Reason: wasDeleted}
		}
		is, err := podOf(object)
		if err != nil {
			return Fate{}
		}
		if fate := FateOf(pod, is); fate.sealed() {
			return fate
		}
	}
	return Fate{}
}

const (
	wasDeleted  = "was deleted"
	wasReplaced = "was replaced by a new pod of the same name"
)

// Fate is what has happened to a pod.
type Fate struct {
	Reason  string // in words: "was deleted"; "" if nothing has happened
	Renewed bool   // the pod still exists, in another network namespace
}

func (f Fate) sealed() bool { return f.Reason != "" }

// isStatic says whether both are the same static pod, whose node knows it by its hash. The API only has a mirror of it, whose UID changes.
func (p Pod) isStatic(other Pod) bool { return p.StaticHash != "" && p.StaticHash == other.StaticHash }

// FateOf compares the pod with the pod that now has its name.
func FateOf(was, now Pod) Fate {
	switch {
	case was.UID != now.UID && !was.isStatic(now):
		return Fate{Reason: wasReplaced}
	case now.Finished() && now.Deleting:
		return Fate{Reason: wasDeleted}
	case now.Finished():
		return Fate{Reason: "has ended (" + now.Status + ")"}
	case was.IP() != "" && now.IP() != "" && !slices.Contains(now.IPs, was.IP()): // a new sandbox: restarted containers keep the addresses
		return Fate{Reason: "got a new network namespace (" + was.IP() + " became " + now.IP() + ")", Renewed: true}
	default:
		return Fate{}
	}
}

// Gone does what Cluster.Gone does, but only with what the watch already knows.
func (w *Watch) Gone(ctx context.Context, pod Pod) (Fate, error) {
	var seen uint64
	for {
		snapshot, version, err := w.Next(ctx, seen)
		if err != nil {
			return Fate{}, err
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
			return Fate{Reason: wasDeleted}, nil
		}
		if fate := FateOf(pod, now); fate.sealed() {
			return fate, nil
		}
	}
}
