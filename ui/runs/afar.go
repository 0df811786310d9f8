package runs

import (
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
)

// SetAfar shows the detached runs, given by age, in that many rows. Those that are followed here are rows of the list already.
func (l *List) SetAfar(found []detached.Found, height int) {
	l.afar = slices.Clone(found)
	l.arrange(height)
}

// SelectedAfar is the detached run under the cursor.
func (l *List) SelectedAfar() (detached.Found, bool) {
	if l.Cursor >= len(l.items) || l.items[l.Cursor].afar == nil {
		return detached.Found{}, false
	}
	return *l.items[l.Cursor].afar, true
}

// Followed is the run of the list that follows a detached one, or has followed it to its end.
func (l *List) Followed(place string) (tools.State, bool) {
	for _, r := range l.All {
		if r.Detached.Place == place && !r.WasLeft() {
			return r, true
		}
	}
	return tools.State{}, false
}

// SelectAfar moves the cursor to a detached run.
func (l *List) SelectAfar(place string, height int) {
	for i, item := range l.items {
		if item.afar != nil && item.afar.Place == place {
			l.Move(i-l.Cursor, height)
		}
	}
}

// afarItems are the rows of detached runs that nobody follows here, the newest first.
func (l *List) afarItems() (items []runItem) {
	for i := range slices.Backward(l.afar) {
		if _, followed := l.Followed(l.afar[i].Place); !followed {
			items = append(items, runItem{afar: &l.afar[i]})
		}
	}
	return items
}

// afarRow draws a detached run: what it is, until when it goes on, who started it, and how far it has come.
func afarRow(a *detached.Found, c runColumns, mark string, now time.Time) string {
	tool := ""
	if len(a.Argv) > 0 {
		tool = cells.Clean(report.ToolName(a.Argv))
	}
	start := mark + "  ◇ " + cells.Fit(tool, c.tool) + " " + cells.FitMiddle(cells.Clean(a.Pod), c.pod) + " " + cells.FitRight(moment(a.Began, now)+"…", c.took)
	if a.Over() && !a.Ended.IsZero() {
		start = mark + "  ◇ " + cells.Fit(tool, c.tool) + " " + cells.FitMiddle(cells.Clean(a.Pod), c.pod) + " " + cells.FitRight(figures.Elapsed(a.Ended.Sub(a.Began)), c.took)
	}
	return start + " " + afarText(a, now)
}

// afarText says how a detached run stands.
func afarText(a *detached.Found, now time.Time) string {
	how := "until " + moment(a.Until, now)
	switch {
	case a.Killed:
		how = "was killed"
	case a.Over():
		how = "has ended"
	}
	by := ", by " + cells.Clean(a.By)
	if where, _, away := strings.Cut(a.Place, ":"); away { // any pod may wear podtracer's labels, and say anything of who runs what
		by += " in " + cells.Clean(where)
	}
	stands := a.Stands
	if err := a.Err(); err != nil {
		stands = err.Error()
	}
	text := how + by + ": " + cells.Clean(stands)
	if len(a.Argv) > 1 {
		text += " · " + cells.Clean(command.Join(a.Argv[1:]))
	}
	return text
}

// moment is a time of day, or the day if it is another one.
func moment(at, now time.Time) string {
	if between := now.Sub(at).Abs(); between >= 24*time.Hour {
		return at.Local().Format("Jan _2")
	}
	return at.Local().Format("15:04:05")
}

// DetachedText says of a detached run who started it, and until when it goes on.
func DetachedText(r tools.State, now time.Time) string {
	text := "detached"
	if r.Phase != tools.Ended {
		text += " until " + moment(r.Detached.Until, now)
	}
	if r.Detached.By != "" {
		text += ", by " + cells.Clean(r.Detached.By)
	}
	return text
}
