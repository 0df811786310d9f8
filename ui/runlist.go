package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/tools"
)

// runList is all runs, newest first.
type runList struct {
	window
	runs tools.List
}

func (l *runList) set(list tools.List, height int) {
	l.runs = slices.Clone(list)
	slices.Reverse(l.runs)
	l.keep(len(l.runs), height)
}

func (l *runList) move(by, height int) { l.window.move(by, len(l.runs), height) }

func (l *runList) selected() (tools.State, bool) {
	if l.cursor >= len(l.runs) {
		return tools.State{}, false
	}
	return l.runs[l.cursor], true
}

func (l *runList) find(id tools.RunID) (tools.State, bool) {
	for _, s := range l.runs {
		if s.ID == id {
			return s, true
		}
	}
	return tools.State{}, false
}

func (l *runList) lines(s styles, width, height int, now time.Time) []string {
	if len(l.runs) == 0 {
		return []string{"", fit("  nothing was run yet: esc, then enter on a pod", width)}
	}
	row := func(mark, id, tool, pod, took, amount, how string) string {
		const fixed = 2 + 3 + 10 + 8 + 20 + 5
		pods := max(16, min(44, width-fixed-20))
		return fit(mark+fitRight(id, 3)+" "+fit(tool, 10)+" "+fitMiddle(pod, pods)+" "+fitRight(took, 8)+" "+fitRight(amount, 20)+" "+how, width)
	}
	out := []string{s.dim.Render(row("  ", "RUN", "TOOL", "POD", "TIME", "OUTPUT", "STATE"))}
	first, end := l.visible(len(l.runs), height-1)
	for i := first; i < end; i++ {
		r := l.runs[i]
		mark := "  "
		if i == l.cursor {
			mark = "▸ "
		}
		line := row(mark, count(int(r.ID)), clean(r.Tool()), clean(r.Pod.String()), elapsed(r.Elapsed(now)), amount(r), bullet(r)+" "+outcome(r))
		if i == l.cursor {
			line = s.selected.Render(line)
		} else {
			line = s.forRun(r).Render(line)
		}
		out = append(out, line)
	}
	return out
}

// amount says how much a run wrote: packets of a capture, else lines.
func amount(r tools.State) string {
	if r.Capture {
		return plural(r.Packets, "packet") + " " + bytesText(r.Bytes)
	}
	return plural(r.Lines, "line") + " " + bytesText(r.Bytes)
}

// bullet is a run's state as a shape.
func bullet(r tools.State) string {
	switch {
	case r.Phase != tools.Ended:
		return "●"
	case r.Status() == 0:
		return "■"
	default:
		return "✗"
	}
}

// outcome says how a run stands in a few words; why it could not be run is told where there is room for it.
func outcome(r tools.State) string {
	if r.Phase == tools.Ended && r.Err != nil {
		return "could not run: " + firstLine(clean(r.Err.Error()))
	}
	return clean(r.Outcome())
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
