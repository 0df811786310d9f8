package runs

import (
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// forRun is the colour for how a run stands.
func forRun(s style.Styles, r tools.State) lipgloss.Style {
	switch {
	case r.Phase != tools.Ended:
		return s.Good
	case r.Status() == 0:
		return s.Dim
	default:
		return s.Bad
	}
}

// forVerdict is the colour for a capture's verdict.
func forVerdict(s style.Styles, v report.Verdict) lipgloss.Style {
	if v.Kind == report.Incomplete {
		return s.Bad
	}
	return s.Good
}

// unreached says whether nothing is missing of a capture up to a moment from which on that is not known here, because its node is out of reach.
func unreached(r tools.State) bool {
	return r.Phase != tools.Ended && !r.Away.Since.IsZero() && r.Verdict().Kind == report.Complete
}

// word is the verdict of a run in one word.
func word(r tools.State) string {
	if unreached(r) {
		return "unreached"
	}
	return r.Verdict().Word()
}

// standing says how a run stands: what limits it, or how it ended.
func standing(r tools.State) string {
	if r.Phase == tools.Ended {
		text := "ended: " + outcome(r)
		if word := r.Verdict().Word(); word != "" {
			text += ", " + word
		}
		return text
	}
	parts := []string{r.Phase.String()}
	if !r.Away.Since.IsZero() {
		parts = []string{"reconnecting"}
	}
	if r.Limits.Timer > 0 {
		parts = append(parts, "at most "+figures.Duration(r.Limits.Timer))
	}
	if r.Limits.Packets > 0 {
		parts = append(parts, "at most "+figures.Plural(r.Limits.Packets, "packet"))
	}
	if r.Limits.Size > 0 {
		parts = append(parts, "at most "+figures.Size(r.Limits.Size))
	}
	if r.Ring.Size > 0 {
		parts = append(parts, "ring "+figures.Size(r.Ring.Size))
	}
	return strings.Join(parts, ", ")
}

// took is how long a run took. Of a run that has not ended it is when the run began, 12:04:20…: a running clock would redraw the
// screen every second although nothing happens.
func took(r tools.State, now time.Time) string {
	switch {
	case r.Began.IsZero():
		return "-"
	case !r.Ended.IsZero():
		return figures.Elapsed(r.Elapsed(now))
	case now.Sub(r.Began) >= 24*time.Hour:
		return r.Began.Format("Jan _2") + "…"
	default:
		return r.Began.Format("15:04:05") + "…"
	}
}

// amount says how much a run wrote: packets for a capture, else lines.
func amount(r tools.State) string {
	if r.Capture {
		return figures.Plural(r.Packets, "packet") + " " + figures.Bytes(r.Bytes)
	}
	if r.Whole {
		return figures.Bytes(r.Bytes)
	}
	return figures.Plural(r.Lines, "line") + " " + figures.Bytes(r.Bytes)
}

// bullet shows a run's state as a shape.
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

// outcome says in a few words how a run stands. The full reason why it could not be run is shown elsewhere, where there is room.
func outcome(r tools.State) string {
	if r.Phase == tools.Ended && r.Err != nil {
		return "could not run: " + cells.FirstLine(cells.Clean(r.Err.Error()))
	}
	return cells.Clean(r.Outcome())
}
