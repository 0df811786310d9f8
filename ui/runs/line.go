package runs

import (
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Line shows the newest runs in one line, for screens other than the list of runs.
func Line(s style.Styles, runs tools.List, now time.Time, width int) string {
	if len(runs) == 0 {
		return ""
	}
	line := " " + s.Dim.Render("runs")
	more := func(n int) string { return "   " + s.Dim.Render("and "+figures.Count(n)+" more") }
	for i, r := range runs {
		what := amount(r)
		if r.Verdict().Kind == report.Incomplete {
			what += " INCOMPLETE"
		}
		part := "   " + forRun(s, r).Render(bullet(r)) + " " + cells.Clean(r.Tool()) + " " + cells.Clean(r.Pod.Name) + " " + s.Dim.Render(what+" "+took(r, now))
		others := ""
		if i < len(runs)-1 {
			others = more(len(runs) - i - 1)
		}
		switch fits := cells.StyledWidth(line+part+others) <= width; {
		case i == 0 && !fits: // the run is shortened; the number of other runs is not
			return cells.BesideStyled(line+part, others, width)
		case !fits:
			return cells.FitStyled(line+more(len(runs)-i), width)
		}
		line += part
	}
	return cells.FitStyled(line, width)
}
