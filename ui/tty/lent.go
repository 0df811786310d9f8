package tty

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// Lent is the terminal while a tool has it: what the tool writes goes to it byte for byte, what is typed goes to the tool.
// A sign of life is asked for all the same, between two sequences of the tool's, and the answer is kept from it: neither
// side sees any of it. What the tool asks for itself is answered to the tool.
type Lent struct {
	*Keys    // what is typed for the tool
	terminal *Terminal
	modes    *Modes

	writing sync.Mutex // held while something is written

	// Guarded by the terminal's mu.
	askers []bool // whose answers are to come, in their order: true is ours
	held   []byte // the beginning of what may be an answer
	stuck  bool   // the terminal was found to take nothing when it was to be asked
}

// Lend gives the terminal to a tool that has left it in these modes, until it is taken back.
//
// Errors: those of the terminal.
func (t *Terminal) Lend(m *Modes) (*Lent, error) {
	keys, err := t.Keys()
	if err != nil {
		return nil, err
	}
	l := t.lend(m)
	l.Keys = keys
	return l, nil
}

func (t *Terminal) lend(m *Modes) *Lent {
	l := &Lent{terminal: t, modes: m}
	m.asked = func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		l.askers = append(l.askers, false)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	l.askers = slices.Repeat([]bool{true}, t.owed)
	t.lent, t.asked = l, time.Time{}
	return l
}

// TakeBack ends the lending, and sets the terminal back. Nobody may be reading: Cancel ends that.
func (l *Lent) TakeBack() {
	l.takeBack()
	_ = l.Close() // only what is typed was read
}

func (l *Lent) takeBack() {
	t := l.terminal
	l.writing.Lock()
	defer l.writing.Unlock()
	l.modes.asked = nil
	_, _ = t.out.WriteString(l.modes.usual()) // a terminal that is gone needs nothing
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lent = nil
}

// Write writes what comes from the tool.
func (l *Lent) Write(p []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.modes.follow(p)
	n, err := l.terminal.out.Write(p)
	l.moved()
	return n, err
}

// Skip takes note of what is not to be written any more.
func (l *Lent) Skip(p []byte) {
	l.writing.Lock()
	defer l.writing.Unlock()
	asked := l.modes.asked
	l.modes.asked = nil
	l.modes.follow(p)
	l.modes.asked = asked
}

// Again sets the terminal as the tool had it.
func (l *Lent) Again() {
	l.writing.Lock()
	defer l.writing.Unlock()
	_, _ = l.terminal.out.WriteString(l.modes.again()) // if the terminal is gone, the next write says so
}

// moved notes that the terminal takes what it gets.
func (l *Lent) moved() {
	t := l.terminal
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.stuck {
		l.stuck, t.asked = false, time.Time{}
	}
}

// ask asks for a sign of life, unless the tool is in the middle of a sequence: then it is asked another time. A terminal that
// takes nothing cannot be asked; it, too, has some time to show that it is there.
func (l *Lent) ask(now time.Time) {
	t := l.terminal
	free := l.writing.TryLock()
	if free {
		defer l.writing.Unlock()
	}
	if free && !l.modes.between() {
		return
	}
	t.mu.Lock()
	if t.asked.IsZero() {
		t.asked = now
	}
	l.stuck = !free
	if free {
		l.askers = append(l.askers, true)
	}
	t.mu.Unlock()
	if free {
		// Whatever state the tool has left the terminal in, ST ends it.
		_, _ = t.out.Write(append([]byte("\x1b\\"), question...))
	}
}

// filter takes the answers to our questions out of what was typed. The terminal's mu is held.
func (l *Lent) filter(typed []byte) []byte {
	input := append(l.held, typed...)
	l.held = nil
	var out []byte
	for len(l.askers) > 0 {
		before, after, found := bytes.Cut(input, answer)
		if !found {
			break
		}
		out = append(out, before...)
		if l.askers[0] {
			l.terminal.answered = true
			l.terminal.measure()
		} else {
			out = append(out, answer...)
		}
		l.askers, input = l.askers[1:], after
	}
	if len(l.askers) > 0 {
		for _, begun := range [][]byte{answer[:3], answer[:2]} { // not ESC alone: that is a key
			if rest, ok := bytes.CutSuffix(input, begun); ok {
				input, l.held = rest, bytes.Clone(begun)
				break
			}
		}
	}
	return append(out, input...)
}
