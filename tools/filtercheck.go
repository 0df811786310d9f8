package tools

import (
	"context"
	"io"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// FilterCheck is tcpdump's answer about a capture filter.
type FilterCheck struct {
	Known   bool   // tcpdump was asked and has answered; if false, OK and Message mean nothing
	OK      bool   // tcpdump accepts the filter for that device
	Filter  string // the filter that was checked; "" takes every packet
	Message string // tcpdump's error message
	Name    string // the name in the filter because of which tcpdump was not asked: it would look the name up from the pod
}

const filterCheck = 2 * time.Second

// CheckFilter has tcpdump compile the filter of a capture in the pod's namespace, where its devices and names are known. It
// captures nothing and takes at most 2 s. The answer is unknown if argv is not a capture, or if tcpdump is missing or does not
// answer. Close waits for CheckFilter.
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
	var said tail // the expected answer is short, but a program called tcpdump may print anything
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

// enter keeps Close waiting until running.Done is called. It returns false if Close has begun.
func (r *Runs) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.running.Add(1)
	}
	return !r.closed
}
