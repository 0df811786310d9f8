package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Helpers finds agents on other nodes, and makes them.
type Helpers interface {
	// Installed returns the way to the agent that is installed on a node; nil if there is none.
	Installed(ctx context.Context, node string) Dialer
	// Dial makes a helper on a node and returns the way to its agent. step, which may be nil, is told how far the helper has come.
	Dial(ctx context.Context, node string, step func(string)) (Dialer, error)
	// Allowed says why no helpers can be made; nil if they can. It does not ask the API.
	Allowed() error
	// Keep lets the helper on a node stay when podtracer ends: it has something that nobody has fetched.
	Keep(node string)
}

// Launcher launches commands on this node itself, and on other nodes through helpers.
type Launcher struct {
	Here    *launch.Local
	Helpers Helpers
	By      string // the person whom it works for
	Version string // of this podtracer

	Image func() string // of the helpers that are made; nil, or "": it is not known

	mu    sync.Mutex
	links map[string]*node
}

// node is another node, with the link to its agent; nil until there is one.
type node struct {
	making  sync.Mutex // held by whoever makes the helper
	failed  failure    // of the last try to make it
	link    *link
	missing atomic.Pointer[map[string]error] // tools of the catalogue that are not installed there; nil if that is not known
}

// failure is why no helper could be made, and when that was known.
type failure struct {
	err error
	at  time.Time
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

// Locate says whether a tool is installed where it would run for a pod. Without a helper there, and for tools that are not in the catalogue,
// Launch finds out.
func (l *Launcher) Locate(pod *k8s.Pod, tool string) error {
	if pod == nil || !l.mayBeFar(l.Reach(pod)) {
		return l.Here.Locate(pod, tool)
	}
	l.mu.Lock()
	n := l.links[pod.Node]
	l.mu.Unlock()
	if n == nil || n.missing.Load() == nil {
		return nil
	}
	return l.notThere((*n.missing.Load())[tool], pod.Node, tool)
}

// mayBeFar says whether a tool may have to run in a helper: on another node, or because podtracer does not know for sure where it is, as on
// a laptop.
func (l *Launcher) mayBeFar(r launch.Reach) bool {
	return r.How == launch.AfterMaking || r.Unsure() && l.Helpers != nil && l.Helpers.Allowed() == nil
}

// isElsewhere says whether an error means that a pod is not on this node.
func isElsewhere(err error) bool {
	return errors.Is(err, ns.ErrNotHere) || errors.Is(err, ns.ErrUnavailable) || errors.Is(err, ns.ErrNotLinux)
}

// Network tells what a pod's network holds. It makes no helper.
//
// Even with an error, it returns what could be read; the error says what could not.
func (l *Launcher) Network(ctx context.Context, pod k8s.Pod) (netinfo.Network, error) {
	if reach := l.Reach(&pod); reach.How != launch.AfterMaking {
		found, err := l.Here.Network(ctx, pod)
		if !isElsewhere(err) || !l.mayBeFar(reach) {
			return found, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	link, err := l.link(ctx, pod.Node, false, nil)
	if err != nil {
		return netinfo.Network{}, err
	}
	return link.network(ctx, pod)
}

// Launch runs the command on this node, or on the pod's. A command that needs no pod runs on the pod's node only if its program is not
// installed here.
func (l *Launcher) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	reach := l.Reach(&pod)
	switch {
	case s.Podless && (!l.mayBeFar(reach) || l.Here.LocateAlone(argv[0]) == nil):
		if reach.Here {
			return l.Here.Launch(ctx, pod, argv, s)
		}
		return l.Here.LaunchAlone(ctx, argv, s)
	case reach.How == launch.AfterMaking, l.mayBeFar(reach) && l.Here.Locate(&pod, argv[0]) != nil:
		return l.launchFar(ctx, pod, argv, s)
	}
	exit, err := l.Here.Launch(ctx, pod, argv, s)
	if !isElsewhere(err) || !reach.Unsure() || l.Helpers == nil {
		return exit, err
	}
	if missing := l.Helpers.Allowed(); missing != nil {
		return exit, l.outOfReach(err, pod, missing)
	}
	return l.launchFar(ctx, pod, argv, s)
}

// outOfReach says why a pod cannot be reached that was not found on this machine. On another machine than its node, such as a laptop, only the
// helper that is missing counts.
func (l *Launcher) outOfReach(here error, pod k8s.Pod, missing error) error {
	if pod.Node == l.Here.Here.Name {
		return hint.Add(fmt.Errorf("%w; and on its node %s: %w", here, pod.Node, missing), hint.Of(missing))
	}
	where := fmt.Errorf("pod %s runs on node %s, podtracer on %s", pod, pod.Node, l.Here.Here.Name)
	if !errors.Is(here, ns.ErrNoSocket) && !errors.Is(here, ns.ErrNotLinux) { // a laptop is no node
		where = hint.Add(where, "if this machine is node "+pod.Node+": NODE_NAME="+pod.Node+" says so, and the command doctor says what it lacks")
	}
	err := fmt.Errorf("%w; %w", missing, where)
	if errors.Is(missing, k8s.ErrForbidden) {
		return hint.Add(err, "--kubeconfig, $KUBECONFIG or --context choose a user who may make helpers")
	}
	return err
}

// errNoHelper says that no helper is made for somebody who only looks.
func errNoHelper(node string) error {
	return hint.Add(fmt.Errorf("%w: there is no helper on node %s, and none is made for a look", netinfo.ErrNotYet, node),
		"the first tool that you start there makes one")
}

func (l *Launcher) launchFar(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	if command.WritesOwnFile(argv) {
		return launch.Exit{}, hint.Add(fmt.Errorf("tcpdump: -w FILE, -C, -G and -W write to a file in the helper on node %s, which goes with it", pod.Node),
			"podtracer run -f FILE keeps the packets here")
	}
	link, err := l.linkFor(ctx, pod.Node, s)
	if err != nil {
		return launch.Exit{}, err
	}
	if s.Together != nil {
		_, _ = link.agent.Clock(ctx, &wire.ClockRequest{}) // whoever has only said hello is no console, and the agent would end meanwhile
	}
	if s.Together.Await(ctx, s.Notice) != nil {
		return launch.Exit{Stopped: true}, nil
	}
	r := &remote{link: link, node: pod.Node, id: rand.Text(), by: l.By, streams: s, away: away{node: pod.Node, tell: s.Away, notice: s.Notice}}
	exit, err := r.launch(ctx, pod, argv)
	if r.unfetched {
		l.Helpers.Keep(pod.Node)
	}
	return exit, l.notThere(err, pod.Node, argv[0])
}

// notThere says where a tool is not installed, if that is what an error of another node says.
func (l *Launcher) notThere(err error, node, tool string) error {
	if !errors.Is(err, command.ErrNotInstalled) {
		return err
	}
	image := ""
	if l.Image != nil && l.Image() != "" {
		image = " (" + l.Image() + ")"
	}
	return hint.Add(absent{fmt.Sprintf("%s is not in the image of the helper on node %s%s", tool, node, image)},
		"tools come from the helper's image, not from the pod: --helper-image names one that has it")
}

// absent is an ErrNotInstalled of another node.
type absent struct{ text string }

func (a absent) Error() string        { return a.text }
func (a absent) Is(target error) bool { return target == command.ErrNotInstalled }

// linkFor returns the link for a command with these streams. What needs no pod goes with a tool that makes the helper, and waits for it.
func (l *Launcher) linkFor(ctx context.Context, node string, s launch.Streams) (*link, error) {
	const most = 2 * time.Second // until the tool begins to make the helper
	for idle := time.Now(); ; pause.For(ctx, firstPause) {
		link, err := l.link(ctx, node, !s.Disposable, s.Notice)
		if !s.Podless || !errors.Is(err, netinfo.ErrNotYet) || time.Since(idle) > most || ctx.Err() != nil {
			return link, err
		}
		if l.isMaking(node) {
			idle = time.Now()
		}
	}
}

// isMaking says whether a helper is being made on a node.
func (l *Launcher) isMaking(name string) bool {
	l.mu.Lock()
	n := l.links[name]
	l.mu.Unlock()
	if n == nil || !n.making.TryLock() {
		return n != nil
	}
	n.making.Unlock()
	return false
}

// link returns the link to a node's agent. If there is none, it uses the agent that is installed there or, if it may, makes one.
//
// Errors: errNoHelper if no helper may be made; those of Helpers.Dial; an agent that does not answer.
func (l *Launcher) link(ctx context.Context, name string, mayMake bool, notice func(string)) (*link, error) {
	n, asked := l.node(name), time.Now()
	if !mayMake && !n.making.TryLock() {
		return nil, errNoHelper(name) // not yet: somebody makes it
	} else if mayMake {
		n.making.Lock()
	}
	defer n.making.Unlock()
	if n.link != nil {
		heard := silent(name, notice)
		alive := n.link.alive(ctx)
		heard()
		if alive {
			return n.link, nil
		}
		if !n.link.gone() { // other tools may run behind it, and it may be dialled again
			return nil, fmt.Errorf("the helper on node %s does not answer: %w", name, context.Cause(ctx))
		}
		n.link.close() // a new helper is made
		n.link = nil
	}
	dialer := l.Helpers.Installed(ctx, name)
	if dialer == nil && !mayMake {
		return nil, errNoHelper(name)
	}
	if dialer == nil && n.failed.at.After(asked) { // while this one waited for it
		return nil, n.failed.err
	}
	if dialer == nil {
		var err error
		if dialer, err = l.Helpers.Dial(ctx, name, notice); err != nil {
			n.failed = failure{err, time.Now()}
			return nil, err
		}
	}
	made, err := newLink(dialer, streamWindow)
	if err != nil {
		return nil, err
	}
	heard := silent(name, notice)
	reply, err := made.greet(ctx)
	heard()
	if err != nil {
		made.close()
		return nil, err
	}
	if notice != nil && reply.GetVersion() != l.Version {
		notice(fmt.Sprintf("the helper on node %s is podtracer %s, this is %s: what is new in one of them may be missing there", name,
			printable.Line(reply.GetVersion()), l.Version))
	}
	missing := map[string]error{}
	for _, m := range reply.GetMissing() {
		missing[m.GetTool()] = errorOf(m.GetFailure())
	}
	n.link = made
	n.missing.Store(&missing)
	return made, nil
}

func (l *Launcher) node(name string) *node {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.links == nil {
		l.links = map[string]*node{}
	}
	n := l.links[name]
	if n == nil {
		n = &node{}
		l.links[name] = n
	}
	return n
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
