package runs

import (
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
)

// runColumns are the widths of the columns; a column of width 0 is not shown.
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
	const least, shortest = 10, 11 // the least width of the pod's column, and of an amount that still says something
	if missing := least - (width - 2 - 3 - c.used()); missing > 0 {
		if c.amount -= missing; c.amount < shortest { // the run's outcome matters more than its amount
			c.amount = 0
		}
	}
	c.pod = max(least, width-2-3-c.used())
	if most := 48; c.pod > most {
		c.pod, c.how = most, c.how+c.pod-most
	}
	return c
}

// used is how many cells all columns but the pod's take, with the gaps before them.
func (c runColumns) used() int {
	used := 1 // the gap before the pod
	for _, w := range []int{c.tool, c.took, c.amount, c.rate, c.dropped, c.verdict, c.how} {
		if w > 0 {
			used += w + 1
		}
	}
	return used
}

// runRow is the texts of a row.
type runRow struct{ mark, id, tool, pod, took, amount, rate, dropped, verdict, how string }

func (c runColumns) row(r runRow) string {
	line := r.mark + cells.FitRight(r.id, 3) + " " + cells.Fit(r.tool, c.tool) + " " + cells.FitMiddle(r.pod, c.pod) + " " + cells.FitRight(r.took, c.took)
	if c.amount > 0 {
		line += " " + cells.FitRight(r.amount, c.amount)
	}
	if c.rate > 0 {
		line += " " + cells.FitRight(r.rate, c.rate) + " " + cells.FitRight(r.dropped, c.dropped)
	}
	return line + " " + cells.Fit(r.verdict, c.verdict) + " " + cells.Fit(r.how, c.how)
}

func rowOf(r tools.State, c runColumns, now time.Time) runRow {
	row := runRow{
		mark: "  ", id: numberOf(r), tool: cells.Clean(r.Tool()), pod: cells.Clean(r.Pod.String()), took: took(r, now), amount: amount(r),
		verdict: word(r), how: bullet(r) + " " + outcome(r),
	}
	if c.amount < 20 { // the bytes do not fit
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
	if c.rate == 0 && row.rate != "" { // the rate is what a person wants to know first of a capture that is running
		row.took = row.rate
	}
	if r.Counters.Known {
		row.dropped = figures.Count(r.Counters.Dropped())
	}
	return row
}

// numberOf is the number of a run; that of a detached run, which is only looked at here, has a mark.
func numberOf(r tools.State) string {
	if r.IsDetached() {
		return "◇" + figures.Count(int(r.ID))
	}
	return figures.Count(int(r.ID))
}
