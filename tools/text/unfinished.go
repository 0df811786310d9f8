package text

import (
	"slices"
	"sync"
	"time"
)

// unfinished are the lines that have begun and have no end yet, one of each writer at most.
type unfinished struct {
	mu      sync.Mutex
	lines   []openLine // in the order in which they began
	changes uint64
}

type openLine struct {
	of   *Writer
	line Line
}

// Unfinished are the lines that have begun and have no end yet, such as a prompt, or progress that is told: as they stand, without a
// number. State.Unfinished changes when they do.
func (l *Text) Unfinished() []Line {
	l.open.mu.Lock()
	defer l.open.mu.Unlock()
	var out []Line
	for _, o := range l.open.lines {
		out = append(out, o.line)
	}
	return out
}

// setOpen says what stands in the line of a writer that has no end; nothing if there is none.
func (l *Text) setOpen(of *Writer, text []byte) {
	line := Line{Text: Line{Text: string(text)}.Shown(), Time: time.Now(), Run: l.run, Note: of.note}
	l.open.set(of, line)
	if l.set != nil {
		l.set.open.set(of, line)
	}
}

func (u *unfinished) set(of *Writer, line Line) {
	u.mu.Lock()
	defer u.mu.Unlock()
	at := slices.IndexFunc(u.lines, func(o openLine) bool { return o.of == of })
	switch {
	case at < 0 && line.Text == "", at >= 0 && u.lines[at].line.Text == line.Text:
		return
	case at < 0:
		u.lines = append(u.lines, openLine{of, line})
	case line.Text == "":
		u.lines = slices.Delete(u.lines, at, at+1)
	default:
		u.lines[at].line = line
	}
	u.changes++
}

// version differs from that before when they have changed; 0 if there is none.
func (u *unfinished) version() uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.lines) == 0 {
		return 0
	}
	return u.changes
}

// tellOpen lets others see what has no end, where no line was added with which they would.
func (l *Text) tellOpen() {
	for of := l; of != nil; of = of.set {
		if now, _ := of.state.Get(); now.Unfinished != of.open.version() {
			of.publish(func(*State) {})
		}
	}
}
