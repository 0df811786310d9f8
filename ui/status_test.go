package ui

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools"
)

func TestTheLineOfRunsShowsWholeRunsAndCountsTheOthers(t *testing.T) {
	var runs tools.List
	for range 4 {
		runs = append(runs, busy())
	}
	one := runsLine(newStyles(Look{}), runs[:1], noon, 200)
	for width := 60; width < 400; width++ {
		line := strings.TrimRight(runsLine(newStyles(Look{}), runs, noon, width), " ")
		shown := strings.Count(line, "tcpdump")
		switch {
		case shown == len(runs) && strings.HasSuffix(line, strings.TrimRight(one[len(" runs"):], " ")):
		case shown >= 1 && shown < len(runs) && strings.HasSuffix(line, "and "+count(len(runs)-shown)+" more"):
		case width < visibleWidth(strings.TrimRight(one, " "))+len("   and 3 more"): // not even one fits
		default:
			t.Fatalf("%d cells: %q", width, line)
		}
	}
}
