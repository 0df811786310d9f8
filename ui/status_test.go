package ui

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestTheLineOfRunsShowsWholeRunsAndCountsTheOthers(t *testing.T) {
	var list tools.List
	for range 4 {
		list = append(list, busy())
	}
	one := runs.Line(style.New(style.Look{}), list[:1], noon, 200)
	for width := 60; width < 400; width++ {
		line := strings.TrimRight(runs.Line(style.New(style.Look{}), list, noon, width), " ")
		shown := strings.Count(line, "tcpdump")
		switch {
		case shown == len(list) && strings.HasSuffix(line, strings.TrimRight(one[len(" runs"):], " ")):
		case shown >= 1 && shown < len(list) && strings.HasSuffix(line, "and "+figures.Count(len(list)-shown)+" more"):
		default:
			t.Fatalf("%d cells: %q", width, line)
		}
	}
}
