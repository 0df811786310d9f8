package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/grant"
	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Helpers makes pods in which podtracer works on other nodes, one per node, and removes them. Where a helper is installed, that one is
// used, and never removed. Nothing else in podtracer changes anything in a cluster, and Helpers does so only in the namespace of its
// options.
type Helpers struct {
	cluster *Cluster
	options helper.Options
	own     string // the pod that podtracer runs in, NAMESPACE/NAME; "" if it does not, or that is not known

	mu   sync.Mutex
	made map[string]string // names, by node
}

// Helpers returns the maker of helpers with these options. If podtracer runs in a pod, an empty namespace or image is taken from that pod,
// and the pod owns the helpers in its namespace, so that Kubernetes removes them with it.
func (c *Cluster) Helpers(ctx context.Context, o helper.Options) *Helpers {
	name := ""
	if own := c.ownPod(ctx); own != nil {
		name = own.Namespace + "/" + own.Name
		if o.Namespace == "" {
			o.Namespace = own.Namespace
		}
		for _, container := range own.Spec.Containers {
			if o.Image == "" && container.Image != "" {
				o.Image, o.PullPolicy = container.Image, string(container.ImagePullPolicy)
			}
		}
		if o.Namespace == own.Namespace {
			o.Owner = &metav1.OwnerReference{APIVersion: "v1", Kind: "Pod", Name: own.Name, UID: own.UID}
		}
	}
	if o.Namespace == "" {
		o.Namespace = ownNamespace()
	}
	return &Helpers{cluster: c, options: o, own: name, made: map[string]string{}}
}

// ownPod is the pod that podtracer runs in; nil if it does not run in a pod, or may not get it.
func (c *Cluster) ownPod(ctx context.Context) *corev1.Pod {
	host, err := os.Hostname()
	if !c.inCluster || err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pod, err := c.api.pods(ownNamespace()).get(ctx, host)
	if err != nil || rules.CheckPod(pod) != nil {
		return nil
	}
	return pod
}

const removalTime = 5 * time.Second

func (h *Helpers) pods() resource[corev1.Pod, corev1.PodList] {
	return h.cluster.api.pods(h.options.Namespace)
}

// ErrHelperGone says that a helper does not exist any more.
var ErrHelperGone = errors.New("the helper is gone")

// lookAgain is how long it may take to say that a helper is gone whose connection broke.
const lookAgain = 2 * time.Second

// Exec runs a command in a helper with these streams, until the command or ctx ends.
//
// Errors: always one; ErrHelperGone if trying again is of no use, ErrBroke if it may help.
func (h *Helpers) Exec(ctx context.Context, namespace, name string, argv []string, in io.Reader, out io.Writer) error {
	err := h.cluster.exec(ctx, namespace, name, helper.Container, argv, in, out)
	if ctx.Err() != nil || errors.Is(err, ErrPlugin) {
		return err
	}
	asked, cancel := context.WithTimeout(ctx, lookAgain) // until then nobody knows that the connection broke; the next one is asked of, too
	defer cancel()
	pod, asking := h.cluster.api.pods(namespace).get(asked, name)
	switch {
	case apierrors.IsNotFound(asking):
		return fmt.Errorf("%w: somebody has deleted it", ErrHelperGone)
	case asking == nil && helper.ProgressOf(pod).Failed != "":
		return fmt.Errorf("%w: %s", ErrHelperGone, rules.Line(helper.ProgressOf(pod).Failed))
	default:
		return err
	}
}

// Own is the pod that podtracer runs in, NAMESPACE/NAME; "" if it does not run in one, or may not know.
func (h *Helpers) Own() string { return h.own }

// Image is that of the helpers that are made; "" if it is not known.
func (h *Helpers) Image() string { return h.options.Image }

// Namespace is where helpers are made.
func (h *Helpers) Namespace() string { return h.options.Namespace }

