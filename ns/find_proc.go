package ns

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/fennec-project/podtracer/internal/hint"
)

const hintHostPID = "the node's processes must be visible: in a pod set hostPID: true (Pod.spec), or mount the node's /proc and name it"

// Proc finds a pod by its processes: their cgroups contain the IDs of its containers and its UID. It does not find a pod without a running
// container, such as a crashing one: only the runtime knows which process is the pod's sandbox.
type Proc struct {
	root string
}

// NewProc uses the procfs at root, such as /host/proc; "" is /proc.
func NewProc(root string) *Proc { return &Proc{root: procRoot(root)} }

func procRoot(root string) string {
	if root == "" {
		return "/proc"
	}
	return filepath.Clean(root)
}

// Find returns the network namespace of the first processes of the pod's containers, if it can be the pod's: it is the node's own if and
// only if the pod is hostNetwork.
//
// Errors: ErrUnavailable if no pod's processes but podtracer's own are visible; ErrNotHere if none is of this pod; ErrAmbiguous if they
// are in different namespaces; a refusal, with the missing capability.
func (p *Proc) Find(ctx context.Context, pod Pod) (*Netns, error) {
	if runtime.GOOS != "linux" {
		return nil, ErrNotLinux
	}
	s := search{root: p.root, pod: pod, cgroups: cgroupsOfNode(p.root), right: belongs(pod)}
	defer s.close()
	if err := s.run(ctx); err != nil {
		return nil, fmt.Errorf("search processes in %s: %w", p.root, err)
	}
	found := s.found
	s.found = nil
	return found, nil
}

// cgroupsOfNode returns where the node's cgroups are; nil if its process 1 is not visible.
func cgroupsOfNode(root string) nodeCgroups {
	content, err := os.ReadFile(filepath.Join(root, "1", "cgroup"))
	if err != nil {
		return nil
	}
	return nodeCgroupsOf(string(content))
}

// search is one walk through a procfs.
type search struct {
	root    string
	pod     Pod
	cgroups nodeCgroups
	right   func(cgroupID) bool

	node     *Netns // opened when the first process of the pod is found
	found    *Netns
	rival    error // another namespace fits, too
	others   bool  // processes of other pods were seen
	unlisted bool  // processes of the pod were seen in a container that the API does not list
	inner    []int // processes of the pod whose parents are of the pod, too: they may have made their own namespace
	refused  error // why the last process of the pod was not taken
}

// close closes what is open, which was only read.
func (s *search) close() {
	for _, netns := range []*Netns{s.node, s.found} {
		if netns != nil {
			_ = netns.Close()
		}
	}
}

func (s *search) run(ctx context.Context) error {
	own := s.own()
	err := eachProcess(ctx, s.root, func(pid int, cgroup string) bool {
		switch id := s.cgroups.identify(cgroup); {
		case s.right(id):
			s.try(pid, true)
		case inCgroupOf(s.pod, id):
			s.unlisted = true
		case id != (cgroupID{}) && id != own:
			s.others = true
		}
		return s.rival == nil
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return err
	}
	if s.found == nil {
		for _, pid := range s.inner {
			s.try(pid, false)
		}
	}
	return s.outcome()
}

func (s *search) outcome() error {
	switch {
	case s.rival != nil:
		return s.rival
	case s.found != nil:
		return nil
	case s.refused != nil:
		return s.refused
	case s.unlisted:
		return hint.Add(errors.New("the pod's processes are in no container that the API lists"),
			"only the container runtime knows a sandbox, or a container that has just started: its socket must be reachable")
	case s.others:
		return ErrNotHere
	}
	return hint.Add(fmt.Errorf("%w: no process of any pod is visible", ErrUnavailable), hintHostPID)
}

// own returns the identity of this process. If only processes of podtracer's own pod are visible, the node's may not be.
func (s *search) own() cgroupID {
	content, err := os.ReadFile(filepath.Join(s.root, "self", "cgroup"))
	if err != nil {
		return cgroupID{} // this process is not in the procfs
	}
	return s.cgroups.identify(string(content))
}

// try checks one process of the pod and records the result.
func (s *search) try(pid int, outermost bool) {
	if s.node == nil {
		node, err := nodeNetns(s.root)
		if err != nil {
			s.refused = fmt.Errorf("learn the node's network namespace: %w", err)
			return
		}
		s.node = node
	}
	netns, err := s.open(pid, outermost)
	switch {
	case err == nil:
		s.take(netns)
	case errors.Is(err, errInner):
		s.inner = append(s.inner, pid)
	case gone(err) || errors.As(err, new(notOfPod)): // it has ended, or its PID was reused
	default:
		s.refused = err
	}
}

// take keeps the namespace of the first process, and reports a second, different one.
func (s *search) take(netns *Netns) {
	if s.found == nil {
		s.found = netns
		return
	}
	if !s.found.Same(netns) && s.rival == nil {
		s.rival = hint.Add(fmt.Errorf("%w: %s and %s differ", ErrAmbiguous, s.found.Path, netns.Path),
			"a process of the pod has made a network namespace of its own, or is not what it seems; the runtime knows which is the pod's: "+hintSocket)
	}
	_ = netns.Close() // it was only read
}

var errInner = errors.New("a process that another one of the pod started")

func (s *search) open(pid int, outermost bool) (*Netns, error) {
	proc, err := openProcess(s.root, pid)
	if err != nil {
		return nil, err
	}
	defer proc.close()
	if outermost && s.hasParentInPod(proc) {
		return nil, errInner
	}
	netns, err := proc.netns(func(cgroup string) bool { return s.right(s.cgroups.identify(cgroup)) })
	if err != nil {
		return nil, err
	}
	netns.Host = netns.Same(s.node)
	if netns.Host != s.pod.HostNetwork {
		text := "is in the node's network, which the pod does not use"
		if s.pod.HostNetwork {
			text = "is not in the node's network, which the pod uses"
		}
		return nil, errors.Join(fmt.Errorf("process %s %s", proc.path, text), netns.Close())
	}
	if !netns.Host {
		netns.Resolv, netns.ResolvErr = proc.resolv()
	}
	return netns, nil
}

func (s *search) hasParentInPod(proc *process) bool {
	pid, err := proc.parent()
	if err != nil || pid == 0 {
		return false
	}
	parent, err := openProcess(s.root, pid)
	if err != nil {
		return false
	}
	defer parent.close()
	cgroup, err := parent.read("cgroup")
	if err != nil {
		return false
	}
	id := s.cgroups.identify(cgroup)
	return s.right(id) || inCgroupOf(s.pod, id)
}

// notOfPod says that a process is another's: its PID was reused, or is from another PID namespace.
type notOfPod struct{ path string }

func (e notOfPod) Error() string { return "process " + e.path + " is not of this pod" }

// gone says whether a process has ended.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// reason returns err without its path and system call, for a sentence that already has them.
func reason(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
