// Package filter says what tcpdump makes of a capture filter, before a capture has it. The door: Ask, which runs tcpdump, and NameIn, which
// does not.
package filter

import (
	"context"
	"io"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/tally"
)

// Check is tcpdump's answer about a capture filter.
type Check struct {
	Known   bool   // tcpdump was asked and has answered; if false, OK and Message mean nothing
	OK      bool   // tcpdump accepts the filter for that device
	Filter  string // the filter that was checked; "" takes every packet
	Message string // tcpdump's error message
	Name    string // the name in the filter because of which tcpdump was not asked: it would look the name up from the pod
}

const longest = 2 * time.Second

// Ask has tcpdump compile the filter of a capture in the pod's namespace, where its devices and names are known. It captures nothing and
// takes at most 2 s. The answer is unknown if argv is not a capture, or if tcpdump is missing or does not answer.
func Ask(ctx context.Context, launcher launch.Launcher, pod k8s.Pod, argv []string) Check {
	compile, text := command.FilterCheck(argv)
	if name := NameIn(text); name != "" {
		return Check{Filter: text, Name: name}
	}
	if compile == nil {
		return Check{}
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	var said tally.Tail // the expected answer is short
	exit, err := launcher.Launch(ctx, pod, compile, launch.Streams{Stdout: io.Discard, Stderr: &said, Disposable: true})
	switch {
	case err != nil, ctx.Err() != nil, exit.Code < 0:
		return Check{}
	case exit.Code == 0:
		return Check{Known: true, OK: true, Filter: text}
	default:
		return Check{Known: true, Filter: text, Message: command.LastWord(said.Text())}
	}
}
