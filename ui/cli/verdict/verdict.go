// Package verdict says in a line what a run was worth: what is kept of it, what is missing, and what a person can do so that the next one
// loses nothing. It writes nothing. The door: Line, Saved and Advice.
package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// Line says what a capture is worth, and how much of it was kept.
func Line(s tools.State) string {
	verdict, much := s.Verdict(), Amount(s.Packets-s.Counters.AgedOut, s.Bytes-s.Counters.AgedOutBytes)
	switch {
	case !s.Capture:
		return verdict.String()
	case verdict.Kind == report.Incomplete:
		return verdict.String() + "; " + much + " were kept"
	case verdict.Reserved():
		return verdict.String() + "; " + much
	default:
		return fmt.Sprintf("%s: %s, %d dropped", verdict, much, s.Counters.Dropped())
	}
}

// Saved says what was saved and whether it is complete; what is missing has been said before.
func Saved(saved save.File, s tools.State) string {
	switch verdict := s.Verdict(); verdict.Kind {
	case report.NoVerdict:
		return fmt.Sprintf("saved %s to %s, sha256 %s", figures.Bytes(saved.Bytes), saved.Path, saved.SHA256)
	case report.Incomplete:
		return fmt.Sprintf("saved %s, INCOMPLETE, to %s, sha256 %s", Amount(saved.Packets, saved.Bytes), saved.Path, saved.SHA256)
	default:
		return fmt.Sprintf("saved %s, %s, to %s, sha256 %s", Amount(saved.Packets, saved.Bytes), verdict, saved.Path, saved.SHA256)
	}
}

// Stream says where the whole stream of a capture that broke is; "" if it did not break.
func Stream(saved save.File) string {
	if saved.Stream == nil {
		return ""
	}
	return fmt.Sprintf("all that came, also behind the break, is kept in %s: %s, sha256 %s", saved.Stream.Path, figures.Bytes(saved.Stream.Bytes), saved.Stream.SHA256)
}

// Amount is a number of packets, with their bytes.
func Amount(packets, bytes int64) string {
	return figures.Plural(packets, "packet") + ", " + figures.Bytes(bytes)
}

// AmountOf says how much was kept of a run.
func AmountOf(s tools.State) string {
	if s.Capture {
		return Amount(s.Packets-s.Counters.AgedOut, s.Bytes-s.Counters.AgedOutBytes)
	}
	return figures.Bytes(s.Bytes)
}

// remedies are what a person can do so that the next run does not lose the same kind of thing. Kinds without a remedy are not
// in it.
var remedies = map[report.LossKind]string{
	report.LostInKernel:      "to tcpdump: -B 65536 makes its buffer larger, -s 128 takes less of each packet, a narrower filter fewer of them",
	report.LostByInterface:   "ethtool -S and ip -s link, in the pod and on the node, tell where there was no room",
	report.LostWithInterface: "to tcpdump: --immediate-mode reads packets as they come, and not up to a second later; the console does that",
	report.LostToSizeLimit:   "--max-size 10GiB keeps more than the default of 1 GiB, --max-size none keeps all",
	report.LostToFreeSpace:   "make room, choose another disk with --data-dir, or lower --min-free",
	report.LostToRenewal:     "start it again: it then runs in the pod's new network",
	report.LostToDisk:        "make room, or choose another disk with --data-dir",
}

// Advice is what a person can do about these losses, a line each.
func Advice(losses []report.Loss) string {
	var lines []string
	for _, l := range losses {
		if text := remedies[l.Kind]; text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}

// SaysItself says whether the verdict already tells how the run ended.
func SaysItself(s tools.State) bool {
	return s.Verdict().Kind != report.NoVerdict && slices.ContainsFunc(s.Losses, func(l report.Loss) bool {
		switch l.Kind {
		case report.LostToSizeLimit, report.LostToFreeSpace, report.LostToDisk, report.LostToRenewal:
			return true
		case report.LostByKill:
			return s.Cause == nil || s.Capture // else it does not say why the tool was to end
		default:
			return false
		}
	})
}
