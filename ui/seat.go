package ui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/cells"
)

// seats are the places before tools that have a whole terminal. The person takes one and leaves it, and the tool goes on.
type seats struct {
	runs     Runs
	terminal *Terminal
	display  *display

	mu sync.Mutex
	of map[tools.RunID]*seat
}

// seat is a place before one tool. Only one person ever sits there, so that nothing in it needs a lock.
type seat struct {
	keys  chan []byte
	sizes chan launch.Size
	modes *modes
	seen  int64 // bytes of its output that the terminal, or modes, has got
	taken bool  // the person sat there before
}

func newSeats(runs Runs, t *Terminal, screen *display) *seats {
	return &seats{runs: runs, terminal: t, display: screen, of: map[tools.RunID]*seat{}}
}

// start starts a tool with a whole terminal.
func (s *seats) start(r tools.Request) tea.Msg {
	place := &seat{keys: make(chan []byte), sizes: make(chan launch.Size), modes: newModes()}
	size := s.terminal.size()
	r.Text, r.Terminal, r.Keys, r.Sizes = false, &size, place.keys, place.sizes
	s.mu.Lock() // until the run has its seat
	defer s.mu.Unlock()
	id, err := s.runs.Start(r)
	if err == nil {
		s.of[id] = place
	}
	return startedMsg{id: id, whole: true, err: err}
}

// visit is what Bubble Tea leaves the terminal to, until it returns.
type visit func() error

// Run has the terminal.
func (v visit) Run() error { return v() }

// SetStdin is told what is known already.
func (visit) SetStdin(io.Reader) {}

// SetStdout is told what is known already.
func (visit) SetStdout(io.Writer) {}

// SetStderr is told what is known already.
func (visit) SetStderr(io.Writer) {}

// sit takes the person to a tool, until it ends, ctrl+] is typed, or ctx ends.
func (s *seats) sit(ctx context.Context, id tools.RunID) tea.Cmd {
	visiting := func() error {
		return s.display.without(func() error { return s.visit(ctx, id) })
	}
	return tea.Exec(visit(visiting), func(err error) tea.Msg { return backMsg{time.Now(), err} })
}

func (s *seats) visit(ctx context.Context, id tools.RunID) error {
	s.mu.Lock()
	place := s.of[id]
	s.mu.Unlock()
	list, _, err := s.runs.Next(ctx, 0) // which is there at once
	at := slices.IndexFunc(list, func(r tools.State) bool { return r.ID == id })
	if err != nil || place == nil || at < 0 {
		return err
	}
	again := place.taken
	place.taken = true
	t := s.terminal
	reader, err := cancelreader.NewReader(t)
	if err != nil {
		return fmt.Errorf("read the terminal: %w", err)
	}
	defer reader.Close()
	before, err := term.MakeRaw(t.Fd())
	if err != nil {
		return fmt.Errorf("set up the terminal: %w", err)
	}
	defer func() { _ = term.Restore(t.Fd(), before) }() // a terminal that is gone needs nothing
	screen := t.lend(place.modes)
	defer screen.takeBack()
	ctx, leave := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { place.read(ctx, reader, leave) }) // these end with ctx, and with the reader
	working.Go(func() { place.resize(ctx, t, again) })
	err = place.look(ctx, s.runs, list[at], screen, again)
	left := ctx.Err() != nil
	leave()
	reader.Cancel()
	working.Wait()
	if left { // by a key, or because podtracer ends
		return nil
	}
	return err
}

// look shows what the tool draws. What came while nobody looked is not drawn any more: it may ask the terminal things.
func (s *seat) look(ctx context.Context, runs Runs, r tools.State, screen *lent, again bool) error {
	const most = 8 << 20 // that is looked through for what the tool did to the terminal
	missed := int64(0)
	if again {
		s.seen = max(s.seen, r.Bytes-most)
		missed = r.Bytes - s.seen
	} else {
		greeting := cells.Clean(r.Tool()) + " in " + cells.Clean(r.Pod.String()) + ": its end returns to podtracer, ctrl+] too (it goes on)\r\n"
		if _, err := io.WriteString(screen, greeting); err != nil {
			return err
		}
	}
	if missed <= 0 && again {
		screen.again()
	}
	return runs.Attach(ctx, r.ID, s.seen, writerFunc(func(p []byte) (int, error) {
		all := len(p)
		if n := min(int64(len(p)), missed); n > 0 {
			screen.skip(p[:n])
			p, missed = p[n:], missed-n
			if missed == 0 {
				screen.again()
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

// leaving are the ways in which a terminal may tell ctrl+]: as telnet knows it, and as keyboards do that tell more.
var leaving = [][]byte{{0x1d}, []byte("\x1b[93;5u"), []byte("\x1b[27;5;93~")}

// read types what the person types, until ctx ends or ctrl+] is among it.
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

// resize gives the tool the size of the terminal, now and whenever it changes. A tool to which the person comes back is
// given another one before: then it draws all of its screen.
func (s *seat) resize(ctx context.Context, t *Terminal, again bool) {
	const drawn = 100 * time.Millisecond
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	defer signal.Stop(changed)
	give := func(size launch.Size) {
		select {
		case s.sizes <- size:
		case <-ctx.Done():
		}
	}
	if now := t.size(); again {
		give(launch.Size{Columns: now.Columns, Rows: max(1, now.Rows-1)})
		pause.For(ctx, drawn)
	}
	for {
		give(t.size())
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// size is that of the terminal; through kubectl exec it comes late.
func (t *Terminal) size() launch.Size {
	columns, rows, err := term.GetSize(t.out.Fd())
	if err != nil || columns <= 0 || rows <= 0 {
		return launch.Size{Columns: 80, Rows: 24}
	}
	return launch.Size{Columns: columns, Rows: rows}
}
