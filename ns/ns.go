// Package ns leads from a pod to its network namespace on this node, and into it.
//
// A Finder turns a pod's identity into an open descriptor of its network namespace: one asks the container runtime (find_cri.go), another looks
// at the node's processes (find_proc.go). Only the descriptor is used from then on, so a reused PID, or a path that now names another
// namespace, is never entered.
//
// Threads: a network namespace belongs to a thread. Netns.Do and Netns.Enter run a function on a thread made for it, which is never
// unlocked and ends with the function. No other thread of the process ever changes its namespace, even after a failure. The function
// must not start goroutines that should be inside: they would run elsewhere.
//
// The main goroutine must own the main thread (runtime.LockOSThread in an init of package main): a locked goroutine that ended on the
// main thread would leave /proc/self/ns/net in the pod for good.
package ns

import (
	"context"
	"errors"
	"fmt"
)

// Pod is what a finder must know of a pod.
type Pod struct {
	Namespace, Name string
	UID             string   // metadata.uid
	StaticHash      string   // of a mirror pod: the hash by which runtimes and cgroups know its static pod; else ""
	HostNetwork     bool     // spec.hostNetwork: its network namespace is the node's
	ContainerIDs    []string // of all its containers, without "containerd://" and the like
}

// String returns namespace/name.
func (p Pod) String() string { return p.Namespace + "/" + p.Name }

// Finder finds the network namespace of a pod that runs on this node. The caller closes the result.
//
// Errors: ErrNotHere if this node's runtime or processes do not know the pod; ErrUnavailable if the finder has nothing to ask (no
// socket, no visible processes of the node); ErrAmbiguous if more than one namespace fits; ErrNotLinux; else errors of the system.
type Finder interface {
	Find(ctx context.Context, pod Pod) (*Netns, error)
}

// Reasons why a finder has no answer.
var (
	ErrNotHere     = errors.New("no such pod on this node")
	ErrUnavailable = errors.New("no way to look for pods on this node")
	ErrAmbiguous   = errors.New("more than one network namespace fits the pod, so none is entered")
	ErrNotLinux    = errors.New("network namespaces need Linux")
)

// ErrNoSocket is the ErrUnavailable of a machine on which no container runtime has a socket, such as a laptop.
var ErrNoSocket = fmt.Errorf("%w", ErrUnavailable)

// First asks the finders in turn; the first answer wins. If there is none, all errors are joined. After ErrAmbiguous no other finder is
// asked.
func First(finders ...Finder) Finder { return first(finders) }

type first []Finder

func (f first) Find(ctx context.Context, pod Pod) (*Netns, error) {
	var all []error
	for _, finder := range f {
		netns, err := finder.Find(ctx, pod)
		if err == nil {
			return netns, nil
		}
		if errors.Is(err, ErrAmbiguous) {
			all = []error{err}
			break
		}
		all = append(all, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("find network namespace of %s: %w", pod, errors.Join(all...))
}

// RuntimeSubject is the subject of the finding that says whether a container runtime answers.
const RuntimeSubject = "container runtime"
