// Package margin draws what is above and below every screen: the top line, warnings, the notice of what just happened, and the
// bar of keys.
//
// The door: Top, Warnings, Notice and Fit.
package margin

import (
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Top is the top line: the cluster, the node, the number of pods, whether the list of pods is live, and what is unusual about the
// terminal. A machine without pods is none of the cluster's nodes, but somebody's laptop, and is left out. It has no clock, so that a console
// at rest writes nothing.
func Top(s style.Styles, cluster, node string, snap k8s.Snapshot, pods, here int, link string, width int) string {
	left := " " + s.Accent.Render("podtracer") + "  " + cells.Clean(cluster)
	if node != "" && (here > 0 || !snap.Synced) {
		left += s.Dim.Render(" · node ") + cells.Clean(node)
	}
	switch {
	case snap.Synced:
		left += s.Dim.Render(" · ") + figures.Plural(pods, "pod")
	case pods > 0: // the pods of this node are listed first
		left += s.Dim.Render(" · ") + figures.Count(pods) + " so far"
	}
	if here > 0 {
		left += ", " + figures.Count(here) + " here"
	}
	right := s.Good.Render("● live")
	switch {
	case snap.Err != nil && snap.Standin != "":
		right = s.Warn.Render("✗ only " + cells.Clean(snap.Standin) + " is live since " + snap.Since.Format("15:04:05"))
	case snap.Err != nil:
		right = s.Bad.Render("✗ not live since " + snap.Since.Format("15:04:05"))
	case snap.Standin != "":
		right = s.Good.Render("● live, " + cells.Clean(snap.Standin) + " only")
	case snap.Synced && snap.Unwatched:
		right = s.Warn.Render("○ listed every few seconds")
	case !snap.Synced:
		right = s.Warn.Render("… listing pods")
	}
	return cells.BesideStyled(left, s.Warn.Render(link)+right+" ", width)
}

// Warnings are what a person has to know about the list of pods.
func Warnings(s style.Styles, snap k8s.Snapshot, width int) []string {
	var out []string
	if snap.Err != nil {
		text := " " + cells.Clean(cells.FirstLine(snap.Err.Error()))
		switch {
		case snap.Standin != "":
			text += "; showing the pods of " + cells.Clean(snap.Standin) + " as its container runtime has them"
			if snap.Synced {
				text += ", others as of " + snap.Since.Format("15:04:05")
			}
			text += "; retrying"
		case len(snap.Pods) > 0:
			text += "; showing the pods as of " + snap.Since.Format("15:04:05") + ", retrying"
		default:
			text += "; retrying"
		}
		out = append(out, style.All(s.Bad, cells.Wrap(text, width))...)
		if advice := hint.Of(snap.Err); advice != "" {
			out = append(out, cells.Wrap("   hint: "+cells.Clean(cells.FirstLine(advice)), width)...)
		}
	}
	if snap.Err == nil && snap.Standin != "" {
		out = append(out, style.All(s.Warn, cells.Wrap(" --runtime-only: the pods of "+cells.Clean(snap.Standin)+
			" as its container runtime has them; the API is not asked", width))...)
	}
	if snap.Refused > 0 {
		out = append(out, style.All(s.Warn, cells.Wrap(" left out: "+figures.Plural(snap.Refused, "object")+", for example: "+cells.Clean(cells.FirstLine(snap.Refusal.Error())), width))...)
	}
	if snap.Only != "" {
		out = append(out, style.All(s.Warn, cells.Wrap(" only namespace "+cells.Clean(snap.Only)+
			": no right to list pods in all namespaces (-n chooses another one; ? says more)", width))...)
	}
	if rights := missing(snap); rights != "" {
		out = append(out, style.All(s.Warn, cells.Wrap(rights, width))...)
	}
	return out
}

// missing names the rights that are missing and that no other warning names; "" if there are none.
func missing(snap k8s.Snapshot) string {
	var rights []string
	for _, l := range snap.Lacks {
		if !l.Told {
			rights = append(rights, cells.Clean(l.Right))
		}
	}
	if len(rights) == 0 {
		return ""
	}
	return " missing rights: " + strings.Join(rights, "; ") + " (? says more)"
}
