package k8s

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/k8s/rules"
)

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

func (h *Helpers) refused(err error, node string) error {
	advice := h.options.Refused(err)
	text := rules.Line(err.Error())
	if explained := explain(err, "create pods", h.options.Namespace); advice == "" {
		return fmt.Errorf("make a helper%s: %w", onNode(node), explained)
	}
	return hint.Add(fmt.Errorf("make a helper%s: the API refuses it: %s", onNode(node), text), advice)
}

func onNode(node string) string {
	if node == "" {
		return ""
	}
	return " on node " + node
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
		m.step(fmt.Sprintf("helper on %s%s", m.node, what)) // without its name, which would take the room for the reason on a narrow screen
	}
}

// ask asks for the helper's events, and tells the new ones that explain a wait. Whoever may not list events goes without.
func (m *making) ask(ctx context.Context) {
	events, err := m.h.cluster.events(ctx, m.pod)
	if err != nil {
		return
	}
	all := make([]helper.Event, len(events))
	for i, e := range events {
		all[len(all)-1-i] = helper.Event{Warning: e.Type == "Warning", Reason: e.Reason, Message: e.Message, Times: e.Count} // the newest is first
	}
	for _, text := range m.waiting.Events(all) {
		m.tell(": " + text)
	}
}

// failed is an error with everything that is known of the helper, which is then deleted.
func (m *making) failed(doing string, err error) error {
	failed := fmt.Errorf("%shelper %s on node %s: %w%s", doing, m.pod.Name, m.node, err, m.waiting.Why(err.Error()))
	return hint.Add(failed, m.h.options.Hopeless(failed.Error(), m.node))
}
