package runs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// runItem is a row in the list of runs: a run, or a set, whose members have rows of their own below it.
type runItem struct {
	run     tools.State
	member  bool            // the run belongs to a set
	members []tools.State   // of a set, in the order in which they were started; nil for a single run
	afar    *detached.Found // a detached run that is not followed here; else nil
}

// itemsOf makes the rows for runs that are given newest first. A set stands where its newest run would.
func itemsOf(newestFirst tools.List) []runItem {
	var items []runItem
	seen := map[tools.SetID]bool{}
	for _, r := range newestFirst {
		switch {
		case r.Set == 0:
			items = append(items, runItem{run: r})
		case !seen[r.Set]:
			seen[r.Set] = true
			members := MembersOf(newestFirst, r.Set)
			items = append(items, runItem{members: members})
			for _, member := range members {
				items = append(items, runItem{run: member, member: true})
			}
		}
	}
	return items
}

// MembersOf are the runs of a set, in the order in which they were started.
func MembersOf(newestFirst tools.List, set tools.SetID) []tools.State {
	var members []tools.State
	for _, r := range slices.Backward(newestFirst) {
		if r.Set == set {
			members = append(members, r)
		}
	}
	return members
}

// SelectedSet is the set under the cursor; nil on the row of a run.
func (l *List) SelectedSet() []tools.State {
	if l.Cursor >= len(l.items) {
		return nil
	}
	return l.items[l.Cursor].members
}

// mark stands at the left of a row: it shows where the cursor is, and which runs are marked.
func (l *List) mark(i int) string {
	mark := [2]string{" ", " "}
	if i == l.Cursor {
		mark[0] = "▸"
	}
	if item := l.items[i]; item.members == nil && item.afar == nil && slices.Contains(l.marked, item.run.ID) {
		mark[1] = "◆"
	}
	return mark[0] + mark[1]
}

func (i runItem) row(c runColumns, now time.Time) runRow {
	if i.members != nil {
		return setRow(i.members, c, now)
	}
	row := rowOf(i.run, c, now)
	if i.member {
		row.tool = " " + row.tool
	}
	return row
}

// setRow sums up the runs of a set in one row.
func setRow(members []tools.State, c runColumns, now time.Time) runRow {
	sum, running, failed := tools.State{Capture: members[0].Capture}, 0, 0
	for _, r := range members {
		if sum.Began.IsZero() || !r.Began.IsZero() && r.Began.Before(sum.Began) {
			sum.Began = r.Began
		}
		if r.Ended.After(sum.Ended) {
			sum.Ended = r.Ended
		}
		sum.Packets, sum.Lines, sum.Bytes = sum.Packets+r.Packets, sum.Lines+r.Lines, sum.Bytes+r.Bytes
		sum.Rates[tools.RateSeconds-1].Packets += r.Rates[tools.RateSeconds-1].Packets
		switch {
		case r.Phase != tools.Ended:
			running++
		case r.Status() != 0:
			failed++
		}
	}
	how, word := "■ ended", ""
	switch {
	case running > 0:
		how, word = fmt.Sprintf("● %d of %d", running, len(members)), " running"
	case failed > 0:
		how, word = fmt.Sprintf("✗ %d of %d", failed, len(members)), " failed"
	}
	if len(how)+len(word) <= c.how {
		how += word
	}
	if running > 0 {
		sum.Ended = time.Time{}
	} else {
		sum.Phase = tools.Ended
	}
	row := rowOf(sum, c, now)
	row.id, row.tool, row.pod, row.how = "", cells.Clean(members[0].Tool()), figures.Plural(len(members), "pod"), how
	row.verdict, row.dropped = worst(members), ""
	return row
}

// worst is the word for the worst verdict of a set's runs.
func worst(members []tools.State) string {
	of := word(members[0])
	for _, r := range members {
		switch {
		case r.Verdict().Kind == report.Incomplete:
			return word(r)
		case unreached(r):
			of = word(r)
		}
	}
	return of
}

// TitleOf says which runs a text is the output of, and how they stand.
func TitleOf(s style.Styles, of []tools.State, set bool, now time.Time) (what, how string) {
	switch {
	case len(of) == 0:
		return "", ""
	case set:
		row := setRow(of, runColumns{amount: 24, how: 24}, now)
		how = row.how + "  " + strings.TrimSpace(row.amount)
		if apart := ClocksApart(of); apart > 0 {
			how = s.Warn.Render("clocks "+clock.Brief(apart)+" apart") + "  " + how
		}
		return row.tool + " in " + row.pod, how
	default:
		r := of[0]
		return cells.Clean(r.Tool()) + "  " + cells.Clean(r.Pod.String()), forRun(s, r).Render(bullet(r)+" "+took(r, now)) + "  " + amount(r)
	}
}

// ClocksApart is by how much the clocks of the nodes of a set differ, if anybody would notice: 0 below a millisecond.
func ClocksApart(members []tools.State) time.Duration {
	var nodes clock.Nodes
	for _, r := range members {
		nodes = nodes.With(r.Pod.Node, r.Clock)
	}
	if apart := nodes.Apart(); apart >= time.Millisecond {
		return apart
	}
	return 0
}

// TellApart names the pod of each run as briefly as tells the pods apart: without the beginning that all names share, up to a
// dash or a slash.
func TellApart(members []tools.State) map[tools.RunID]string {
	names := map[tools.RunID]string{}
	var all []string
	for _, r := range members {
		names[r.ID] = r.Pod.String()
		if !slices.Contains(all, names[r.ID]) {
			all = append(all, names[r.ID])
		}
	}
	if len(all) == 1 { // all are of one pod: their numbers tell the runs apart
		for _, r := range members {
			names[r.ID] = r.Pod.Name + " " + figures.Count(int(r.ID))
		}
		return names
	}
	common := all[0]
	for _, name := range all[1:] {
		n := 0
		for n < min(len(common), len(name)) && common[n] == name[n] {
			n++
		}
		common = common[:n]
	}
	common = common[:strings.LastIndexAny(common, "-/")+1]
	for id, name := range names {
		names[id] = strings.TrimPrefix(name, common)
	}
	return names
}

// PodInks are the inks for the names of a set's pods. Two names share an ink only if there are more pods than inks.
func PodInks(members []tools.State, names map[tools.RunID]string) map[string]style.Ink {
	palette := []style.Ink{style.AccentInk, style.GoodInk, style.WarnInk, style.MagentaInk, style.BlueInk}
	inks := map[string]style.Ink{}
	for _, r := range members {
		if name := cells.Clean(names[r.ID]); inks[name] == style.PlainInk {
			inks[name] = palette[len(inks)%len(palette)]
		}
	}
	return inks
}
