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
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Helpers makes pods in which podtracer works on other nodes, one per node, and removes them. Nothing else in podtracer changes
// anything in a cluster, and Helpers does so only in the namespace of its options.
type Helpers struct {
	cluster *Cluster
	options helper.Options

	mu   sync.Mutex
	made map[string]string // names, by node
}

// Helpers returns the maker of helpers with these options. If podtracer runs in a pod, an empty namespace or image is taken from that pod,
// and the pod owns the helpers in its namespace, so that Kubernetes removes them with it.
func (c *Cluster) Helpers(ctx context.Context, o helper.Options) *Helpers {
	if own := c.ownPod(ctx); own != nil {
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
	return &Helpers{cluster: c, options: o, made: map[string]string{}}
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

// How long helpers may take.
const (
	helperTime   = 2 * time.Minute
	lookAtMaking = 200 * time.Millisecond
	removalTime  = 5 * time.Second
)

// Make makes a helper on a node and waits until it runs. step, which may be nil, is told how far the helper has come.
//
// Errors: a refusal of the API, with what would allow the helper; a helper that cannot be started, or does not run after two minutes.
func (h *Helpers) Make(ctx context.Context, node string, step func(string)) (name string, err error) {
	if err := h.remove(ctx, node); err != nil { // an earlier helper that does not answer any more
		return "", err
	}
	if h.options.Image == "" {
		return "", hint.Add(errors.New("it is not known which image a helper has"), "name one with --helper-image")
	}
	asked, cancel := context.WithTimeout(ctx, patience)
	pod, err := h.pods().create(asked, h.options.Pod(node))
	cancel()
	if err != nil {
		return "", h.refused(err, node)
	}
	if !rules.IsName(pod.Name) {
		return "", fmt.Errorf("%w: the name of the helper is %.80q", rules.ErrRefused, pod.Name)
	}
	h.mu.Lock()
	h.made[node] = pod.Name
	h.mu.Unlock()
	if err := h.await(ctx, pod.Name, node, step); err != nil {
		return "", errors.Join(err, h.remove(context.WithoutCancel(ctx), node))
	}
	return pod.Name, nil
}

func (h *Helpers) pods() resource[corev1.Pod, corev1.PodList] {
	return h.cluster.api.pods(h.options.Namespace)
}

func (h *Helpers) refused(err error, node string) error {
	advice := h.options.Refused(err)
	text := rules.Printable(err.Error(), rules.LongestText, "")
	if explained := explain(err, "create pods", h.options.Namespace); advice == "" {
		return fmt.Errorf("make a helper on node %s: %w", node, explained)
	}
	return hint.Add(fmt.Errorf("make a helper on node %s: the API refuses it: %s", node, text), advice)
}

// await waits until a helper runs, or cannot run.
func (h *Helpers) await(ctx context.Context, name, node string, step func(string)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, helperTime, fmt.Errorf("it does not run after %s", helperTime))
	defer cancel()
	said := ""
	for {
		pod, err := h.pods().get(ctx, name)
		var now helper.Progress
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
			if said != "" {
				err = fmt.Errorf("%w: it %s", err, said)
			}
			return hint.Add(fmt.Errorf("wait for helper %s on node %s: %w", name, node, err), h.describe(name))
		case err != nil:
			return fmt.Errorf("wait for helper %s on node %s: %w", name, node, explain(err, "get pods", h.options.Namespace))
		default:
			now = helper.ProgressOf(pod)
			now.Step, now.Failed = rules.Printable(now.Step, rules.LongestText, ""), rules.Printable(now.Failed, rules.LongestText, "")
		}
		if now.Step != said && step != nil {
			step(fmt.Sprintf("helper %s on node %s %s", name, node, now.Step))
		}
		said = now.Step
		switch {
		case now.Ready:
			return nil
		case now.Failed != "":
			return hint.Add(fmt.Errorf("helper %s on node %s: %s", name, node, now.Failed), h.describe(name))
		}
		pause.For(ctx, lookAtMaking)
	}
}

func (h *Helpers) describe(name string) string {
	return "what the API says of it, while it is there: kubectl describe pod -n " + h.options.Namespace + " " + name +
		"; the image is chosen with --helper-image, its pull policy with --helper-pull-policy"
}

// ErrHelperGone says that a helper does not exist any more.
var ErrHelperGone = errors.New("the helper is gone")

// Exec runs a command in a helper with these streams, until the command or ctx ends.
//
// Errors: always one; ErrHelperGone if trying again is of no use.
func (h *Helpers) Exec(ctx context.Context, namespace, name string, argv []string, in io.Reader, out io.Writer) error {
	err := h.cluster.exec(ctx, namespace, name, helper.Container, argv, in, out)
	if ctx.Err() != nil {
		return err
	}
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pod, asking := h.cluster.api.pods(namespace).get(asked, name)
	switch {
	case apierrors.IsNotFound(asking):
		return fmt.Errorf("%w: somebody has deleted it", ErrHelperGone)
	case asking == nil && helper.ProgressOf(pod).Failed != "":
		return fmt.Errorf("%w: %s", ErrHelperGone, rules.Printable(helper.ProgressOf(pod).Failed, rules.LongestText, ""))
	default:
		return err
	}
}

// Namespace is where helpers are made.
func (h *Helpers) Namespace() string { return h.options.Namespace }

// Check asks the API whether helpers may be made.
//
// Errors: a right that is missing, with how to give it.
func (h *Helpers) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if h.options.Namespace == "" {
		return hint.Add(errors.New("it is not known in which namespace helpers can be made"), "name one with --helper-namespace")
	}
	missing := make([]error, len(helperRights))
	var asking sync.WaitGroup
	for i, r := range helperRights {
		asking.Go(func() { // ends with ctx
			allowed, err := h.cluster.api.allowed(ctx, r, h.options.Namespace)
			switch {
			case err != nil:
				missing[i] = fmt.Errorf("ask for the rights to make helpers: %w", explain(err, "create selfsubjectaccessreviews", h.options.Namespace))
			case !allowed:
				missing[i] = hint.Add(fmt.Errorf("not allowed to %s %s in namespace %s, so no helper can be made", r.verb, r.resource, h.options.Namespace),
					helper.Grant(h.options.Namespace))
			}
		})
	}
	asking.Wait()
	for _, err := range missing {
		if err != nil {
			return err
		}
	}
	return nil
}

// helperRights are what it takes to make and use helpers.
var helperRights = []right{
	{verb: "create", resource: "pods"}, {verb: "get", resource: "pods"}, {verb: "delete", resource: "pods"},
	{verb: "get", resource: "pods/exec"}, {verb: "create", resource: "pods/exec"},
}

// remove deletes the helper on a node.
func (h *Helpers) remove(ctx context.Context, node string) error {
	h.mu.Lock()
	name := h.made[node]
	delete(h.made, node)
	h.mu.Unlock()
	if name == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, removalTime)
	defer cancel()
	err := explain(h.pods().remove(ctx, name), "delete pods", h.options.Namespace)
	if err == nil || errors.Is(err, ErrNotFound) {
		return nil
	}
	return hint.Add(fmt.Errorf("remove helper %s: %w", name, err), "it ends by itself soon, or: kubectl delete pod -n "+h.options.Namespace+" "+name)
}

// Close deletes all helpers.
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
