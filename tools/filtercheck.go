package tools

import (
	"context"
	"io"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// FilterCheck is what tcpdump says of a filter.
type FilterCheck struct {
	Known   bool   // it was asked and has answered; without, nothing is known
	OK      bool   // it takes the filter, on that device
	Filter  string // as it was checked; "" takes every packet
	Message string // why not, in its own words
	Name    string // why it was not asked: it would look this up, and send from the pod
}

const filterCheck = 2 * time.Second

// CheckFilter lets tcpdump compile the filter of a capture in the pod's namespace, where its devices and names are known.
// It captures nothing, and takes at most 2 s. What is no capture, and a tcpdump that is missing or does not answer, leaves
// the answer unknown. Close waits for it.
func (r *Runs) CheckFilter(ctx context.Context, pod k8s.Pod, argv []string) FilterCheck {
	check, filter := command.FilterCheck(argv)
	if name := command.NameIn(filter); name != "" {
		return FilterCheck{Filter: filter, Name: name}
	}
	if check == nil || !r.enter() {
		return FilterCheck{}
	}
	defer r.running.Done()
	ctx, cancel := context.WithTimeout(ctx, filterCheck)
	defer cancel()
	var said tail // what it is to say is short; a program of that name may say anything
	exit, err := r.deps.Launcher.Launch(ctx, pod, check, launch.Streams{Stdout: io.Discard, Stderr: &said, Disposable: true})
	switch {
	case err != nil, ctx.Err() != nil, exit.Code < 0:
		return FilterCheck{}
	case exit.Code == 0:
		return FilterCheck{Known: true, OK: true, Filter: filter}
	default:
		return FilterCheck{Known: true, Filter: filter, Message: command.LastWord(string(said.text))}
	}
}

// enter keeps Close waiting until running.Done, unless it has begun.
func (r *Runs) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.running.Add(1)
	}
	return !r.closed
}
