package text

import (
	"slices"
	"sync"
	"time"
)

// unfinished are the lines that have begun but not ended, at most one of each writer.
type unfinished struct {
	mu      sync.Mutex
	lines   []openLine // in the order in which they began
	changes uint64
}

type openLine struct {
	of   *Writer
	line Line
}

// Unfinished returns the lines that have begun but not ended, such as a prompt or a progress display, as far as they have come and
// without numbers. State.Unfinished changes when they do.
func (l *Text) Unfinished() []Line {
	l.open.mu.Lock()
	defer l.open.mu.Unlock()
	var out []Line
	for _, o := range l.open.lines {
		out = append(out, o.line)
	}
	return out
}

// setOpen sets the text of a writer's unfinished line; an empty text removes the line.
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

// version changes whenever the unfinished lines change; 0 if there are none.
func (u *unfinished) version() uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.lines) == 0 {
		return 0
	}
	return u.changes
}

// tellOpen publishes changed unfinished lines if no line was added that would have published them.
func (l *Text) tellOpen() {
	for of := l; of != nil; of = of.set {
		if now, _ := of.state.Get(); now.Unfinished != of.open.version() {
			of.publish(func(*State) {})
		}
	}
}
