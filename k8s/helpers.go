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

// Make makes a helper on a node and waits until it runs. step, which may be nil, is told how far the helper has come, and
// its events that explain a wait.
//
// Errors: a refusal of the API, with what would allow the helper; a helper that cannot be started, or does not run after two minutes, with
// its events.
func (h *Helpers) Make(ctx context.Context, node string, step func(string)) (name string, err error) {
	if err := h.remove(ctx, node); err != nil { // an earlier helper that does not answer any more
		return "", err
	}
	pod, err := h.create(ctx, h.options.Pod(node), node)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	h.made[node] = pod.Name
	h.mu.Unlock()
	m := making{h: h, pod: Pod{Namespace: pod.Namespace, Name: pod.Name, UID: string(pod.UID)}, node: node, step: step}
	if err := m.await(ctx, helperTime); err != nil {
		return "", errors.Join(err, h.remove(context.WithoutCancel(ctx), node))
	}
	return pod.Name, nil
}

// Detach makes a helper for a detached run on a node, as Make does. It stays when podtracer ends.
func (h *Helpers) Detach(ctx context.Context, node string, run helper.Detached, step func(string)) (Helper, error) {
	pod, err := h.create(ctx, h.options.DetachedPod(node, run), node)
	if err != nil {
		return Helper{}, err
	}
	made := helperOf(pod)
	m := making{h: h, pod: Pod{Namespace: pod.Namespace, Name: pod.Name, UID: string(pod.UID)}, node: node, step: step}
	if err := m.await(ctx, helperTime); err != nil {
		return Helper{}, errors.Join(err, h.Remove(context.WithoutCancel(ctx), made))
	}
	return made, nil
}

// create makes the pod of a helper. It may return one after ctx has ended.
func (h *Helpers) create(ctx context.Context, wanted *corev1.Pod, node string) (*corev1.Pod, error) {
	if h.options.Image == "" {
		return nil, errNoImage()
	}
	asking, cancel := lastingBeyond(ctx, removalTime)
	defer cancel()
	pod, err := h.pods().create(asking, wanted)
	if err != nil {
		return nil, h.refused(err, node)
	}
	if !rules.IsName(pod.Name) {
		return nil, fmt.Errorf("%w: the name of the helper is %.80q", rules.ErrRefused, pod.Name)
	}
	return pod, nil
}

// lastingBeyond returns a context that ends that long after ctx, and after patience at the latest. A request that makes something may
// have made it when it is interrupted: only its answer says what there is to remove.
func lastingBeyond(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	stop := context.AfterFunc(ctx, func() {
		pause.For(lasting, more)
		cancel()
	})
	return lasting, func() { stop(); cancel() }
}

func errNoImage() error {
	return hint.Add(errors.New("it is not known which image a helper has"), "name one with --helper-image")
}

func (h *Helpers) pods() resource[corev1.Pod, corev1.PodList] {
	return h.cluster.api.pods(h.options.Namespace)
}

func (h *Helpers) refused(err error, node string) error {
	advice := h.options.Refused(err)
	text := rules.Line(err.Error())
	if explained := explain(err, "create pods", h.options.Namespace); advice == "" {
		return fmt.Errorf("make a helper on node %s: %w", node, explained)
	}
	return hint.Add(fmt.Errorf("make a helper on node %s: the API refuses it: %s", node, text), advice)
}

// How long the making of a helper may take, and how often it is looked at. Its events are asked for only when it takes long.
const (
	helperTime   = 2 * time.Minute
	lookAtMaking = 200 * time.Millisecond
	lookAtEvents = time.Second
)

// making is a helper that is being made, watched by one goroutine.
type making struct {
	h       *Helpers
	pod     Pod
	node    string
	step    func(string) // may be nil
	waiting helper.Waiting
}

// await waits until the helper runs, or cannot run.
func (m *making) await(ctx context.Context, most time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("it does not run after %s", most))
	defer cancel()
	for look := time.Now().Add(lookAtEvents); ; {
		now, err := m.progress(ctx)
		switch {
		case ctx.Err() != nil:
			return m.failed("", context.Cause(ctx))
		case err != nil:
			return m.failed("wait for ", err)
		case now.Ready:
			return nil
		case now.Failed != "":
			m.ask(ctx)
			return m.failed("", errors.New(now.Failed))
		}
		if time.Now().After(look) {
			m.ask(ctx)
			look = time.Now().Add(lookAtEvents)
		}
		pause.For(ctx, lookAtMaking)
	}
}

