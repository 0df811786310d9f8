package runs

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// mostReason is how many rows the reason of a run's end may take, and how many the reason why its ring was frozen may take.
const mostReason = 4

// Header says what runs where, for how long, and how much it wrote. side names the views of the run and stands below the
// counters; it is "" if the run has one view only.
func Header(s style.Styles, r tools.State, here bool, side string, width int, now time.Time) []string {
	where := cells.Clean(r.Pod.Node)
	if here {
		where = "here"
	}
	left := " " + s.Strong.Render(cells.Clean(r.Tool())) + "  " + s.Accent.Render(cells.Clean(r.Pod.String())) + s.Dim.Render(" · "+where)
	right := forRun(s, r).Render(bullet(r)+" "+took(r, now)) + "  " + amount(r) + " "
	out := []string{cells.BesideStyled(left, right, width), s.Dim.Render(cells.Fit(" "+cells.Clean(command.Join(r.Argv)), width))}
	if r.IsDetached() {
		out = append(out, s.Dim.Render(cells.Fit(" ◇ "+DetachedText(r, now), width)))
	}
	if r.Capture && !r.Began.IsZero() {
		out = append(out, counterLines(s, r, width)...)
	}
	if side != "" {
		out = append(out, side)
	}
	if text := behind(r, now); text != "" {
		out = append(out, s.Warn.Render(cells.Fit(" "+text, width)))
	}
	if r.Frozen != "" && r.Phase != tools.Ended {
		out = append(out, style.All(s.Warn, cells.Brief(cells.Wrap(" the ring is frozen: "+cells.Clean(r.Frozen)+keptAfter(r), width), mostReason))...)
	}
	if r.Pod.HostNetwork {
		out = append(out, s.Warn.Render(cells.Fit(" hostNetwork: this is the network of node "+cells.Clean(r.Pod.Node)+", not only of the pod", width)))
	}
	return out
}

// behind says how far what is kept of a run is behind its tool, on another node; "" if it is not.
func behind(r tools.State, now time.Time) string {
	node := cells.Clean(r.Away.Node)
	switch {
	case r.Phase == tools.Ended:
		return ""
	case !r.Away.Since.IsZero():
		return "reconnecting, " + node + " keeps recording: " + figures.Duration(max(0, now.Sub(r.Away.Since)).Truncate(time.Second)) + " behind"
	case r.Away.Bytes > 0:
		return "catching up with " + node + ": " + figures.Bytes(r.Away.Bytes) + " behind"
	default:
		return ""
	}
}

func keptAfter(r tools.State) string {
	if r.Ring.KeepAfter == 0 {
		return ""
	}
	return "; the capture continues for " + figures.Duration(r.Ring.KeepAfter)
}

// Trouble says what podtracer could not do and what a person can do about it, why a run ended early, and the verdict of a
// capture that is not simply complete.
func Trouble(s style.Styles, r tools.State, width int) []string {
	if r.Err != nil {
		return s.Problem(r.Err, width)
	}
	var out []string
	if v := r.Verdict(); r.Phase == tools.Ended && v.Kind != report.NoVerdict && v.Kind != report.Complete {
		out = append(out, style.All(forVerdict(s, v), cells.Brief(cells.Wrap(cells.Clean(v.String()), width), mostReason))...)
	}
	stopped := errors.Is(r.Cause, tools.ErrAsked) && !r.Exit.Killed // a person who stopped the run knows why it ended
	if r.Cause != nil && r.Status() != 0 && !stopped && !lossSaysWhy(r) {
		out = append(out, style.All(s.Bad, cells.Brief(cells.Wrap(cells.Clean(r.Outcome()), width), mostReason))...)
	}
	return out
}

// lossSaysWhy says whether the text of one of the losses already tells why the run was stopped.
func lossSaysWhy(r tools.State) bool {
	return r.Verdict().Kind == report.Incomplete && slices.ContainsFunc(r.Losses, func(l report.Loss) bool {
		return l.Kind == report.LostToDisk || l.Kind == report.LostToFreeSpace
	})
}

// Foot says how the run stands, and which part of its output is visible, in the longest of the positions that fits.
func Foot(s style.Styles, r tools.State, positions []string, width int) string {
	left := "── " + standing(r) + " "
	right, room := "", 0
	for _, position := range positions { // how the run stands matters more than a long position
		right = " " + position + " ──"
		if room = width - runewidth.StringWidth(right); room-2 >= runewidth.StringWidth(left) {
			break
		}
	}
	left = runewidth.Truncate(left, room-2, "… ")
	return forRun(s, r).Render(left + strings.Repeat("─", max(0, room-runewidth.StringWidth(left))) + right)
}
