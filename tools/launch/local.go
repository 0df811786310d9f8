package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/command"
)

// Local launches commands on this node.
type Local struct {
	Finder ns.Finder
	Here   k8s.Node
}

// Locate checks that a tool is installed here.
func (l *Local) Locate(_ *k8s.Pod, tool string) error {
	_, err := command.Locate(tool)
	return err
}

// Launch runs the command in the pod's network namespace, which the finder finds, behind a guard.
func (l *Local) Launch(ctx context.Context, pod k8s.Pod, argv []string, s Streams) (Exit, error) {
	path, err := command.Locate(argv[0])
	if err != nil {
		return Exit{}, err
	}
	netns, err := l.find(ctx, pod)
	if err != nil {
		return Exit{}, err
	}
	defer netns.Close()
	if netns.ResolvErr != nil && s.Notice != nil {
		s.Notice(resolvNotice(netns))
	}
	if s.Together.Await(ctx, s.Notice) != nil {
		return Exit{Stopped: true}, nil
	}
	w := way{enter: netns.Enter, attend: func() (stop func()) { return l.watchNetwork(ctx, pod, netns, s.Renewed) }}
	return w.launch(ctx, pod, path, argv, s)
}

// LocateAlone checks that LaunchAlone can run a tool.
//
// Errors: guard.ErrUnsupported; those of Locate.
func (l *Local) LocateAlone(tool string) error {
	if !runsTools {
		return guard.ErrUnsupported
	}
	return l.Locate(nil, tool)
}

// LaunchAlone runs a command that needs no pod, in podtracer's own namespaces, behind a guard.
func (l *Local) LaunchAlone(ctx context.Context, argv []string, s Streams) (Exit, error) {
	path, err := command.Locate(argv[0])
	if err != nil {
		return Exit{}, err
	}
	w := way{enter: apart, attend: func() (stop func()) { return func() {} }}
	return w.launch(ctx, k8s.Pod{}, path, argv, s)
}

// apart runs start in a thread of its own, which then ends, because start may change the thread's priority.
func apart(start func() error) error {
	done := make(chan error)
	go func() { // ends with start
		runtime.LockOSThread()
		done <- start()
	}()
	return <-done
}

// way is how a command gets to where it runs, and what is watched while it runs.
type way struct {
	enter  func(start func() error) error // runs start in a thread that is in the right namespaces
	attend func() (stop func())
}

func (w way) launch(ctx context.Context, pod k8s.Pod, path string, argv []string, s Streams) (Exit, error) {
	ends, err := openEnds(s)
	if err != nil {
		return Exit{}, advised(err)
	}
	defer func() { ends.drain(s.Over) }()
	cgroup := guard.OpenCgroup()
	if cgroup != nil {
		defer cgroup.Close()
	}
	var process *guard.Process
	err = w.enter(func() (err error) { // the thread inside ends with Start; the guard and the tool stay
		if s.Disposable {
			yield()
		}
		process, err = guard.Start(guard.Command{
			Path: path, Args: keepRoot(argv), Env: environment(pod, s), Stdin: ends.stdin, Stdout: ends.stdout, Stderr: ends.stderr,
			Cgroup: cgroup, Held: s.Held,
		})
		return execError(err)
	})
	ends.closeTools()
	if err != nil {
		return Exit{}, err
	}
	ends.attend(s)
	if s.Clock != nil {
		s.Clock(clock.Own())
	}
	if s.Started != nil {
		s.Started()
	}
	if s.Gripped != nil {
		s.Gripped(ends.grip(process))
	}
	stop := w.attend()
	exit, err := supervise(ctx, process, s, interrupt(argv, s))
	stop()
	if errors.Is(err, guard.ErrReleased) {
		ends.release()
		return Exit{}, ErrLetGo
	}
	if exit.Code > 0 && !exit.Stopped {
		exit.Lacks = missingCapability(filepath.Base(argv[0]))
	}
	return exit, err
}

// resolvNotice says which resolver is used if it is not the pod's; "" if it is.
func resolvNotice(n *ns.Netns) string {
	instead := "with podtracer's own resolver"
	if n.Resolv != nil {
		instead = "with the resolver that the runtime has set up for the pod"
	}
	return fmt.Sprintf("the pod's resolver is not known: %v; names are looked up %s", n.ResolvErr, instead)
}

func (l *Local) find(ctx context.Context, pod k8s.Pod) (*ns.Netns, error) {
	netns, err := l.Finder.Find(ctx, ns.Pod{
		Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, StaticHash: pod.StaticHash,
		HostNetwork: pod.HostNetwork, ContainerIDs: pod.ContainerIDs,
	})
	if errors.Is(err, ns.ErrNotHere) {
		return nil, notHere(pod, l.Here, err)
	}
	return netns, err
}

// execError tells why a program cannot be started: it does not exist, or cannot be executed.
func execError(err error) error {
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("%w: %w", command.ErrNotExecutable, err)
	}
	if errors.Is(err, os.ErrNotExist) { // the interpreter named in its first line does not exist
		return fmt.Errorf("%w: %w", command.ErrNotExecutable, err)
	}
	return advised(err)
}

// advised adds a hint to an error that says that processes, open files or memory have run out.
func advised(err error) error {
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM):
		return hint.Add(err, "allow more processes or memory: pids.max and memory.max of the cgroup, ulimit -u")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return hint.Add(err, "allow more open files (ulimit -n 1024), or run fewer tools at a time")
	default:
		return err
	}
}
