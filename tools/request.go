package tools

import (
	"errors"
	"fmt"
	"io"
	"time"

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
	Set    SetID // the set that the run belongs to; 0: none
	// Together lets the tool start together with those of the other requests that have the same gate, once each can start or has failed; nil: it
	// waits for nobody.
	Together *launch.Gate

	Align bool // the lines of the Set are in the order of their times by podtracer's clock

	// Packets says that tcpdump is to capture even if it is not told to write packets to its standard output.
	Packets bool
	// Counted says that the State has to tell of each packet soon after it came, even if nobody here reads the output.
	Counted bool
	// Live says that somebody may look at the packets while they come, so that the tool is to write each at once. Text says so, too.
	Live bool
	// Since is when the tool was started, if it runs already and the Launcher only follows it. The zero time: it is started.
	Since time.Time
	// Headers says that only the headers of each packet are kept, up to its transport header.
	Headers bool

	// Lines says that the output of a tool that does not capture also becomes lines, for the text of the Set. The tool writes to a file
	// or a pipe nevertheless, and its standard error goes to Stderr.
	Lines bool
	// Text says that a person reads the output while it comes: it becomes lines, those of a capture by a second tcpdump. Without
	// Text, the tool's standard output is kept unchanged and its standard error goes to Stderr.
	Text     bool
	Stdin    io.Reader    // nil: empty
	Stderr   io.Writer    // used only without Text
	Terminal *launch.Size // size of the terminal that shows the output; nil: the output goes to a file or a pipe

	// Stopped is called when the tool is to stop, Over when it has ended and only its last output is still to come. From then on, Stderr is to
	// hold it no longer. Both may be nil.
	Stopped, Over func()
	// Hurried is closed when nobody wants to wait for a tool on another node that is to stop; nil: everybody waits.
	Hurried <-chan struct{}

	// With Elsewhere, nothing is started: the run is followed that goes on there. Limits and Ring are those that it has there. The standard
	// error is shown with Text.
	Elsewhere Elsewhere
	Detached  Detached // whose it is

	// With Keys, a person operates the tool itself: it gets a whole terminal, first of the size Terminal, then of Sizes.
	Keys  <-chan []byte
	Sizes <-chan launch.Size
}

// plan checks a request as far as possible without starting anything.
//
// Errors: ErrNotInstalled, ErrNotExecutable; a pod that has no network namespace, or is on another node; limits that this tool
// does not support.
func (r Request) plan(l launch.Launcher) (command.Plan, error) {
	if len(r.Argv) == 0 || r.Argv[0] == "" {
		return command.Plan{}, hint.Add(errors.New("no tool was named"), "for example: tcpdump, ip, ss, or any other command")
	}
	if r.Elsewhere != nil {
		return r.understand()
	}
	if err := l.Reach(&r.Pod).Err(); err != nil {
		return command.Plan{}, err
	}
	if err := l.Locate(&r.Pod, r.Argv[0]); err != nil {
		if advice := command.ForShell(r.Argv); advice != "" && errors.Is(err, command.ErrNotInstalled) { // it is not to be installed
			err = hint.Add(fmt.Errorf("%s is %w", r.Argv[0], command.ErrNotInstalled), advice)
		}
		return command.Plan{}, err
	}
	p, err := r.understand()
	if err != nil {
		return command.Plan{}, err
	}
	return p, r.check(p.Capture)
}

// understand decides which command runs.
func (r Request) understand() (command.Plan, error) {
	return command.Understand(r.Argv, command.Wish{
		Packets: r.Packets, Headers: r.Headers, Live: r.Text || r.Live || r.Ring.FreezeOn != nil, Ring: r.Ring.Size > 0, Lines: r.Lines,
	})
}

// Captures says whether the output of a request that can work is packets.
func (r Request) Captures() bool {
	p, err := r.understand()
	return err == nil && p.Capture
}

// Preview returns what a request would run: the command, and for a capture that is shown as text, the command that prints its
// packets.
//
// Errors: a command that is refused; limits that the command does not support.
func (r Request) Preview() (command, decoder []string, err error) {
	p, err := r.understand()
	if err == nil {
		err = r.check(p.Capture)
	}
	return p.Tool, p.Decoder, err
}
