package tty

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/fennec-project/podtracer/internal/pause"
)

const (
	framesPerSecond = 40              // at most: a key is on the screen within 25 ms and what it takes to draw; speed.go has fewer for slow links
	lastFrame       = 2 * time.Second // how long a terminal gets to take the last of the screen
)

// Display is the terminal while the console has it: raw, on its other screen, with the newest frame on it.
//
// Bubble Tea's own renderer looks forty times a second whether there is something to draw, which is more than all else that
// a console at rest does. This one waits for frames, and draws the first after a pause at once.
type Display struct {
	terminal *Terminal
	screen   *screen
	newest   frameOf      // that was shown; only the event loop knows it
	frames   chan frameOf // holds the newest one that was not drawn

	mu       sync.Mutex
	giveBack func() // sets the terminal back; nil while the console does not have it
	drawn    frameOf
	lines    []string // of what was drawn; nil if the terminal shows something else
	mouse    bool     // the terminal tells of it
}

// frameOf is a screen and the size of the terminal that it is for.
type frameOf struct {
	screen string
	size   Size
}

// NewDisplay makes a display on a terminal. What it shows is recorded, if there is a recording.
func NewDisplay(t *Terminal, r *Recording) *Display {
	if r != nil {
		t.link.Set(Link{Recording: true})
	}
	return &Display{terminal: t, screen: &screen{terminal: t, recording: r}, frames: make(chan frameOf, 1)}
}

// What the terminal is told when the console gets it, and when it gives it back.
const (
	taking = ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen + ansi.CursorHomePosition + ansi.HideCursor + ansi.SetModeBracketedPaste
	giving = mouseOff + ansi.ResetModeBracketedPaste + ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor

	mouseOn  = ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr
	mouseOff = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr
)

// Open takes the terminal, and draws the newest screen on it.
//
// Errors: those of the terminal.
func (d *Display) Open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	giveBack, err := makeRaw(d.terminal)
	if err != nil {
		return err
	}
	noSequences, err := takeSequences(d.terminal.out)
	if err != nil {
		giveBack()
		return err
	}
	d.giveBack = func() { noSequences(); giveBack() }
	sequence := taking
	if d.mouse {
		sequence += mouseOn
	}
	d.screen.tell(sequence)
	newest := d.drawn
	select {
	case newest = <-d.frames:
	default:
	}
	d.draw(newest)
	return nil
}

// close gives the terminal back as it was. It may be called more than once.
func (d *Display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.giveBack == nil {
		return
	}
	d.screen.tell(giving)
	d.giveBack()
	d.giveBack, d.lines = nil, nil
}

// Without runs f while the console does not have the terminal.
func (d *Display) Without(f func() error) error {
	d.close()
	err := f()
	if again := d.Open(); err == nil {
		err = again
	}
	return err
}

// SetMouse says whether the terminal tells of the mouse.
func (d *Display) SetMouse(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sequence := mouseOff
	if on {
		sequence = mouseOn
	}
	if d.mouse = on; d.giveBack != nil {
		d.screen.tell(sequence)
	}
}

// Show has a screen drawn soon, on a terminal of this size, unless a newer one comes before. It never waits; it is for one
// goroutine.
func (d *Display) Show(screen string, size Size) {
	f := frameOf{screen, size}
	if f == d.newest || size.Columns <= 0 || size.Rows <= 0 {
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
func (d *Display) run(ctx context.Context) {
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
func (d *Display) draw(f frameOf) {
	if f.size != d.drawn.size { // what a terminal makes of its lines then is its own
		d.lines = nil
	}
	d.drawn = f
	if d.giveBack == nil || f.screen == "" {
		return
	}
	lines := strings.Split(f.screen, "\n")
	lines = lines[:min(len(lines), f.size.Rows)]
	var out strings.Builder
	for i, line := range lines {
		if i < len(d.lines) && d.lines[i] == line {
			continue
		}
		// All text in it was made safe when it came. This is for what was forgotten, which may look odd but does nothing.
		line = Styled(line)
		out.WriteString(ansi.CursorPosition(1, i+1))
		out.WriteString(ansi.Truncate(line, f.size.Columns, ""))
		if ansi.StringWidth(line) < f.size.Columns { // in the last column it would erase what is there
			out.WriteString(ansi.EraseLineRight)
		}
	}
	if len(lines) < f.size.Rows && len(d.lines) != len(lines) {
		out.WriteString(ansi.CursorPosition(1, len(lines)+1) + ansi.EraseScreenBelow)
	}
	d.lines = lines
	if out.Len() > 0 {
		_, _ = d.screen.Write([]byte(out.String() + ansi.CursorPosition(1, len(lines)))) // one that is gone is noticed elsewhere
	}
}

// While draws what is shown while a program runs, and tells it the size of the terminal, now and whenever it changes; then it gives
// the terminal back. When ctx has ended, a terminal that takes nothing is not waited for.
func (d *Display) While(ctx context.Context, sized func(Size), program func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- d.while(ctx, sized, program) }() // ends with ctx, unless the terminal takes nothing any more
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(lastFrame):
		return nil
	}
}

func (d *Display) while(ctx context.Context, sized func(Size), program func() error) error {
	defer d.close()
	ctx, end := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { d.run(ctx) }) // these end with ctx
	working.Go(func() { Sizes(ctx, d.terminal.out, sized) })
	err := program()
	end()
	working.Wait()
	d.terminal.hush()
	return err
}
