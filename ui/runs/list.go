// Package runs draws runs: in the list of all runs, in one line, and above and below the text of a single run. It draws and
// counts; the console decides what a key does.
//
// The door: List; Header, Trouble and Foot of a single run.
package runs

import (
	"slices"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// List is all runs, newest first. The runs of a set stand together below a row for the set. Detached runs that are not followed here come
// last.
type List struct {
	scroll.Window
	All    tools.List // newest first
	items  []runItem
	marked []tools.RunID // to be shown side by side, in the order in which they were marked
	afar   []detached.Found

	Looking bool // for detached runs, now
}

// Set shows a list of runs, given oldest first, in that many rows.
func (l *List) Set(list tools.List, height int) {
	l.All = slices.DeleteFunc(slices.Clone(list), func(r tools.State) bool { return !r.IsDetached() && r.WasLeft() }) // it is a detached run now
	slices.Reverse(l.All)
	l.arrange(height)
}

// arrange makes the rows anew. The cursor stays on the row where it was.
func (l *List) arrange(height int) {
	l.items = append(itemsOf(l.All), l.afarItems()...)
	l.Keep(len(l.items), height)
}

// Rows is how many rows the list has.
func (l *List) Rows() int { return len(l.items) }

// Resize keeps the row under the cursor visible when that many rows are visible.
func (l *List) Resize(height int) { l.Keep(len(l.items), height) }

// Move moves the cursor by some rows.
func (l *List) Move(by, height int) { l.Window.Move(by, len(l.items), height) }

// Selected is the run under the cursor. There is none on the row of a set.
func (l *List) Selected() (tools.State, bool) {
	if l.Cursor >= len(l.items) || l.items[l.Cursor].members != nil || l.items[l.Cursor].afar != nil {
		return tools.State{}, false
	}
	return l.items[l.Cursor].run, true
}

// Find is the run with that number, if there is one.
func (l *List) Find(id tools.RunID) (tools.State, bool) {
	for _, s := range l.All {
		if s.ID == id {
			return s, true
		}
	}
	return tools.State{}, false
}

// Lines draws the list in that many cells and rows.
func (l *List) Lines(s style.Styles, width, height int, now time.Time) []string {
	if len(l.items) == 0 && l.Looking { // a run that was just detached comes back as one of them
		return []string{"", cells.Fit("  looking for runs that go on without a console …", width)}
	}
	if len(l.items) == 0 {
		return []string{"", cells.Fit("  nothing has been run yet: esc, then enter on a pod", width)}
	}
	c := runColumnsFor(width)
	title := runRow{"  ", "RUN", "TOOL", "POD", "TIME", "OUTPUT", "RATE", "DROPPED", "VERDICT", "STATE"}
	if c.rate == 0 {
		title.took = "RATE/TIME"
	}
	out := []string{s.Dim.Render(cells.Fit(c.row(title), width))}
	first, end := l.Visible(len(l.items), height-1)
	for i := first; i < end; i++ {
		item := l.items[i]
		r := item.run
		if item.afar != nil {
			line := cells.Fit(afarRow(item.afar, c, l.mark(i), now), width)
			if i == l.Cursor {
				line = s.Selected.Render(line)
			}
			out = append(out, line)
			continue
		}
		row := item.row(c, now)
		row.mark = l.mark(i)
		line := cells.Fit(c.row(row), width)
		switch {
		case i == l.Cursor:
			line = s.Selected.Render(line)
		case item.members == nil && r.Verdict().Kind == report.Incomplete:
			line = s.Bad.Render(line)
		default:
			line = forRun(s, r).Render(line)
		}
		out = append(out, line)
	}
	return out
}
