package k8s

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/fennec-project/podtracer/k8s/rules"
)

// Details is what the API knows of one pod beyond a Pod.
type Details struct {
	Containers []ContainerDetail // first those of the spec in order, then sidecars, init containers and ephemeral containers
	Owner      string            // "Deployment cart"; "" if the pod has no controller
	Labels     map[string]string
	Events     []Event // newest first, at most 20
	EventsErr  error   // why there are no events, with a hint; nil if there were none
}

// ContainerDetail is one container of a pod.
type ContainerDetail struct {
	Name, Image string
	State       string // Running, or why not: CrashLoopBackOff, Completed, "Error, exit 1"; "" before the node has reported
	Ready       bool
	Restarts    int
	Kind        string // "", "init", "sidecar", "ephemeral"
}

// Event is something that happened to a pod Count times, the last time at Time.
type Event struct {
	Time                  time.Time
	Type, Reason, Message string // Type is Normal or Warning
	Count                 int
}

const (
	keepEvents = 20
	lookTime   = 5 * time.Second // a person waits for the answer
)

// Details asks the API for everything about the pod. It takes at most 5 s.
//
// The right to list pods is enough. Without the right to list events, EventsErr says so; without the right to get replicasets, the
// owner is the ReplicaSet.
//
// Errors: ErrNotFound if the pod is gone or another pod has its name; ErrRefused; else why the API did not answer, with a hint.
func (c *Cluster) Details(ctx context.Context, pod Pod) (Details, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var d Details
	var asking sync.WaitGroup
	asking.Go(func() { d.Events, d.EventsErr = c.events(ctx, pod) }) // ends with ctx
	defer asking.Wait()
	object, err := c.object(ctx, pod)
	if err != nil {
		return Details{}, fmt.Errorf("look at pod %s: %w", pod, err)
	}
	d.Containers, d.Labels = containerDetails(object), object.Labels
	if d.Owner, err = c.owner(ctx, object); err != nil {
		return Details{}, fmt.Errorf("look at pod %s: %w", pod, err)
	}
	asking.Wait()
	return d, nil
}

// object lists the pod by its name, because that needs no other right than the list on the screen.
func (c *Cluster) object(ctx context.Context, pod Pod) (*corev1.Pod, error) {
	byName := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", pod.Name).String()}
	var found *corev1.Pod
	err := eachPage(ctx, byName, c.api.pods(pod.Namespace).list, func(page *corev1.PodList) error {
		for i := range page.Items {
			if o := &page.Items[i]; o.Namespace == pod.Namespace && o.Name == pod.Name && string(o.UID) == pod.UID {
				found = o
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, explain(err, "list pods", pod.Namespace)
	case found == nil:
		return nil, ErrNotFound
	}
	return found, rules.CheckPod(found)
}

// owner returns the controller of the pod; if that is a ReplicaSet made by a Deployment, the Deployment.
func (c *Cluster) owner(ctx context.Context, pod *corev1.Pod) (string, error) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return "", nil
	}
	if err := rules.CheckOwner(owner); err != nil {
		return "", err
	}
	if owner.Kind == "ReplicaSet" {
		set, err := c.api.replicaSets(pod.Namespace).get(ctx, owner.Name)
		if err == nil && metav1.GetControllerOf(set) != nil {
			owner = metav1.GetControllerOf(set)
		}
	}
	return owner.Kind + " " + owner.Name, rules.CheckOwner(owner)
}

// events returns the pod's events. Those of a static pod have its hash in place of the UID. Events of an earlier pod of the same name
// have another UID.
func (c *Cluster) events(ctx context.Context, pod Pod) ([]Event, error) {
	ofPod := metav1.ListOptions{
		FieldSelector: fields.Set{"involvedObject.kind": "Pod", "involvedObject.name": pod.Name}.AsSelector().String(),
	}
	var events []Event
	err := eachPage(ctx, ofPod, c.api.events(pod.Namespace).list, func(page *corev1.EventList) error {
		for i := range page.Items {
			if e := &page.Items[i]; concerns(e, pod) {
				events = append(events, Event{
					Time: eventTime(e), Type: rules.Word(e.Type), Reason: rules.Word(e.Reason), Message: rules.Text(e.Message), Count: eventCount(e),
				})
			}
		}
		slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) }) // the API has those of one second in their order
		events = events[max(0, len(events)-keepEvents):]
		return nil
	})
	switch {
	case apierrors.IsNotFound(err): // the namespace is gone
		return nil, nil
	case err != nil:
		return nil, explain(err, "list events", pod.Namespace)
	}
	slices.Reverse(events)
	return events, nil
}

func concerns(e *corev1.Event, pod Pod) bool {
	id := string(e.InvolvedObject.UID)
	return e.InvolvedObject.Kind == "Pod" && e.InvolvedObject.Name == pod.Name &&
		(id == "" || id == pod.UID || id == pod.StaticHash)
}

// eventTime returns when the event happened last; the two generations of events keep that in different fields.
func eventTime(e *corev1.Event) time.Time {
	if e.Series != nil && !e.Series.LastObservedTime.IsZero() {
		return e.Series.LastObservedTime.Time
	}
	for _, t := range []time.Time{e.LastTimestamp.Time, e.EventTime.Time, e.FirstTimestamp.Time} {
		if !t.IsZero() {
			return t
		}
	}
	return e.CreationTimestamp.Time
}

func eventCount(e *corev1.Event) int {
	if e.Series != nil {
		return int(e.Series.Count)
	}
	return max(1, int(e.Count))
}

func containerDetails(pod *corev1.Pod) []ContainerDetail {
	var regular, sidecars, inits, ephemeral []ContainerDetail
	for _, c := range pod.Spec.Containers {
		regular = append(regular, containerDetail(c.Name, c.Image, "", pod.Status.ContainerStatuses))
	}
	for _, c := range pod.Spec.InitContainers {
		if restarts(c) {
			sidecars = append(sidecars, containerDetail(c.Name, c.Image, "sidecar", pod.Status.InitContainerStatuses))
		} else {
			inits = append(inits, containerDetail(c.Name, c.Image, "init", pod.Status.InitContainerStatuses))
		}
	}
	for _, c := range pod.Spec.EphemeralContainers {
		ephemeral = append(ephemeral, containerDetail(c.Name, c.Image, "ephemeral", pod.Status.EphemeralContainerStatuses))
	}
	return slices.Concat(regular, sidecars, inits, ephemeral)
}

func containerDetail(name, image, kind string, statuses []corev1.ContainerStatus) ContainerDetail {
	d := ContainerDetail{Name: name, Image: rules.Text(image), Kind: kind}
	i := slices.IndexFunc(statuses, func(s corev1.ContainerStatus) bool { return s.Name == name })
	if i < 0 {
		return d
	}
	s := statuses[i]
	d.Ready, d.Restarts = s.Ready, int(s.RestartCount)
	switch terminated, waiting := s.State.Terminated, s.State.Waiting; {
	case s.State.Running != nil:
		d.State = "Running"
	case terminated != nil:
		d.State = terminationReason(terminated)
		if terminated.ExitCode != 0 && terminated.Reason != "" {
			d.State += ", exit " + strconv.Itoa(int(terminated.ExitCode))
		}
	case waiting != nil && waiting.Reason != "":
		d.State = waiting.Reason
	default:
		d.State = "Waiting"
	}
	d.State = rules.Word(d.State)
	return d
}

// restarts says whether an init container is a sidecar, which keeps running beside the others.
func restarts(c corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
