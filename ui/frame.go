package ui

import (
	"fmt"
	"runtime/debug"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/tty"
)

// frame decides when the screen is drawn again. At rest it is not: a message that changes nothing costs no drawing and not a byte
// to the terminal. Over a slow link there are few frames, each after the terminal has taken the one before.
type frame struct {
	last    string
	hold    bool      // the last drawing is shown for this message
	at      time.Time // the time of the last frame, as ticks tell it
	closed  bool      // over a slow link: it is too early for another frame
	waiting bool      // something has changed since the last frame
	hurried bool      // a key had its early frame; each frame allows one
}

type (
	tickMsg struct {
		now time.Time
	}
	crashMsg struct{ *crash } // a command has panicked
)

// unhurried is how old a time on the screen may become while nothing else changes.
const unhurried = 10 * time.Second

// Update lets receive decide what a message means, and then whether the screen is drawn for it. A panic ends the console
// as a key would: the terminal is restored, and Run says what happened.
func (m *model) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			m.crash = newCrash(r)
			cmd = tea.Quit
		}
	}()
	m.frame.hold = false
	switch msg := msg.(type) {
	case crashMsg:
		m.crash = msg.crash
		return m, tea.Quit
	case frameMsg:
		return m, m.nextFrame()
	case tickMsg:
		_, cmd := m.receive(msg)
		if m.frame.hold = !m.ticks(); m.frame.hold {
			return m, guarded(cmd)
		}
		return m, tea.Batch(guarded(cmd), m.gate(msg))
	}
	_, cmd = m.receive(msg)
	return m, joined(guarded(cmd), m.gate(msg))
}

// joined is two commands, or the only one.
func joined(a, b tea.Cmd) tea.Cmd {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	default:
		return tea.Batch(a, b)
	}
}

// View is the screen, or the previous one if nothing is to be drawn.
func (m *model) View() (screen string) {
	if m.crash != nil || m.frame.hold && m.frame.last != "" {
		return m.frame.last
	}
	defer func() {
		if r := recover(); r != nil { // View cannot report it; the next message can
			m.crash = newCrash(r)
			screen = m.frame.last
			m.commands.quit()
		}
	}()
	screen = m.draw()
	if m.deps.Look.ASCII {
		screen = cells.ASCII(screen)
	}
	m.frame.last = screen
	return screen
}

// gate holds the screen back over a slow link, until the next frame is due. One key per frame does not wait.
func (m *model) gate(msg tea.Msg) tea.Cmd {
	if !m.link.Slow() {
		return nil
	}
	_, key := msg.(tea.KeyMsg)
	switch {
	case !m.frame.closed:
		m.frame.closed = true
		return m.commands.frame(m.link.Frames)
	case key && !m.frame.hurried:
		m.frame.hurried = true
	default:
		m.frame.hold, m.frame.waiting = true, true
	}
	return nil
}

// nextFrame opens the gate, and shows what has changed while it was closed.
func (m *model) nextFrame() tea.Cmd {
	m.frame.hold, m.frame.closed, m.frame.hurried = !m.frame.waiting, m.frame.waiting, false
	if !m.frame.waiting {
		return nil
	}
	m.frame.waiting = false
	return m.commands.frame(m.link.Frames)
}

// ticks says whether the screen changes with time alone: every second while the age of a pod is shown in seconds, else rarely.
func (m *model) ticks() bool {
	since := m.now.Sub(m.frame.at)
	if since.Abs() < unhurried && !m.agesInSeconds() {
		return false
	}
	m.frame.at = m.now
	return true
}

// tickAfter is how long until the next tick: each one wakes the console.
func (m *model) tickAfter() time.Duration {
	if m.width == 0 || m.agesInSeconds() { // a terminal that never says its size gets one after the first
		return second
	}
	return unhurried / 2
}

// agesInSeconds says whether the age of a visible pod is shown in seconds.
func (m *model) agesInSeconds() bool {
	return m.screen == home && m.pods.Youngest(m.now) < 2*time.Minute
}

// crash is a panic of the console.
type crash struct {
	reason string
	stack  string
}

func newCrash(reason any) *crash { return &crash{fmt.Sprint(reason), string(debug.Stack())} }

func (c *crash) Error() string { return "panic: " + c.reason + "\n" + c.stack }

// guarded turns a panic in a command into a message. Bubble Tea would print it on the screen that is about to vanish.
func guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = crashMsg{newCrash(r)}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i, c := range batch {
				batch[i] = guarded(c)
			}
		}
		return msg
	}
}

// displayed is the model as Bubble Tea has it: what it draws goes to the display.
type displayed struct {
	*model
	display *tty.Display
}

// Update lets the model take the message, at the time it is now.
func (d displayed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	d.now = time.Now()
	_, cmd := d.model.Update(msg)
	return d, cmd
}

// View shows the screen; there is nothing left for Bubble Tea to draw.
func (d displayed) View() string {
	d.display.Show(d.model.View(), tty.Size{Columns: d.width, Rows: d.height})
	return ""
}
