package ui

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// runList is all runs, newest first. Those of a set stand together below a row of its own.
type runList struct {
	scroll.Window
	runs   tools.List
	items  []runItem
	marked []tools.RunID // to be seen side by side, the one that was marked first in front
}

func (l *runList) set(list tools.List, height int) {
	l.runs = slices.Clone(list)
	slices.Reverse(l.runs)
	l.items = itemsOf(l.runs)
	l.Keep(len(l.items), height)
}

func (l *runList) move(by, height int) { l.Window.Move(by, len(l.items), height) }

// selected is the run under the cursor; none on the row of a set.
func (l *runList) selected() (tools.State, bool) {
	if l.Cursor >= len(l.items) || l.items[l.Cursor].members != nil {
		return tools.State{}, false
	}
	return l.items[l.Cursor].run, true
}

func (l *runList) find(id tools.RunID) (tools.State, bool) {
	for _, s := range l.runs {
		if s.ID == id {
			return s, true
		}
	}
	return tools.State{}, false
}

// runColumns are the widths of the columns; those of 0 are not shown.
type runColumns struct{ tool, pod, took, amount, rate, dropped, verdict, how int }

func runColumnsFor(width int) runColumns {
	c := runColumns{tool: 8, took: 9, amount: 17, verdict: 10, how: 10}
	switch {
	case width >= 140:
		c.tool, c.amount, c.rate, c.dropped, c.how = 11, 26, 9, 9, 30
	case width >= 116:
		c.amount, c.rate, c.dropped, c.how = 24, 9, 9, 16
	case width >= 96:
		c.rate, c.dropped = 8, 8
	}
	c.pod = max(10, width-2-3-c.used())
	if most := 48; c.pod > most {
		c.pod, c.how = most, c.how+c.pod-most
	}
	return c
}

// used is how many cells the columns but that of the pod take, with the gaps before them.
func (c runColumns) used() int {
	used := 1 // before the pod
	for _, w := range []int{c.tool, c.took, c.amount, c.rate, c.dropped, c.verdict, c.how} {
		if w > 0 {
			used += w + 1
		}
	}
	return used
}

// runRow is what a row shows.
type runRow struct{ mark, id, tool, pod, took, amount, rate, dropped, verdict, how string }

func (c runColumns) row(r runRow) string {
	line := r.mark + cells.FitRight(r.id, 3) + " " + cells.Fit(r.tool, c.tool) + " " + cells.FitMiddle(r.pod, c.pod) + " " + cells.FitRight(r.took, c.took) + " " + cells.FitRight(r.amount, c.amount)
	if c.rate > 0 {
		line += " " + cells.FitRight(r.rate, c.rate) + " " + cells.FitRight(r.dropped, c.dropped)
	}
	return line + " " + cells.Fit(r.verdict, c.verdict) + " " + cells.Fit(r.how, c.how)
}

func (l *runList) lines(s style.Styles, width, height int, now time.Time) []string {
	if len(l.runs) == 0 {
		return []string{"", cells.Fit("  nothing was run yet: esc, then enter on a pod", width)}
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

func rowOf(r tools.State, c runColumns, now time.Time) runRow {
	row := runRow{
		mark: "  ", id: figures.Count(int(r.ID)), tool: cells.Clean(r.Tool()), pod: cells.Clean(r.Pod.String()), took: took(r, now), amount: amount(r),
		verdict: r.Verdict().Word(), how: bullet(r) + " " + outcome(r),
	}
	if c.amount < 20 { // no room for the bytes
		row.amount = figures.Plural(r.Lines, "line")
		if r.Whole {
			row.amount = figures.Bytes(r.Bytes)
		}
		if r.Capture {
			row.amount = figures.Plural(r.Packets, "packet")
		}
	}
	if r.Capture && r.Phase != tools.Ended {
		row.rate = figures.Count(r.Rates[tools.RateSeconds-1].Packets) + "/s"
	}
	if c.rate == 0 && row.rate != "" { // what one wants to know first of a capture that goes on
		row.took = row.rate
	}
	if r.Counters.Known {
		row.dropped = figures.Count(r.Counters.Dropped())
	}
	return row
}

var runsLayer = layer{
	name: "runs", shown: on(listing),
	key: (*model).keyRuns, fill: (*model).runsLines, hint: (*model).listHint, help: runsHelp, wheel: arrows,
}

func (m *model) runsLines(height int) []string {
	return m.styles.Box("runs", m.runs.lines(m.styles, m.width-2, height-2, m.now), m.width, height, true)
}

func (m *model) keyRuns(k tea.KeyMsg) tea.Cmd {
	run, ok := m.runs.selected()
	members := m.runs.selectedSet()
	height := m.listHeight()
	switch {
	case key.Matches(k, keys.Back):
		return m.leaveList()
	case key.Matches(k, keys.Up):
		m.runs.move(-1, height)
	case key.Matches(k, keys.Down):
		m.runs.move(1, height)
	case key.Matches(k, keys.Mark):
		m.failed = m.runs.toggleMark()
	case key.Matches(k, keys.PageUp):
		m.runs.move(-height, height)
	case key.Matches(k, keys.PageDown):
		m.runs.move(height, height)
	case key.Matches(k, keys.Top):
		m.runs.move(-len(m.runs.items), height)
	case key.Matches(k, keys.Bottom):
		m.runs.move(len(m.runs.items), height)
	case key.Matches(k, keys.Split):
		return m.splitMarked()
	case len(members) > 0 && key.Matches(k, keys.Enter):
		return m.openSet(members[0].Set)
	case len(members) > 0 && key.Matches(k, keys.Stop):
		return m.stopSet(members)
	case len(members) > 0 && key.Matches(k, keys.Save, keys.CopyRun, keys.CopyPlain):
		m.notice = note(eachAlone)
	case !ok:
	case key.Matches(k, keys.Enter) && seated(run):
		return tea.Batch(m.watch(run.ID), m.commands.sit(run.ID))
	case key.Matches(k, keys.Enter):
		return m.watch(run.ID)
	case key.Matches(k, keys.Stop):
		return m.stopSet([]tools.State{run})
	case key.Matches(k, keys.Freeze) && freezable(run):
		return m.commands.freeze(run.ID)
	case key.Matches(k, keys.Save):
		return m.openSave(run)
	default:
		cmd, _ := m.keyCopy(k, run)
		return cmd
	}
	return nil
}

// leaveList goes back to where one came from. What is read there went on meanwhile.
func (m *model) leaveList() tea.Cmd {
	m.screen = m.before
	switch m.screen {
	case watching:
		return m.watch(m.output.id)
	case splitting:
		return m.openSplit(m.split)
	default:
		return nil
	}
}

// listHint is what one can do in the list of runs.
func (m *model) listHint() string {
	run, ok := m.runs.selected()
	switch {
	case len(m.runs.selectedSet()) > 0:
		return "enter all together  x stop all  v side by side  esc back  ? help  q quit"
	case ok && seated(run):
		return "enter go to it  s save  x stop  y copy  esc back  ? help  q quit"
	case len(m.runs.items) < 2 || freezable(run):
		return "enter watch  s save  x stop  y copy  " + freezeHint(run) + "esc back  ? help  q quit"
	default:
		return "enter watch  s save  x stop  y copy  space mark  v two  esc back  ? help"
	}
}

// list shows all runs; it goes back from there.
func (m *model) list() tea.Cmd {
	if m.screen == listing {
		return m.leaveList()
	}
	m.before, m.screen = m.screen, listing
	m.keepInView()
	return nil
}
