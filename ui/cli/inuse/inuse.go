// Package inuse judges helpers: who uses one, what it keeps for somebody, and what a podtracer that was lost has left there. It asks nobody; it
// is given what the API and the helper say.
//
// The door: Helper.
package inuse

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/call"
)

// Helper is a pod of podtracer's with what its agent says.
type Helper struct {
	k8s.Helper
	agent.Status
	Err      error // why it does not say what goes on there; nil if it does
	Detached []detached.About
}

// Of is a helper with what its agent says, or why it says nothing, and its detached runs, or why they are not known.
func Of(one k8s.Helper, status agent.Status, silent error, found []detached.About, unknown error) Helper {
	if silent != nil && unknown != nil && strings.Contains(silent.Error(), unknown.Error()) {
		unknown = nil // it is the same one
	}
	return Helper{Helper: one, Status: status, Err: errors.Join(silent, unknown), Detached: found}
}

// Place is the helper as people write it.
func (h Helper) Place() string { return h.Namespace + "/" + h.Name }

// HandedOver says whether a tool of the agent's is that of a detached run, which is listed as such. If several may be that one, none is taken
// for it: what is listed twice is a blemish, what is not listed is lost.
func (h Helper) HandedOver(r agent.RunStatus) bool {
	return slices.ContainsFunc(h.Detached, func(a detached.About) bool {
		fitting := slices.DeleteFunc(slices.Clone(h.Status.Runs), func(r agent.RunStatus) bool { return !adopts(a, r) })
		return adopts(a, r) && len(fitting) == 1
	})
}

// adopts says whether a tool may be the one that a detached run has taken over.
func adopts(a detached.About, r agent.RunStatus) bool {
	const apart = 5 * time.Second // between the start of the tool and what was known of it
	return a.Adopted && !r.Lost() && a.Pod == r.Pod && a.Began.Sub(r.Began).Abs() <= apart
}

// Lost are the tools that run, and the output that is kept, of consoles that are not connected any more. A console may only be out of reach: it
// dials again.
func (h Helper) Lost() (lost []agent.RunStatus) {
	for _, r := range h.Status.Runs {
		if nobody := r.Lost() || h.Consoles == 0; nobody && !h.HandedOver(r) && (!r.Ended || r.Bytes > 0) {
			lost = append(lost, r)
		}
	}
	return lost
}

// longestStart is longer than any podtracer waits for its helper to run.
const longestStart = 3 * time.Minute

// Unused says whether nobody uses the helper, and it keeps nothing for anybody. A helper that is starting belongs to the podtracer that makes
// it. A helper that is installed is nobody's to delete.
func (h Helper) Unused() bool {
	switch {
	case h.Installed || h.Leaving || len(h.Detached) > 0:
		return false
	case h.Ended:
		return true
	case !h.Helper.Runs:
		return time.Since(h.Created) > longestStart
	default:
		return !h.Helper.Detached && h.Err == nil && h.Consoles == 0 && len(h.Lost()) == 0
	}
}

// Disposable says whether the helper may be deleted with all that it keeps, if a person says so: no console is connected to it.
func (h Helper) Disposable() bool {
	return h.Unused() || !h.Installed && !h.Leaving && len(h.Detached) == 0 && !h.Helper.Detached && h.Helper.Runs && h.Err == nil && h.Consoles == 0
}

// Reason is why a helper, or something in it, is not deleted.
type Reason struct {
	Of    string // the helper, or the run
	Text  string
	Hint  string // what can be done; "" for nothing
	Crash bool   // a podtracer was lost, or may have been: nobody can say
}

// Stays is why the helper is not deleted, with lines that can be typed here; nil if it is.
func (h Helper) Stays(here call.Call) []Reason {
	place := h.Place() + " on node " + h.node()
	var why []Reason
	for _, a := range h.Detached {
		why = append(why, Reason{h.Place() + ":" + a.ID, "stays: " + Standing(a), "", a.Killed})
	}
	for _, r := range h.Lost() {
		why = append(why, h.lost(here, place, r))
	}
	switch {
	case len(h.Detached) > 0 || h.Unused(): // in a pod of somebody's, or in a helper of its own
	case h.Leaving:
		why = append(why, Reason{place, "is being deleted", here.Kubectl("get pod", "-n", h.Namespace, h.Name) + " shows whether it goes", true})
	case h.Err != nil:
		why = append(why, Reason{place, "does not say what goes on there, and stays: " + hint.Line(h.Err), "", true})
	case h.Installed:
		why = append(why, Reason{place, "is installed and stays", "", false})
	case !h.Helper.Runs:
		why = append(why, Reason{place, h.Helper.Status + ", and stays", "", false})
	case len(why) == 0:
		why = append(why, Reason{place, "is in use and stays", "", false})
	}
	return why
}

// lost is why a helper stays in which a console has lost a run.
func (h Helper) lost(here call.Call, place string, r agent.RunStatus) Reason {
	what := "stays: " + command.Join(r.Argv) + " in " + r.Pod
	discard := ""
	if !h.Installed {
		discard = here.Ask("clean", "--discard", h.Place())
	}
	if !r.Ended {
		if discard != "" {
			discard += " ends it now"
		}
		return Reason{place, what + " runs on without its podtracer" + h.until(r, ", and is stopped"), discard, true}
	}
	text := what + " has written " + figures.Bytes(r.Bytes) + " that nobody has fetched" + h.until(r, ", kept")
	advice := "its podtracer may be dialling again; a few seconds after it was lost, anybody can fetch it"
	if r.Kept != "" {
		advice = here.Kept("get", h.Place()+":"+r.Kept) + " [FILE] brings it home"
	}
	if discard != "" {
		advice += "; " + discard + " deletes it with its helper"
	}
	return Reason{place, text, advice, true}
}

// until says when something happens by itself.
func (h Helper) until(r agent.RunStatus, what string) string {
	switch {
	case r.Until.IsZero():
		return ""
	case r.Ended:
		return what + " until " + r.Until.Local().Format(time.TimeOnly)
	default:
		return what + " at " + r.Until.Local().Format(time.TimeOnly)
	}
}

func (h Helper) node() string {
	if h.Node == "" {
		return "-"
	}
	return h.Node
}

// Standing says how a detached run stands.
func Standing(a detached.About) string {
	what := command.Join(a.Argv) + " in " + a.Pod
	if a.Node != "" {
		what += " on node " + a.Node
	}
	switch {
	case a.Unread != "" && a.Over():
		return hint.Line(a.Err()) + "; its podtracer has ended"
	case a.Unread != "":
		return hint.Line(a.Err()) + "; its podtracer lives"
	case a.Killed:
		return what + ": its podtracer was killed"
	case a.Over():
		return what + " has ended: " + a.Stands
	default:
		return what + " goes on without a console until " + a.Until.Local().Format(time.DateTime) + ": " + a.Stands
	}
}

// State says in a few words what became of a run that was lost.
func State(r agent.RunStatus) string {
	switch at := r.Until.Local().Format(time.TimeOnly); {
	case r.Ended && r.Until.IsZero():
		return fmt.Sprintf("lost, keeps %s", figures.Bytes(r.Bytes))
	case r.Ended:
		return fmt.Sprintf("lost, keeps %s until %s", figures.Bytes(r.Bytes), at)
	case r.Until.IsZero():
		return "lost"
	default:
		return "lost, stops at " + at
	}
}
