package tty

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// Lent is the terminal while a tool has it: the tool's output goes to the terminal byte for byte, and what is typed goes to the
// tool. podtracer still asks the terminal for a sign of life, between two sequences of the tool, and keeps the answer from the
// tool. Answers to the tool's own questions go to the tool.
type Lent struct {
	*Keys    // what is typed for the tool
	terminal *Terminal
	modes    *Modes

	writing sync.Mutex // held during each write

	// The terminal's mu guards these fields.
	askers []bool // who asked the questions that are unanswered, in their order: true is podtracer
	held   []byte // the beginning of a possible answer
	stuck  bool   // the terminal took nothing when it was to be asked
}

// Lend gives the terminal to a tool that has left it in these modes, until TakeBack.
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

// TakeBack ends the loan and resets the terminal. Nobody may be reading at that time: Cancel ends a read.
func (l *Lent) TakeBack() {
	l.takeBack()
	_ = l.Close() // only input was read, so there is nothing to lose
}

func (l *Lent) takeBack() {
	t := l.terminal
	l.writing.Lock()
	defer l.writing.Unlock()
	l.modes.asked = nil
	_, _ = t.out.WriteString(l.modes.usual()) // a terminal that is gone needs no reset
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lent = nil
}

// Write writes the tool's output.
func (l *Lent) Write(p []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.modes.follow(p)
	n, err := l.terminal.out.Write(p)
	l.moved()
	return n, err
}

// Skip notes output that is not written any more.
func (l *Lent) Skip(p []byte) {
	l.writing.Lock()
	defer l.writing.Unlock()
	asked := l.modes.asked
	l.modes.asked = nil
	l.modes.follow(p)
	l.modes.asked = asked
}

// Again puts the terminal back into the modes that the tool had set.
func (l *Lent) Again() {
	l.writing.Lock()
	defer l.writing.Unlock()
	_, _ = l.terminal.out.WriteString(l.modes.again()) // if the terminal is gone, the next write reports it
}

// moved notes that the terminal takes what is written.
func (l *Lent) moved() {
	t := l.terminal
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.stuck {
		l.stuck, t.asked = false, time.Time{}
	}
}

// ask asks for a sign of life, unless the tool is in the middle of a sequence, in which case it asks later. A terminal that
// takes nothing cannot be asked, and has some time to recover.
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
		// ST ends whatever sequence the tool has left unfinished.
		_, _ = t.out.Write(append([]byte("\x1b\\"), question...))
	}
}

// filter removes the answers to podtracer's own questions from what was typed. The caller holds the terminal's mu.
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
