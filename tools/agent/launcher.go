package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Helpers makes agents on other nodes.
type Helpers interface {
	// Dial makes a helper on a node and returns the way to its agent. step, which may be nil, is told how far the helper has come.
	Dial(ctx context.Context, node string, step func(string)) (Dialer, error)
	// Allowed says why no helpers can be made; nil if they can. It does not ask the API.
	Allowed() error
}

// Launcher launches commands on this node itself, and on other nodes through helpers.
type Launcher struct {
	Here    *launch.Local
	Helpers Helpers

	mu    sync.Mutex
	links map[string]*node
}

// node is another node, with the link to its agent; nil until there is one.
type node struct {
	making sync.Mutex // held by whoever makes the helper
	link   *link
}

// Reach says whether a tool can run in a pod.
func (l *Launcher) Reach(pod *k8s.Pod) launch.Reach {
	r := l.Here.Reach(pod)
	if !r.Elsewhere() || l.Helpers == nil {
		return r
	}
	if err := l.Helpers.Allowed(); err != nil {
		return r.WithoutHelper(err)
	}
	return r.ThroughHelper()
}

// Locate says whether a tool is installed where it would run for a pod. The tools of other nodes are taken to be there: Launch finds
// out.
func (l *Launcher) Locate(pod *k8s.Pod, tool string) error {
	if pod == nil || l.Reach(pod).How != launch.AfterMaking {
		return l.Here.Locate(pod, tool)
	}
	return nil
}

// Launch runs the command on this node, or on the pod's.
func (l *Launcher) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	reach := l.Reach(&pod)
	switch {
	case s.Podless:
		if reach.Here {
			return l.Here.Launch(ctx, pod, argv, s)
		}
		return l.Here.LaunchAlone(ctx, argv, s)
	case reach.How == launch.AfterMaking:
		return l.launchFar(ctx, pod, argv, s)
	}
	exit, err := l.Here.Launch(ctx, pod, argv, s)
	notHere := errors.Is(err, ns.ErrNotHere) || errors.Is(err, ns.ErrUnavailable) || errors.Is(err, ns.ErrNotLinux)
	if !notHere || !reach.Unsure() || l.Helpers == nil {
		return exit, err
	}
	if missing := l.Helpers.Allowed(); missing != nil {
		return exit, hint.Add(fmt.Errorf("%w; and on its node %s: %w", err, pod.Node, missing), hint.Of(missing))
	}
	return l.launchFar(ctx, pod, argv, s)
}

// errNoHelper says that a disposable command does not get a helper made for it.
var errNoHelper = errors.New("there is no helper on that node yet")

func (l *Launcher) launchFar(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	if s.Disposable && !l.linked(pod.Node) {
		return launch.Exit{}, errNoHelper
	}
	link, err := l.link(ctx, pod.Node, s.Notice)
	if err != nil {
		return launch.Exit{}, err
	}
	r := &remote{link: link, node: pod.Node, id: rand.Text(), streams: s}
	return r.launch(ctx, pod, argv)
}

// linked says whether there is a link to a node's agent.
func (l *Launcher) linked(name string) bool {
	l.mu.Lock()
	n := l.links[name]
	l.mu.Unlock()
	if n == nil || !n.making.TryLock() {
		return false
	}
	defer n.making.Unlock()
	return n.link != nil
}

// link returns the link to a node's agent, and makes the helper if there is none.
func (l *Launcher) link(ctx context.Context, name string, notice func(string)) (*link, error) {
	l.mu.Lock()
	if l.links == nil {
		l.links = map[string]*node{}
	}
	n := l.links[name]
	if n == nil {
		n = &node{}
		l.links[name] = n
	}
	l.mu.Unlock()
	n.making.Lock()
	defer n.making.Unlock()
	if n.link != nil {
		if n.link.alive(ctx) {
			return n.link, nil
		}
		n.link.close() // the helper is gone, and a new one is made
		n.link = nil
	}
	dialer, err := l.Helpers.Dial(ctx, name, notice)
	if err != nil {
		return nil, err
	}
	made, err := newLink(dialer)
	if err != nil {
		return nil, err
	}
	if _, err := made.hello(ctx); err != nil {
		made.close()
		return nil, err
	}
	n.link = made
	return made, nil
}

// Close closes the links to all agents.
func (l *Launcher) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.links {
		n.making.Lock()
		if n.link != nil {
			n.link.close()
		}
		n.making.Unlock()
	}
}
