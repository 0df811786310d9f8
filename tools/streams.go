package tools

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/text"
)

// streams connects the tool: its output goes to the spool, written by podtracer or by the tool itself. A spool that fails or is
// full stops the tool.
func (r *run) streams(into *spoolWriter) launch.Streams {
	s := launch.Streams{
		Stdin:    r.request.Stdin,
		Stdout:   into,
		Stderr:   r.request.Stderr,
		Terminal: r.request.Terminal,
		Keys:     r.request.Keys,
		Sizes:    r.request.Sizes,
		Started:  r.started,
		Stopping: r.stopping,
		Over:     r.request.Over,
		Hurried:  r.request.Hurried,
		Held:     r.dir.Session().File(), // no other podtracer takes this session for abandoned while the tool writes
		Notice:   r.notice,
		Away:     func(a launch.Away) { r.update(func(s *State) { s.Away = a }) },
		Clock:    r.compared,
		Renewed:  func() { r.renewed(into.stop) },
		Named:    r.named,
		Gripped:  r.gripped,
		Shared:   r.shared.Load,
		Together: r.pass,
	}
	switch {
	case r.request.Keys != nil:
		s.Stdin, s.Stderr = nil, nil
	case r.plan.Capture:
		s.Stderr, s.Terminal, s.Ask = io.MultiWriter(&r.transcript, r.told), nil, r.ask
	case command.IsTcpdump(r.plan.Tool) && s.Stderr != nil:
		s.Stderr = r.told
	case r.request.Text && s.Terminal == nil:
		s.Terminal = &launch.Size{Columns: 80, Rows: 24} // text for a person must come line by line, not wait in a buffer
	}
	return s
}

// compared notes how far the clock of the tool's node is from this machine's.
func (r *run) compared(o clock.Offset) {
	r.update(func(s *State) { s.Clock = s.Clock.With(o) })
	if r.request.Align {
		r.lines.Ahead(o.Ahead)
	}
}

// started notes that the tool runs.
func (r *run) started() {
	began := r.request.Since
	if began.IsZero() {
		began = time.Now()
	}
	r.update(func(s *State) { s.Phase, s.Began = Running, began })
}

// named notes by which name the tool can be followed on its node.
func (r *run) named(name string) {
	r.name.Store(&name)
	r.update(func(s *State) { s.Remote = true })
}

// gripped notes what holds the tool on this node. What podtracer itself holds back of the output cannot be passed on.
func (r *run) gripped(g *launch.Grip) {
	if r.request.Headers || r.request.Ring.Size > 0 {
		return
	}
	r.grip.Store(g)
	r.update(func(s *State) { s.Held = true })
}

// read starts the readers that make lines. They end with the spool; a decoder ends with decoding, too.
func (r *run) read(decoding context.Context, readers *sync.WaitGroup, launcher launch.Launcher) {
	switch {
	case r.plan.Decoder != nil && (r.request.Text || r.request.Ring.FreezeOn != nil): // a Live tool alone needs none
		readers.Go(func() { r.decode(decoding, launcher) })
	case r.request.Text, r.request.Lines && !r.plan.Capture:
		readers.Go(func() {
			text := r.lines.Writer(false)
			r.countLines(text, r.spool.Follow(r.wanted))
			text.Flush()
		})
	}
}

// countLines copies text into lines, and publishes their number.
func (r *run) countLines(to *text.Writer, from io.Reader) {
	if _, err := io.Copy(lineCounter{to, r}, from); err != nil && !errors.Is(err, context.Canceled) {
		r.note("the output could not be read back: " + hint.Line(err))
	}
}

type lineCounter struct {
	*text.Writer
	run *run
}

func (c lineCounter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	count := c.run.lines.Count()
	c.run.update(func(s *State) { s.Lines = count })
	return n, err
}
