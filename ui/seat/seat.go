// Package seat is the places in front of tools that have a whole terminal: a person who takes a seat sees what the tool draws and
// types into it, and a person who leaves finds the tool still running. Its door is Seats.
package seat

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/tty"
)

// runner starts tools, and reads what they wrote.
type runner interface {
	Start(tools.Request) (tools.RunID, error)
	Next(ctx context.Context, seen uint64) (tools.List, uint64, error)
	Attach(ctx context.Context, id tools.RunID, from int64, w io.Writer) error
}

// Seats are the places in front of tools that have a whole terminal. When the person leaves one, its tool goes on running.
type Seats struct {
	runs     runner
	terminal *tty.Terminal
	display  *tty.Display

	mu sync.Mutex
	of map[tools.RunID]*seat
}

// seat is a place in front of one tool. There is only one person, so nothing in it needs a lock.
type seat struct {
	keys  chan []byte
	sizes chan launch.Size
	modes *tty.Modes
	seen  int64 // how many bytes of its output the terminal, or modes, has got
	taken bool  // the person has sat there before
}

// New makes seats in front of the tools of runs, for the person at a terminal.
func New(runs runner, t *tty.Terminal, screen *tty.Display) *Seats {
	return &Seats{runs: runs, terminal: t, display: screen, of: map[tools.RunID]*seat{}}
}

// Start starts a tool with a whole terminal.
func (s *Seats) Start(r tools.Request) (tools.RunID, error) {
	place := &seat{keys: make(chan []byte), sizes: make(chan launch.Size), modes: tty.NewModes()}
	size := launch.Size(s.terminal.Size())
	r.Text, r.Terminal, r.Keys, r.Sizes = false, &size, place.keys, place.sizes
	s.mu.Lock() // until the run has its seat
	defer s.mu.Unlock()
	id, err := s.runs.Start(r)
	if err == nil {
		s.of[id] = place
	}
	return id, err
}

// visit has the terminal from Bubble Tea until it returns.
type visit func() error

// Run uses the terminal.
func (v visit) Run() error { return v() }

// SetStdin does nothing: the terminal is known already.
func (visit) SetStdin(io.Reader) {}

// SetStdout does nothing: the terminal is known already.
func (visit) SetStdout(io.Writer) {}

// SetStderr does nothing: the terminal is known already.
func (visit) SetStderr(io.Writer) {}

// Sit takes the person to a tool, until the tool ends, ctrl+] is typed, or ctx ends. back turns the result into the message.
func (s *Seats) Sit(ctx context.Context, id tools.RunID, back func(error) tea.Msg) tea.Cmd {
	visiting := func() error {
		return s.display.Without(func() error { return s.visit(ctx, id) })
	}
	return tea.Exec(visit(visiting), back)
}

func (s *Seats) visit(ctx context.Context, id tools.RunID) error {
	s.mu.Lock()
	place := s.of[id]
	s.mu.Unlock()
	list, _, err := s.runs.Next(ctx, 0) // which exists at once
	at := slices.IndexFunc(list, func(r tools.State) bool { return r.ID == id })
	if err != nil || place == nil || at < 0 {
		return err
	}
	again := place.taken
	place.taken = true
	lent, err := s.terminal.Lend(place.modes)
	if err != nil {
		return err
	}
	defer lent.TakeBack()
	ctx, leave := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { place.read(ctx, lent, leave) }) // these end with ctx, and with the reader
	working.Go(func() { place.resize(ctx, s.terminal, again) })
	err = place.look(ctx, s.runs, list[at], lent, again)
	left := ctx.Err() != nil
	leave()
	lent.Cancel()
	working.Wait()
	if left { // by a key, or because podtracer ends
		return nil
	}
	return err
}

// look shows what the tool draws. Output that came while nobody looked is not drawn later: it may ask the terminal things.
func (s *seat) look(ctx context.Context, runs runner, r tools.State, screen *tty.Lent, again bool) error {
	const most = 8 << 20 // that is looked through for what the tool did to the terminal
	missed := int64(0)
	if again {
		s.seen = max(s.seen, r.Bytes-most)
		missed = r.Bytes - s.seen
	} else {
		greeting := cells.Clean(r.Tool()) + " in " + cells.Clean(r.Pod.String()) + ": when it ends you are back in podtracer; ctrl+] comes back and leaves it running\r\n"
		if _, err := io.WriteString(screen, greeting); err != nil {
			return err
		}
	}
	if missed <= 0 && again {
		screen.Again()
	}
	return runs.Attach(ctx, r.ID, s.seen, writerFunc(func(p []byte) (int, error) {
		all := len(p)
		if n := min(int64(len(p)), missed); n > 0 {
			screen.Skip(p[:n])
			p, missed = p[n:], missed-n
			if missed == 0 {
				screen.Again()
			}
		}
		s.seen += int64(all)
		if len(p) == 0 {
			return all, nil
		}
		_, err := screen.Write(p)
		return all, err
	}))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// leaving are the bytes that a terminal may send for ctrl+]: as telnet knows it, and with the protocols of newer keyboards.
var leaving = [][]byte{{0x1d}, []byte("\x1b[93;5u"), []byte("\x1b[27;5;93~")}

// read passes on what the person types, until ctx ends or ctrl+] is typed.
func (s *seat) read(ctx context.Context, from io.Reader, leave func()) {
	defer leave()
	for {
		buffer := make([]byte, 4096)
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		typed, left := buffer[:n], false
		for _, way := range leaving {
			if at := bytes.Index(typed, way); at >= 0 {
				typed, left = typed[:at], true
			}
		}
		if len(typed) > 0 {
			select {
			case s.keys <- typed:
			case <-ctx.Done():
				return
			}
		}
		if left {
			return
		}
	}
}

// resize gives the tool the size of the terminal, now and whenever it changes. A tool to which the person comes back first gets
// another size: then it draws its whole screen.
func (s *seat) resize(ctx context.Context, t *tty.Terminal, again bool) {
	const drawn = 100 * time.Millisecond
	give := func(size tty.Size) {
		select {
		case s.sizes <- launch.Size(size):
		case <-ctx.Done():
		}
	}
	if size := t.Size(); again {
		give(tty.Size{Columns: size.Columns, Rows: max(1, size.Rows-1)})
		pause.For(ctx, drawn)
		give(size)
	}
	t.Sizes(ctx, give)
}
