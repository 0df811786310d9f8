package ns

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
)

const hintSocket = "mount the node's /run into this pod (mountPropagation: HostToContainer), or name the socket with --runtime-endpoint"

// CRI finds a pod by asking the container runtime of this node, over its socket (Container Runtime Interface v1). It finds
// pods without a running container, too, because the sandbox owns the network namespace.
//
// It reads and never subscribes: a second reader of GetContainerEvents takes events away from the kubelet
// (containerd 1.7) or delays them (2.x).
type CRI struct {
	endpoint string
	proc     string
	sockets  []string
	patience time.Duration // time limit for each socket
}

// NewCRI asks endpoint first, a socket's path with or without "unix://" ("": none), and then the usual sockets, for at most two
// seconds each. A socket that does not exist here is also looked for in the root of the node's process 1, as seen in proc: the
// node's procfs, such as /host/proc ("": /proc).
func NewCRI(endpoint, proc string) *CRI {
	return &CRI{endpoint: endpoint, proc: procRoot(proc), sockets: usualSockets(), patience: 2 * time.Second}
}

// Find asks one runtime after the other until one knows the pod.
//
// Errors: ErrUnavailable with every socket and what is wrong with it; ErrNotHere if runtimes answered but none knows the
// pod; ErrAmbiguous if a runtime has two; else why the network namespace that a runtime named could not be opened.
func (c *CRI) Find(ctx context.Context, pod Pod) (*Netns, error) {
	if runtime.GOOS != "linux" {
		return nil, ErrNotLinux
	}
	var tried attempts
	for _, at := range c.places(&tried) {
		netns, err := c.ask(ctx, at, pod)
		if err == nil {
			return netns, nil
		}
		if ctx.Err() != nil || !tried.add(at, err) {
			return nil, err
		}
	}
	return nil, tried.err()
}

// attempts are the sockets that did not lead to the pod.
type attempts struct {
	absent   []string
	silent   []error // something is there but does not answer as a runtime
	answered []error // a runtime does not know the pod
	blind    error   // why the node's own files cannot be searched
}

// add records an error after which the next socket is asked. It returns false for any other error.
func (a *attempts) add(at socket, err error) bool {
	unanswered := errors.As(err, new(noAnswer))
	switch {
	case unanswered && errors.Is(err, fs.ErrNotExist):
		a.absent = append(a.absent, at.String())
	case unanswered:
		a.silent = append(a.silent, err)
	case errors.Is(err, ErrNotHere):
		a.answered = append(a.answered, err)
	default:
		return false
	}
	return true
}

func (a *attempts) err() error {
	if len(a.answered) > 0 {
		return errors.Join(slices.Concat(a.answered, a.silent)...)
	}
	all := slices.Clone(a.silent)
	if len(a.absent) > 0 {
		all = append(all, fmt.Errorf("no socket at %s", strings.Join(a.absent, ", ")))
	}
	if a.blind != nil {
		all = append(all, fmt.Errorf("the node's own files cannot be searched: %w", a.blind))
	}
	reason := ErrUnavailable
	if len(a.silent) == 0 {
		reason = ErrNoSocket
	}
	return hint.Add(fmt.Errorf("ask the container runtime: %w: %w", reason, errors.Join(all...)), hintSocket)
}

// noAnswer is an error that occurred before a runtime said anything about the pod.
type noAnswer struct{ error }

func (e noAnswer) Unwrap() error { return e.error }
