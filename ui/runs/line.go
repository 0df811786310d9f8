package runs

import (
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Line shows the newest runs while one looks elsewhere.
func Line(s style.Styles, runs tools.List, now time.Time, width int) string {
	if len(runs) == 0 {
		return ""
	}
	line := " " + s.Dim.Render("runs")
	for i, r := range runs {
		what := amount(r)
		if r.Verdict().Kind == report.Incomplete {
			what += " INCOMPLETE"
		}
		part := "   " + forRun(s, r).Render(bullet(r)) + " " + cells.Clean(r.Tool()) + " " + cells.Clean(r.Pod.Name) + " " + s.Dim.Render(what+" "+took(r, now))
		more := "   " + s.Dim.Render("and "+figures.Count(len(runs)-i)+" more")
		if room := width - cells.StyledWidth(line); i > 0 && (cells.StyledWidth(part) > room || i < len(runs)-1 && cells.StyledWidth(part)+cells.StyledWidth(more) > room) {
			line += more
			break
		}
		line += part
	}
	return cells.FitStyled(line, width)
}
