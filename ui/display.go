package ui

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"github.com/fennec-project/podtracer/internal/pause"
)

// display is the terminal while the console has it: raw, on its other screen, with the newest frame on it.
//
// Bubble Tea's own renderer looks forty times a second whether there is something to draw, which is more than all else that
// a console at rest does. This one waits for frames, and draws the first after a pause at once.
type display struct {
	terminal *Terminal
	screen   *Screen
	newest   frameOf      // that was shown; only the event loop knows it
	frames   chan frameOf // holds the newest one that was not drawn

	mu     sync.Mutex
	before *term.State // of the terminal; nil while the console does not have it
	drawn  frameOf
	lines  []string // of what was drawn; nil if the terminal shows something else
	mouse  bool     // the terminal tells of it
}

// frameOf is a screen and the size of the terminal that it is for, in cells.
type frameOf struct {
	screen        string
	width, height int
}

func newDisplay(t *Terminal, s *Screen) *display {
	return &display{terminal: t, screen: s, frames: make(chan frameOf, 1)}
}

// What the terminal is told when the console gets it, and when it gives it back.
const (
	taking = ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen + ansi.CursorHomePosition + ansi.HideCursor + ansi.SetModeBracketedPaste
	giving = mouseOff + ansi.ResetModeBracketedPaste + ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor

	mouseOn  = ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr
	mouseOff = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr
)

// open takes the terminal, with what was drawn last on it.
//
// Errors: those of the terminal.
func (d *display) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	before, err := term.MakeRaw(d.terminal.Fd())
	if err != nil {
		return fmt.Errorf("set up the terminal: %w", err)
	}
	d.before = before
	sequence := taking
	if d.mouse {
		sequence += mouseOn
	}
	d.screen.tell(sequence)
	d.draw(d.drawn)
	return nil
}

// close gives the terminal back as it was. It may be called more than once.
func (d *display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.before == nil {
		return
	}
	d.screen.tell(giving)
	_ = term.Restore(d.terminal.Fd(), d.before) // a terminal that is gone needs nothing
	d.before, d.lines = nil, nil
}

// without runs f while the console does not have the terminal.
func (d *display) without(f func() error) error {
	d.close()
	err := f()
	if open := d.open(); err == nil {
		err = open
	}
	return err
}

// setMouse says whether the terminal tells of the mouse.
func (d *display) setMouse(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sequence := mouseOff
	if on {
		sequence = mouseOn
	}
	if d.mouse = on; d.before != nil {
		d.screen.tell(sequence)
	}
}

// show has a frame drawn soon, unless a newer one comes before. It never waits; it is for one goroutine.
func (d *display) show(f frameOf) {
	if f == d.newest || f.width <= 0 || f.height <= 0 {
		return
	}
	d.newest = f
	select {
	case <-d.frames: // nobody will see it
	default:
	}
	d.frames <- f // there is room: nobody else sends
}

// run draws what is shown, until ctx ends. A terminal that takes nothing holds it up.
func (d *display) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-d.frames:
			d.mu.Lock()
			d.draw(f)
			d.mu.Unlock()
		}
		pause.For(ctx, time.Second/framesPerSecond)
	}
}

// draw writes the lines that have changed, in one write. The caller holds mu.
func (d *display) draw(f frameOf) {
	if f.width != d.drawn.width || f.height != d.drawn.height { // what a terminal makes of its lines then is its own
		d.lines = nil
	}
	d.drawn = f
	if d.before == nil || f.screen == "" {
		return
	}
	lines := strings.Split(f.screen, "\n")
	lines = lines[:min(len(lines), f.height)]
	var out strings.Builder
	for i, line := range lines {
		if i < len(d.lines) && d.lines[i] == line {
			continue
		}
		// All text in it was made safe when it came. This is for what was forgotten, which may look odd but does nothing.
		line = (&sieve{lets: isStyle}).pass(line)
		out.WriteString(ansi.CursorPosition(1, i+1))
		out.WriteString(ansi.Truncate(line, f.width, ""))
		if ansi.StringWidth(line) < f.width { // in the last column it would erase what is there
			out.WriteString(ansi.EraseLineRight)
		}
	}
	if len(lines) < f.height && len(d.lines) != len(lines) {
		out.WriteString(ansi.CursorPosition(1, len(lines)+1) + ansi.EraseScreenBelow)
	}
	d.lines = lines
	if out.Len() > 0 {
		_, _ = d.screen.Write([]byte(out.String() + ansi.CursorPosition(1, len(lines)))) // one that is gone is noticed elsewhere
	}
}

// resizes tells the size of the terminal, now and whenever it changes, until ctx ends. One that has none yet, as at first
// through kubectl exec, is not told.
func (d *display) resizes(ctx context.Context, tell func(tea.Msg)) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	defer signal.Stop(changed)
	for {
		if width, height, err := term.GetSize(d.screen.Fd()); err == nil && width > 0 && height > 0 {
			tell(tea.WindowSizeMsg{Width: width, Height: height})
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// while draws what a program shows, until it ends, and then gives the terminal back.
func (d *display) while(ctx context.Context, program *tea.Program) error {
	defer d.close()
	ctx, end := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { d.run(ctx) }) // these end with ctx
	working.Go(func() { d.resizes(ctx, program.Send) })
	_, err := program.Run()
	end()
	working.Wait()
	d.terminal.hush()
	return err
}

// displayed is the model as Bubble Tea has it: what it draws goes to the display.
type displayed struct {
	*model
	display *display
}

// Update lets the model take the message, at the time it is now.
func (d displayed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	d.now = time.Now()
	_, cmd := d.model.Update(msg)
	return d, cmd
}

// View shows the screen; there is nothing left for Bubble Tea to draw.
func (d displayed) View() string {
	d.display.show(frameOf{d.model.View(), d.width, d.height})
	return ""
}
