package tools

import (
	"errors"
	"io"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Request is what to run, and where.
type Request struct {
	Pod    k8s.Pod
	Argv   []string // the tool and its arguments
	Limits Limits
	Ring   Ring
	Set    SetID // that the run belongs to; 0: none

	// Packets says that a tcpdump is to capture, also if it is not told to write packets to its standard output.
	Packets bool
	// Headers says that of each packet only the headers are kept, up to that of its transport.
	Headers bool

	// Text says that somebody reads along: the output becomes lines, that of a capture by a second tcpdump. Otherwise
	// the tool's standard output is kept as it is and its standard error goes to Stderr.
	Text     bool
	Stdin    io.Reader    // nil: nothing to read
	Stderr   io.Writer    // without Text
	Terminal *launch.Size // the size of what is read on; nil: the output goes to a file or a pipe

	// With Keys, somebody sits before the tool itself: it gets a whole terminal, of the size of Terminal and then of Sizes.
	Keys  <-chan []byte
	Sizes <-chan launch.Size
}

// plan checks a request as far as that is possible without starting anything.
//
// Errors: ErrNotInstalled, ErrNotExecutable; a pod that has no network namespace, or has it on another node; limits that
// mean nothing for this tool.
func (r Request) plan(l launch.Launcher) (command.Plan, error) {
	if len(r.Argv) == 0 || r.Argv[0] == "" {
		return command.Plan{}, hint.Add(errors.New("no tool was named"), "for example: tcpdump, ip, ss, or any other command")
	}
	if err := l.Reach(&r.Pod).Err(); err != nil {
		return command.Plan{}, err
	}
	if err := l.Locate(r.Argv[0]); err != nil {
		if command.ShellWord(r.Argv) != "" { // such as cd, which only a shell has
			err = hint.Add(err, noShell(r.Argv))
		}
		return command.Plan{}, err
	}
	p, err := r.understand()
	if err != nil {
		return command.Plan{}, err
	}
	return p, r.check(p.Capture)
}

// understand decides what runs.
func (r Request) understand() (command.Plan, error) {
	return command.Understand(r.Argv, command.Wish{
		Packets: r.Packets, Headers: r.Headers, Live: r.Text || r.Ring.FreezeOn != nil, Ring: r.Ring.Size > 0,
	})
}

// Preview returns what a request would really run: the command, and for a capture that is shown the one that makes text of
// its packets.
//
// Errors: a command that is refused, and limits that mean nothing for it.
func (r Request) Preview() (command, decoder []string, err error) {
	p, err := r.understand()
	if err == nil {
		err = r.check(p.Capture)
	}
	return p.Tool, p.Decoder, err
}
