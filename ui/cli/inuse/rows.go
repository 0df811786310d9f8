package inuse

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/command"
)

// Title names the columns: a narrow terminal shows how each run stands, and what has to be copied is the last word of a line.
var Title = []string{"STATE", "POD", "NODE", "SINCE", "BY", "TOOL", "HELPER"}

// detachedRows are a row for each detached run.
func (h Helper) detachedRows(now time.Time) (rows [][]string) {
	for _, a := range h.Detached {
		state := "until " + dated(a.Until, now)
		switch {
		case a.Killed:
			state = "was killed"
		case a.Over():
			state = "has ended, fetch it"
		}
		rows = append(rows, []string{
			"detached, " + state, known(a.Pod), known(cmp.Or(h.Node, a.Node)), dated(a.Began, now), known(a.By), command.Join(a.Argv), h.Place() + ":" + a.ID,
		})
	}
	return rows
}

// dated is a time of day, with its date if that is another one.
func dated(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}

// Rows are a row for each run of a helper, or one for a helper without runs.
func (h Helper) Rows(now time.Time) (rows [][]string) {
	rows = h.detachedRows(now)
	state := figures.Plural(h.Consoles, "console")
	switch {
	case !h.Helper.Runs:
		state = brief(h.Helper.Status)
	case errors.Is(h.Err, k8s.ErrForbidden):
		state = "may not be asked"
	case h.Err != nil:
		state = "does not answer"
	}
	by := known(h.By)
	if h.Installed {
		by = "installed"
	}
	row := func(state string, r agent.RunStatus, place string) []string {
		return []string{state, known(r.Pod), h.node(), dated(r.Began, now), cmp.Or(r.By, by), command.Join(r.Argv), place}
	}
	for _, r := range h.Status.Runs {
		if !r.Ended && !r.Lost() && h.Consoles > 0 && !h.HandedOver(r) {
			rows = append(rows, row(state, r, h.Place()))
		}
	}
	for _, r := range h.Lost() {
		place := h.Place()
		if r.Kept != "" {
			place += ":" + r.Kept
		}
		rows = append(rows, row(State(r), r, place))
	}
	if len(rows) == 0 {
		rows = append(rows, []string{state, "-", h.node(), dated(h.Created, now), by, "-", h.Place()})
	}
	return rows
}

// brief is how far a helper has come, with the reason in one word: what Kubernetes says about it takes several lines, and is in -o json.
func brief(status string) string {
	what, more, explained := strings.Cut(status, ": ")
	if explained && strings.HasSuffix(more, ")") {
		what += ")"
	}
	return what
}

// known is a text, or a dash for one that is not known; a pod without a name is a slash.
func known(text string) string {
	if text == "" || text == "/" {
		return "-"
	}
	return text
}
