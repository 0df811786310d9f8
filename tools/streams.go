package tools

import (
	"context"
	"io"
	"sync"
	"time"

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
		Started:  func() { r.update(func(s *State) { s.Phase, s.Began = Running, time.Now() }) },
		Stopping: r.stopping,
		Held:     r.dir.Session().File(), // no other podtracer takes this session for abandoned while the tool writes
		Notice:   r.notice,
		Renewed:  func() { r.renewed(into.stop) },
	}
	switch {
	case r.request.Keys != nil:
		s.Stdin, s.Stderr = nil, nil
	case r.plan.Capture:
		s.Stderr, s.Terminal, s.Ask = r.told, nil, r.ask
	case command.IsTcpdump(r.plan.Tool) && s.Stderr != nil:
		s.Stderr = r.told
	case r.request.Text && s.Terminal == nil:
		s.Terminal = &launch.Size{Columns: 80, Rows: 24} // text for a person must come line by line, not wait in a buffer
	}
	return s
}

// read starts the readers that make lines. They end with the spool; a decoder ends with decoding, too.
func (r *run) read(decoding context.Context, readers *sync.WaitGroup, launcher launch.Launcher) {
	switch {
	case r.plan.Decoder != nil:
		readers.Go(func() { r.decode(decoding, launcher) })
	case r.request.Text:
		whole := context.WithoutCancel(decoding)
		readers.Go(func() {
			text := r.lines.Writer(false)
			r.countLines(text, r.spool.Follow(whole))
			text.Flush()
		})
	}
}

// countLines copies text into lines, and publishes their number.
func (r *run) countLines(to *text.Writer, from io.Reader) {
	if _, err := io.Copy(lineCounter{to, r}, from); err != nil {
		r.note("the output could not be read back: " + err.Error())
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
