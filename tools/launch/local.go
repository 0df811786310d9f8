package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/command"
)

// Local launches commands on this node.
type Local struct {
	Finder ns.Finder
	Here   k8s.Node
}

// Locate checks that a tool is installed here.
func (l *Local) Locate(tool string) error {
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
	ends, err := openEnds(s)
	if err != nil {
		return Exit{}, advised(err)
	}
	defer ends.drain()
	cgroup := guard.OpenCgroup()
	if cgroup != nil {
		defer cgroup.Close()
	}
	var process *guard.Process
	err = netns.Enter(func() (err error) { // the thread in the namespace ends after Start; the guard and the tool stay
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
	if s.Started != nil {
		s.Started()
	}
	stopLooking := l.watchNetwork(ctx, pod, netns, s.Renewed)
	exit, err := supervise(ctx, process, s, interrupt(argv, s))
	stopLooking()
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
