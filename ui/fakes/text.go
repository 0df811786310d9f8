package fakes

import (
	"context"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
)

// Text is a text in memory. A step of a search looks at ten lines.
type Text struct {
	All     []text.Line // numbered from 1 on, including lines that are not kept any more
	First   uint64      // the first line that is kept; 0: all are
	Open    []text.Line // lines that have no end yet
	changes uint64      // how often Open has changed
	Ended   bool
	Err     error // returned to whoever reads lines
	Waiting int   // how often somebody asked for news when there was none
}

// Add appends lines, and numbers them.
func (t *Text) Add(lines ...text.Line) {
	for _, l := range lines {
		l.Number = uint64(len(t.All) + 1)
		t.All = append(t.All, l)
	}
}

// Begins sets the line that has no end yet; a line without text removes it.
func (t *Text) Begins(l text.Line) {
	t.changes++
	if t.Open = nil; l.Text != "" {
		t.Open = []text.Line{l}
	}
}

func (t *Text) Unfinished(tools.TextID) ([]text.Line, error) { return t.Open, nil }

// State is the range of lines that the text has now.
func (t *Text) State() text.State {
	if len(t.All) == 0 {
		return text.State{Unfinished: t.changes, Ended: t.Ended}
	}
	return text.State{First: max(t.First, 1), Last: uint64(len(t.All)), Unfinished: t.changes, Ended: t.Ended}
}

// Text never waits.
//
// Errors: context.Canceled if nothing has come since seen.
func (t *Text) Text(_ context.Context, _ tools.TextID, seen text.State) (text.State, error) {
	if t.State() == seen {
		t.Waiting++
		return seen, context.Canceled
	}
	return t.State(), nil
}

func (t *Text) Lines(_ context.Context, _ tools.TextID, numbers []uint64) (lines []text.Line, err error) {
	for _, n := range numbers {
		if t.has(n) {
			lines = append(lines, t.All[n-1])
		}
	}
	return lines, t.Err
}

func (t *Text) Search(_ context.Context, _ tools.TextID, f text.Filter, from uint64, backwards bool, _ int) (text.Hits, error) {
	h := text.Hits{Next: from}
	for range 10 {
		if !t.has(h.Next) {
			break
		}
		if takes(f, t.All[h.Next-1]) {
			h.Numbers = append(h.Numbers, h.Next)
		}
		if h.Next++; backwards {
			h.Next -= 2
		}
	}
	return h, t.Err
}

func (t *Text) LineAt(_ context.Context, _ tools.TextID, at time.Time) (uint64, error) {
	for _, l := range t.All {
		if !l.Time.Before(at) {
			return l.Number, nil
		}
	}
	return uint64(len(t.All) + 1), nil
}

func (t *Text) has(number uint64) bool { return number >= t.State().First && number <= t.State().Last }

func takes(f text.Filter, l text.Line) bool {
	text := l.Text
	if f.Shown != nil {
		text = f.Shown(l)
	}
	return (f.Include == nil || f.Include.MatchString(text)) && (f.Exclude == nil || !f.Exclude.MatchString(text)) &&
		(f.Find == nil || f.Find.MatchString(text))
}
