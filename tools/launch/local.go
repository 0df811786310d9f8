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

// Locate says whether a tool is installed here.
func (l *Local) Locate(tool string) error {
	_, err := command.Locate(tool)
	return err
}

// Launch runs the command in the namespace that the finder has for the pod, behind a guard.
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
	err = netns.Enter(func() (err error) { // the thread inside ends with Start; the guard and the tool stay
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

// resolvNotice says what names are looked up with, if it is not what the pod looks them up with.
func resolvNotice(n *ns.Netns) string {
	instead := "as podtracer's own are"
	if n.Resolv != nil {
		instead = "as the runtime has set the pod up"
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

// execError tells the two kinds of a program that cannot be started apart.
func execError(err error) error {
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("%w: %w", command.ErrNotExecutable, err)
	}
	if errors.Is(err, os.ErrNotExist) { // the interpreter of its first line
		return fmt.Errorf("%w: %w", command.ErrNotExecutable, err)
	}
	return advised(err)
}

// advised adds what helps to an error that says that there are not enough processes, open files or pages.
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
