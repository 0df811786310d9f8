package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fennec-project/podtracer/internal/pipe"
)

// ends are both ends of a command's streams.
type ends struct {
	stdin, stdout, stderr *os.File // the command's ends
	pipedIn               bool     // podtracer has to close stdin
	ours                  []*os.File
	copies                sync.WaitGroup
	letGo                 atomic.Bool   // another process goes on with the command
	ended                 atomic.Bool   // the command and all its descendants have ended
	out                   *os.File      // podtracer's end of standard output, if that is not the terminal; may be nil
	direct                bool          // the command writes its output into a file of podtracer's
	over                  chan struct{} // closed when the command has written its last output
	attending             sync.WaitGroup
}

// openEnds makes the streams. Standard error is always a terminal: as the command's controlling terminal it sends SIGHUP when
// podtracer is gone, even to a command that has changed its user.
func openEnds(s Streams) (*ends, error) {
	e := &ends{over: make(chan struct{})}
	terminal, stderr, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("open a terminal for the tool: %w", err)
	}
	e.ours, e.stderr = append(e.ours, terminal), stderr
	if err := errors.Join(e.open(s, terminal), e.openStdin(s.Stdin)); err != nil {
		e.closeTools()
		for _, f := range e.ours {
			f.Close()
		}
		return nil, err
	}
	return e, nil
}

func (e *ends) open(s Streams, terminal *os.File) error {
	if s.Keys != nil {
		e.stdin, e.stdout = e.stderr, e.stderr
		e.copy(s.Stdout, terminal, 0)
		return resize(terminal, *s.Terminal)
	}
	if err := plain(e.stderr, s.Terminal); err != nil {
		return err
	}
	if s.Stderr == nil {
		e.stdout = e.stderr
		e.copy(s.Stdout, terminal, 0)
		return nil
	}
	e.copy(s.Stderr, terminal, 0)
	if direct, ok := s.Stdout.(Direct); ok && !confinesTools() {
		f, err := direct.File()
		if f != nil || err != nil {
			e.stdout, e.direct = f, f != nil
			return err
		}
	}
	out, stdout, room, err := stdoutEnds(s.Terminal)
	if err != nil {
		return err
	}
	e.ours, e.stdout, e.out = append(e.ours, out), stdout, out
	e.copy(s.Stdout, out, room)
	return nil
}

// openStdin gives the command its input: a file directly, anything else through a pipe.
func (e *ends) openStdin(from io.Reader) error {
	if from == nil || e.stdin != nil { // a whole terminal has its own input
		return nil
	}
	if f, ok := from.(*os.File); ok {
		e.stdin = f
		return nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("open a pipe for the tool: %w", err)
	}
	e.stdin, e.pipedIn = read, true
	go func() { // ends with from, or when the command reads no more
		_, _ = io.Copy(write, from) // a command need not read all its input
		write.Close()
	}()
	return nil
}

// stdoutEnds makes a pipe, or a terminal of that size; room is the size of the pipe in bytes, 0 for a terminal.
func stdoutEnds(size *Size) (ours, tools *os.File, room int, err error) {
	if size == nil {
		ours, tools, err = os.Pipe()
		if err != nil {
			return nil, nil, 0, fmt.Errorf("open a pipe for the tool: %w", err)
		}
		return ours, tools, pipe.Enlarge(ours, roomy), nil // so that bursts fit while the reader writes to the disk
	}
	ours, tools, err = openTerminal()
	if err != nil {
		return nil, nil, 0, fmt.Errorf("open a terminal for the tool: %w", err)
	}
	return ours, tools, 0, plain(tools, size)
}

// After a command has ended, the rest of its output is read until nothing comes for lastBytes, and in at most lastReads pieces,
// which is more than any pipe or terminal holds. If podtracer itself got no CPU time, a read may fail because its deadline has
// passed although output is there; therefore one more read gets lastLook.
const (
	lastBytes = time.Second
	lastLook  = 100 * time.Millisecond
	lastReads = 1000
)

// copy moves the command's output to a writer until its last process has closed its end, which the guard ensures; or until the
// command has ended and another process that inherited its end keeps that open. room is the size of the pipe in bytes, 0 for a
// terminal.
func (e *ends) copy(to io.Writer, from *os.File, room int) {
	e.copies.Go(func() {
		buffer := make([]byte, 256<<10)
		var rest pace
		late := false
		for reads := 0; reads < lastReads; {
			switch {
			case late:
				_ = from.SetReadDeadline(time.Now().Add(lastLook)) // a pipe and a terminal have deadlines, so it cannot fail
			case e.ended.Load():
				_ = from.SetReadDeadline(time.Now().Add(lastBytes)) // cannot fail
				reads++
			}
			n, err := from.Read(buffer)
			if n > 0 {
				_, _ = to.Write(buffer[:n]) // the writer keeps its error; the command must not block
			}
			if e.letGo.Load() { // a command that writes all the time would never be late
				return
			}
			if late = errors.Is(err, os.ErrDeadlineExceeded) && !late; late {
				continue
			}
			if err != nil { // io.EOF of a pipe, EIO of a terminal, or the deadline of the last look
				return
			}
			if room >= roomy {
				rest.after(n)
			}
		}
	})
}

// attend types keys into the command's terminal and resizes it, until the command has ended.
func (e *ends) attend(s Streams) {
	if s.Keys == nil {
		return
	}
	terminal := e.ours[0]
	e.attending.Go(func() { // ends with the command, and when its terminal is closed
		for {
			select {
			case <-e.over:
				return
			case keys := <-s.Keys:
				_, _ = terminal.Write(keys) // fails only if the command has ended
			case size := <-s.Sizes:
				_ = resize(terminal, size) // fails only if the command has ended
			}
		}
	})
}

// closeTools closes podtracer's copies of the command's ends.
func (e *ends) closeTools() {
	if e.stdout != nil && e.stdout != e.stderr {
		e.stdout.Close() // this may be a file that the command writes to
	}
	if e.pipedIn {
		e.stdin.Close()
	}
	e.stderr.Close()
}

// drain waits until all output has been copied, of a command that has ended, which over is told. over may be nil.
func (e *ends) drain(over func()) {
	e.ended.Store(true)
	if over != nil {
		over()
	}
	for _, f := range e.ours {
		_ = f.SetReadDeadline(time.Now().Add(lastBytes)) // a pipe and a terminal have deadlines, so it cannot fail
	}
	e.copies.Wait()
	close(e.over)
	for _, f := range e.ours {
		f.Close()
	}
	e.attending.Wait()
}
