package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
)

// How long a command gets to end after SIGINT, and then after SIGTERM.
const (
	afterInterrupt = 3 * time.Second
	afterTerminate = 2 * time.Second
)

// Local launches commands on this node.
type Local struct {
	Finder ns.Finder
	Here   k8s.Node
}

// Launch runs the command in the namespace that the finder has for the pod, behind a guard.
func (l *Local) Launch(ctx context.Context, pod k8s.Pod, argv []string, s Streams) (Exit, error) {
	path, err := Locate(argv[0])
	if err != nil {
		return Exit{}, err
	}
	netns, err := l.find(ctx, pod)
	if err != nil {
		return Exit{}, err
	}
	defer netns.Close()
	ends, err := openEnds(s)
	if err != nil {
		return Exit{}, err
	}
	defer ends.drain()
	var process *guard.Process
	err = netns.Enter(func() (err error) { // the thread inside ends with Start; the guard and the tool stay
		process, err = guard.Start(guard.Command{
			Path: path, Args: argv, Env: environment(s), Stdin: ends.stdin, Stdout: ends.stdout, Stderr: ends.stderr,
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
	return supervise(ctx, process, s)
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

// notHere says why a pod has no namespace on this node: it is on another one, or has none yet.
func notHere(pod k8s.Pod, here k8s.Node, err error) error {
	if pod.Node != here.Name {
		return wrongNode(pod, here)
	}
	if pod.Phase == "Pending" {
		return hint.Add(fmt.Errorf("pod %s is Pending (%s): it has no network namespace yet", pod, pod.Status),
			"try again when its containers are being started: kubectl describe pod -n "+pod.Namespace+" "+pod.Name)
	}
	return err
}

func wrongNode(pod k8s.Pod, here k8s.Node) error {
	return hint.Add(fmt.Errorf("pod %s runs on node %s, podtracer on %s", pod, pod.Node, here.Name),
		"run podtracer on "+pod.Node+": a debug pod like the one in manifests/, with nodeName: "+pod.Node)
}

// execError tells the two kinds of a program that cannot be started apart.
func execError(err error) error {
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("%w: %w", ErrNotExecutable, err)
	}
	if errors.Is(err, os.ErrNotExist) { // the interpreter of its first line
		return fmt.Errorf("%w: %w", ErrNotExecutable, err)
	}
	return err
}

// environment is podtracer's own. In the console TERM says that nothing may move the cursor.
func environment(s Streams) []string {
	env := os.Environ()
	if s.Terminal != nil && s.Stderr == nil && s.Keys == nil {
		env = append(env, "TERM=dumb")
	}
	return env
}

// supervise waits for the command. This is the one place that stops one: interrupt its group, wait, terminate, wait, kill.
func supervise(ctx context.Context, p *guard.Process, s Streams) (Exit, error) {
	var exit Exit
	ended := make(chan struct{})
	var stopper sync.WaitGroup
	stopper.Go(func() { // ends with the command
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		exit.Stopped = true
		if s.Stopping != nil {
			s.Stopping()
		}
		exit.Killed = s.Disposable || !end(p, ended)
		if exit.Killed {
			_ = p.Signal(syscall.SIGKILL)
		}
	})
	status, err := p.Wait()
	close(ended)
	stopper.Wait()
	exit.Code, exit.Signal, exit.Strays = status.Code, status.Signal, status.Strays
	return exit, err
}

// end asks a command to end, twice, and says whether it did.
func end(p *guard.Process, ended <-chan struct{}) bool {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, afterInterrupt}, {syscall.SIGTERM, afterTerminate}} {
		_ = p.Signal(step.signal) // fails only if it has ended
		select {
		case <-ended:
			return true
		case <-time.After(step.wait):
		}
	}
	return false
}

// ends are both ends of a command's streams.
type ends struct {
	stdin, stdout, stderr *os.File // the command's
	ours                  []*os.File
	copies                sync.WaitGroup
	over                  chan struct{} // closed when the command has written its last
	attending             sync.WaitGroup
}

// openEnds makes the streams. The standard error is always a terminal: as the controlling terminal of the command it
// hangs up when podtracer is gone, also for a command that has changed its user.
func openEnds(s Streams) (*ends, error) {
	e := &ends{stdin: s.Stdin, over: make(chan struct{})}
	terminal, stderr, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a terminal for the tool: %w", err)
	}
	e.ours, e.stderr = append(e.ours, terminal), stderr
	if err := e.open(s, terminal); err != nil {
		e.closeTools()
		for _, f := range e.ours {
			f.Close()
		}
		return nil, err
	}
	return e, nil
}

func (e *ends) open(s Streams, terminal *os.File) error {
	if s.Keys != nil {
		e.stdin, e.stdout = e.stderr, e.stderr
		e.copy(s.Stdout, terminal)
		return resize(terminal, *s.Terminal)
	}
	if err := plain(e.stderr, s.Terminal); err != nil {
		return err
	}
	if s.Stderr == nil {
		e.stdout = e.stderr
		e.copy(s.Stdout, terminal)
		return nil
	}
	out, stdout, err := stdoutEnds(s.Terminal)
	if err != nil {
		return err
	}
	e.ours, e.stdout = append(e.ours, out), stdout
	e.copy(s.Stderr, terminal)
	e.copy(s.Stdout, out)
	return nil
}

func stdoutEnds(size *Size) (ours, tools *os.File, err error) {
	if size == nil {
		ours, tools, err = os.Pipe()
		if err != nil {
			return nil, nil, fmt.Errorf("open a pipe for the tool: %w", err)
		}
		enlarge(ours)
		return ours, tools, nil
	}
	ours, tools, err = pty.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal for the tool: %w", err)
	}
	return ours, tools, plain(tools, size)
}

// copy moves what the command writes until its last process has closed it, which the guard sees to.
func (e *ends) copy(to io.Writer, from *os.File) {
	e.copies.Go(func() {
		buffer := make([]byte, 256<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				_, _ = to.Write(buffer[:n]) // the writer keeps its error; the command must not stand still for it
			}
			if err != nil { // io.EOF of a pipe, EIO of a terminal
				return
			}
		}
	})
}

// attend types keys into the command's terminal and gives it its sizes, until the command is over.
func (e *ends) attend(s Streams) {
	if s.Keys == nil {
		return
	}
	terminal := e.ours[0]
	e.attending.Go(func() { // ends with the command, and when its terminal is closed
		for {
			select {
			case <-e.over:
				return
			case keys := <-s.Keys:
				_, _ = terminal.Write(keys) // fails only when the command is over
			case size := <-s.Sizes:
				_ = resize(terminal, size) // as well
			}
		}
	})
}

func resize(terminal *os.File, size Size) error {
	return pty.Setsize(terminal, &pty.Winsize{Cols: uint16(size.Columns), Rows: uint16(size.Rows)})
}

// closeTools closes what the command has got copies of.
func (e *ends) closeTools() {
	if e.stdout != nil && e.stdout != e.stderr {
		e.stdout.Close()
	}
	e.stderr.Close()
}

// drain waits until all output has been copied.
func (e *ends) drain() {
	e.copies.Wait()
	close(e.over)
	for _, f := range e.ours {
		f.Close()
	}
	e.attending.Wait()
}
