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
	framesPerSecond = 40              // at most: a key shows within 25 ms plus the time to draw; speed.go lowers the rate on slow links
	lastFrame       = 2 * time.Second // how long a terminal has to take the last frame
)

// Display draws the console on the terminal: in raw mode, on the alternate screen.
//
// Bubble Tea's own renderer checks forty times a second whether there is something to draw, which costs more than everything
// else in a console at rest. Display waits for frames, and draws the first frame after a pause at once.
type Display struct {
	terminal *Terminal
	screen   *screen
	newest   frameOf      // the newest frame; only the event loop uses it
	frames   chan frameOf // holds the newest frame that has not been drawn

	mu       sync.Mutex
	giveBack func() // resets the terminal; nil while the console does not have it
	drawn    frameOf
	lines    []string // the lines on the terminal; nil if it shows something else
	mouse    bool     // the terminal reports the mouse
}

// frameOf is a screen, and the size of the terminal that it was made for.
type frameOf struct {
	screen string
	size   Size
}

// NewDisplay makes a display on a terminal. If r is not nil, it records what is shown.
func NewDisplay(t *Terminal, r *Recording) *Display {
	if r != nil {
		t.link.Set(Link{Recording: true})
	}
	return &Display{terminal: t, screen: &screen{terminal: t, recording: r}, frames: make(chan frameOf, 1)}
}

// What is written to the terminal when the console takes it, and when the console gives it back.
const (
	taking = ansi.SetModeAltScreenSaveCursor + ansi.EraseEntireScreen + ansi.CursorHomePosition + ansi.HideCursor + ansi.SetModeBracketedPaste
	giving = mouseOff + ansi.ResetModeBracketedPaste + ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor

	mouseOn  = ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr
	mouseOff = ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr
)

// Open takes the terminal and draws the newest frame.
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

// SetMouse says whether the terminal is to report the mouse.
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

// Show has a screen drawn soon, unless a newer one replaces it first. It never waits, and may be called from one goroutine only.
func (d *Display) Show(screen string, size Size) {
	f := frameOf{screen, size}
	if f == d.newest || size.Columns <= 0 || size.Rows <= 0 {
		return
	}
	d.newest = f
	select {
	case <-d.frames: // a newer frame replaces it
	default:
	}
	d.frames <- f // there is room, since nobody else sends
}

// run draws frames until ctx ends. It waits for a terminal that takes nothing.
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

// draw writes the lines that have changed, in a single write. The caller holds mu.
func (d *Display) draw(f frameOf) {
	if f.size != d.drawn.size { // a terminal reflows its lines on its own when it is resized
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
		// All text was made safe where it entered ui. This removes what was missed there, which may look odd but does nothing.
		line = Styled(line)
		out.WriteString(ansi.CursorPosition(1, i+1))
		out.WriteString(ansi.Truncate(line, f.size.Columns, ""))
		if ansi.StringWidth(line) < f.size.Columns { // in the last column, erasing would remove the last character
			out.WriteString(ansi.EraseLineRight)
		}
	}
	if len(lines) < f.size.Rows && len(d.lines) != len(lines) {
		out.WriteString(ansi.CursorPosition(1, len(lines)+1) + ansi.EraseScreenBelow)
	}
	d.lines = lines
	if out.Len() > 0 {
		_, _ = d.screen.Write([]byte(out.String() + ansi.CursorPosition(1, len(lines)))) // a terminal that is gone is noticed elsewhere
	}
}

// While runs a program and meanwhile draws what is shown, and reports the size of the terminal, now and whenever it changes;
// then it gives the terminal back. After ctx has ended, it does not wait for a terminal that takes nothing.
func (d *Display) While(ctx context.Context, sized func(Size), program func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- d.while(ctx, sized, program) }() // ends with ctx, unless the terminal takes nothing
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
	working.Go(func() { d.run(ctx) }) // these goroutines end with ctx
	working.Go(func() { Sizes(ctx, d.terminal.out, sized) })
	err := program()
	end()
	working.Wait()
	d.terminal.hush()
	return err
}
