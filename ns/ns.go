// Package ns leads from a pod to its network namespace on this node, and into it.
//
// A Finder turns a pod's identity into an open descriptor of its network namespace; the descriptor is what is used
// from then on, so a process id that was given to another process, or a path that now names another namespace, is
// never entered.
//
// Threads: a network namespace belongs to a thread. Netns.Do and Netns.Enter run a function on a thread made for it,
// which is never unlocked and ends with the function. No other thread of the process changes its namespace, also not
// after a failure. The function must not start goroutines that are to be inside: they run elsewhere.
//
// The main goroutine must own the main thread (runtime.LockOSThread in an init of package main): a locked goroutine
// that ended on the main thread would leave /proc/self/ns/net in the pod for good.
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
	StaticHash      string   // of a real mirror pod: the hash by which runtimes and cgroups know its static pod; else ""
	HostNetwork     bool     // spec.hostNetwork: its network namespace is the node's
	ContainerIDs    []string // of all its containers, without "containerd://" and the like
}

// String names the pod for people: namespace/name.
func (p Pod) String() string { return p.Namespace + "/" + p.Name }

// Finder finds the network namespace of a pod that runs on this node. The caller closes what it gets.
//
// Errors: ErrNotHere if this node's runtime or processes do not know the pod; ErrUnavailable if the finder has nothing
// to ask (no socket, no processes of the node to see); ErrAmbiguous if more than one fits; ErrNotLinux; else what the
// system said.
type Finder interface {
	Find(ctx context.Context, pod Pod) (*Netns, error)
}

// The reasons for which a finder has no answer.
var (
	ErrNotHere     = errors.New("no such pod on this node")
	ErrUnavailable = errors.New("no way to look for pods on this node")
	ErrAmbiguous   = errors.New("more than one network namespace fits the pod, and none is entered")
	ErrNotLinux    = errors.New("network namespaces need Linux")
)

// First asks the finders in turn; the first that answers wins. If none does, all errors are joined. Where more than one
// namespace fits, no other finder has a say.
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