// Check asks the API whether helpers may be made, or installed ones be used.
//
// Errors: a right that is missing, with how to give it.
func (h *Helpers) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if h.options.Namespace == "" {
		return hint.Add(errors.New("it is not known in which namespace helpers can be made"), "name one with --helper-namespace")
	}
	missing := make([]error, len(helperRights)) // in their order
	who := sync.OnceValue(func() string { return h.person(ctx) })
	var asking sync.WaitGroup
	for i, r := range helperRights {
		asking.Go(func() { // ends with ctx
			allowed, err := h.cluster.api.allowed(ctx, r, h.options.Namespace)
			switch {
			case err != nil:
				missing[i] = fmt.Errorf("ask for the rights to make helpers: %w", explain(err, "create selfsubjectaccessreviews", h.options.Namespace))
			case !allowed:
				missing[i] = hint.Add(fmt.Errorf("%w to %s %s in namespace %s, so no helper can be used", ErrForbidden, r.verb, r.resource, h.options.Namespace),
					helper.Grant(h.options.Namespace, who()))
			}
		})
	}
	asking.Wait()
	if making := errors.Join(missing[:toMake]...); making != nil {
		if there, err := h.installed(ctx, ""); err == nil && len(there) > 0 {
			missing = missing[toMake:] // on nodes without one, the API refuses to make one
		}
	}
	for _, err := range missing {
		if err != nil {
			return err
		}
	}
	return nil
}

// person is who is asking, as the API names them when it refuses something; else grant.Unknown.
func (h *Helpers) person(ctx context.Context) string {
	if who := grant.Who(h.pods().try(ctx, h.options.Pod(""))); who != grant.Unknown {
		return who
	}
	return grant.Who(h.pods().client.Post().Namespace(h.options.Namespace).Resource("pods").Name(helper.Container).SubResource("exec").Do(ctx).Error())
}

// helperRights are what it takes to make and use helpers: the first toMake of them to make one.
var helperRights = []right{
	{verb: "create", resource: "pods"}, {verb: "delete", resource: "pods"},
	{verb: "get", resource: "pods"}, {verb: "create", resource: "pods/exec"}, // a WebSocket, which podtracer takes where SPDY leads nowhere, needs get, too
}

const toMake = 2

// remove deletes the helper on a node.
func (h *Helpers) remove(ctx context.Context, node string) error {
	h.mu.Lock()
	name := h.made[node]
	delete(h.made, node)
	h.mu.Unlock()
	if name == "" {
		return nil
	}
	err := h.delete(ctx, name)
	if err == nil || errors.Is(err, ErrNotFound) {
		return nil
	}
	return hint.Add(fmt.Errorf("remove helper %s: %w", name, err), "it ends by itself soon, or: kubectl delete pod -n "+h.options.Namespace+" "+name)
}

// delete deletes a pod. Without an answer it asks once more, over a new connection.
func (h *Helpers) delete(ctx context.Context, name string) error {
	for again := true; ; again = false {
		asking, cancel := context.WithTimeout(ctx, removalTime)
		err := h.pods().remove(asking, name)
		late := asking.Err() != nil
		cancel()
		if !late || !again || ctx.Err() != nil {
			return explain(err, "delete pods", h.options.Namespace)
		}
		h.cluster.api.HangUp()
	}
}

// Keep lets the helper on a node stay when podtracer ends: something goes on there.
func (h *Helpers) Keep(node string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.made, node)
}

// Close deletes all helpers, but those that are kept.
//
// Errors: the helpers that could not be deleted, with how to delete them.
func (h *Helpers) Close(ctx context.Context) error {
	h.mu.Lock()
	var nodes []string
	for node := range h.made {
		nodes = append(nodes, node)
	}
	h.mu.Unlock()
	slices.Sort(nodes)
	var errs []error
	for _, node := range nodes {
		errs = append(errs, h.remove(ctx, node))
	}
	return errors.Join(errs...)
}