// progress asks how far the helper has come, and tells it. An API that does not answer is asked again.
func (m *making) progress(ctx context.Context) (helper.Progress, error) {
	pod, err := m.h.pods().get(ctx, m.pod.Name)
	switch {
	case apierrors.IsNotFound(err):
		return helper.Progress{}, errors.New("somebody has deleted it")
	case apierrors.IsForbidden(err):
		return helper.Progress{}, explain(err, "get pods", m.pod.Namespace)
	case err != nil:
		return helper.Progress{}, nil
	}
	now := helper.ProgressOf(pod)
	now.Step, now.Failed = rules.Line(now.Step), rules.Line(now.Failed)
	if now.Step != m.waiting.Said {
		m.tell(" " + now.Step)
	}
	m.waiting.Said = now.Step
	return now, nil
}

func (m *making) tell(what string) {
	if m.step != nil {
		m.step(fmt.Sprintf("helper %s on node %s%s", m.pod.Name, m.node, what))
	}
}

// ask asks for the helper's events, and tells the new ones that explain a wait. Whoever may not list events goes without.
func (m *making) ask(ctx context.Context) {
	events, _ := m.h.cluster.events(ctx, m.pod)
	for i := len(events) - 1; i >= 0; i-- { // the newest is first
		if text, news := m.waiting.Event(events[i].Type == "Warning", events[i].Reason, events[i].Message); news {
			m.tell(": " + text)
		}
	}
}

// failed is an error with everything that is known of the helper, which is then deleted.
func (m *making) failed(doing string, err error) error {
	return hint.Add(fmt.Errorf("%shelper %s on node %s: %w%s", doing, m.pod.Name, m.node, err, m.waiting.Why(err.Error())),
		"the --helper-… flags, or config.yaml, choose its image, pull policy, pull secrets and node selector, among others")
}

// ErrHelperGone says that a helper does not exist any more.
var ErrHelperGone = errors.New("the helper is gone")

// Exec runs a command in a helper with these streams, until the command or ctx ends.
//
// Errors: always one; ErrHelperGone if trying again is of no use, ErrBroke if it may help.
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
		return fmt.Errorf("%w: %s", ErrHelperGone, rules.Line(helper.ProgressOf(pod).Failed))
	default:
		return err
	}
}

// Own is the pod that podtracer runs in, NAMESPACE/NAME; "" if it does not run in one, or may not know.
func (h *Helpers) Own() string { return h.own }

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
	who := sync.OnceValue(func() string { return grant.Who(h.pods().try(ctx, h.options.Pod(""))) })
	var asking sync.WaitGroup
	for i, r := range helperRights {
		asking.Go(func() { // ends with ctx
			allowed, err := h.cluster.api.allowed(ctx, r, h.options.Namespace)
			switch {
			case err != nil:
				missing[i] = fmt.Errorf("ask for the rights to make helpers: %w", explain(err, "create selfsubjectaccessreviews", h.options.Namespace))
			case !allowed:
				missing[i] = hint.Add(fmt.Errorf("%w to %s %s in namespace %s, so no helper can be made", ErrForbidden, r.verb, r.resource, h.options.Namespace),
					helper.Grant(h.options.Namespace, who()))
			}
		})
	}
	asking.Wait()
	using := errors.Join(missing[toMake:]...)
	if making := errors.Join(missing[:toMake]...); making != nil && using == nil {
		if there, err := h.installed(ctx, ""); err == nil && len(there) > 0 {
			return nil // on nodes without one, the API refuses to make one
		}
	}
	for _, err := range missing {
		if err != nil {
			return err
		}
	}
	return nil
}

// helperRights are what it takes to make and use helpers: the first toMake of them to make one.
var helperRights = []right{
	{verb: "create", resource: "pods"}, {verb: "delete", resource: "pods"},
	{verb: "get", resource: "pods"}, {verb: "get", resource: "pods/exec"}, {verb: "create", resource: "pods/exec"},
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
		h.cluster.api.hangUp()
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
