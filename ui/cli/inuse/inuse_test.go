package inuse

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/call"
)

func TestOnlyAHelperThatKeepsNothingForAConsoleIsUnused(t *testing.T) {
	running := k8s.Helper{Runs: true}
	for what, c := range map[string]struct {
		of   Helper
		want bool
	}{
		"nobody is connected, and nothing is kept":                   {Helper{Helper: running}, true},
		"it is installed, and nobody uses it":                        {Helper{Helper: k8s.Helper{Runs: true, Installed: true}}, false},
		"it has ended":                                               {Helper{Helper: k8s.Helper{Ended: true}}, true},
		"a run goes on there without a console, or its output waits": {Helper{Helper: k8s.Helper{Runs: true, Detached: true}}, false},
		"the helper of a detached run has ended":                     {Helper{Helper: k8s.Helper{Ended: true, Detached: true}}, true},
		"it is still starting":                                       {Helper{Helper: k8s.Helper{Created: time.Now()}}, false},
		"it was never started":                                       {Helper{Helper: k8s.Helper{Created: time.Now().Add(-time.Hour)}}, true},
		"somebody has deleted it":                                    {Helper{Helper: k8s.Helper{Ended: true, Leaving: true}}, false},
		"a console is connected":                                     {Helper{Helper: running, Status: agent.Status{Consoles: 1}}, false},
		"it does not answer":                                         {Helper{Helper: running, Err: errors.New("no answer")}, false},
		"a tool runs":                                                {Helper{Helper: running, Status: agent.Status{Runs: []agent.RunStatus{{}}}}, false},
		"a tool has ended whose output nobody has fetched":           {Helper{Helper: running, Status: agent.Status{Runs: []agent.RunStatus{{Ended: true, Bytes: 1}}}}, false},
		"a tool has ended that has written nothing":                  {Helper{Helper: running, Status: agent.Status{Runs: []agent.RunStatus{{Ended: true}}}}, true},
	} {
		if got := c.of.Unused(); got != c.want {
			t.Errorf("%s: unused %v", what, got)
		}
	}
}

// A person who asks whether a crash has left something is told so for as long as there is something, or nobody can say.
func TestWhatACrashHasLeftIsToldWithWhatBringsItHomeAndWhatDeletesIt(t *testing.T) {
	until := time.Now().Add(time.Minute)
	of := k8s.Helper{Namespace: "podtracer", Name: "h", Node: "n", Runs: true}
	installed := of
	installed.Installed = true
	runs := agent.RunStatus{Pod: "shop/web", Argv: []string{"tcpdump"}, Until: until}
	keeps := runs
	keeps.Ended, keeps.Bytes, keeps.Kept = true, 1500, "k3x9q-1"
	for what, c := range map[string]struct {
		of         Helper
		text, hint string // parts
		disposable bool
	}{
		"a tool runs on": {
			Helper{Helper: of, Status: agent.Status{Runs: []agent.RunStatus{runs}}}, "tcpdump in shop/web runs on without its podtracer, and is stopped at ",
			"podtracer clean --discard podtracer/h", true,
		},
		"output waits": {
			Helper{Helper: of, Status: agent.Status{Runs: []agent.RunStatus{keeps}}}, "tcpdump in shop/web has written 1.5 kB that nobody has fetched, kept until ",
			"podtracer get podtracer/h:k3x9q-1 [FILE] brings it home; podtracer clean --discard podtracer/h deletes it", true,
		},
		"output waits where others are": {
			Helper{Helper: installed, Status: agent.Status{Consoles: 3, Runs: []agent.RunStatus{keeps}}}, "1.5 kB that nobody has fetched", "podtracer get podtracer/h:k3x9q-1", false,
		},
		"it does not answer": {Helper{Helper: of, Err: errors.New("no answer")}, "does not say what goes on there, and stays: no answer", "", false},
		"it is on its way":   {Helper{Helper: k8s.Helper{Ended: true, Leaving: true}}, "is being deleted", "", false},
	} {
		why := c.of.Stays(call.Call{})
		if len(why) == 0 || !why[0].Crash || !strings.Contains(why[0].Text, c.text) || !strings.Contains(why[0].Hint, c.hint) || c.of.Disposable() != c.disposable {
			t.Errorf("%s: %+v, disposable %v", what, why, c.of.Disposable())
		}
	}
}

func TestWhatBringsSomethingHomeNamesTheCluster(t *testing.T) {
	here := call.Call{Cluster: []string{"--context", "east"}, Starting: []string{"--helper-idle", "5m"}}
	kept := agent.RunStatus{Argv: []string{"tcpdump"}, Ended: true, Bytes: 1, Kept: "k3x9q-1"}
	of := Helper{Helper: k8s.Helper{Namespace: "podtracer", Name: "h", Runs: true}, Status: agent.Status{Runs: []agent.RunStatus{kept}}}
	const want = "podtracer get --context east podtracer/h:k3x9q-1 [FILE] brings it home; podtracer clean --context east --discard podtracer/h deletes it with its helper"
	if why := of.Stays(here); why[0].Hint != want {
		t.Errorf("got  %s\nwant %s", why[0].Hint, want)
	}
	of.Helper = k8s.Helper{Namespace: "podtracer", Name: "h", Leaving: true}
	if why := of.Stays(here); !strings.HasPrefix(why[len(why)-1].Hint, "kubectl get pod --context east -n podtracer h ") {
		t.Errorf("%+v", why)
	}
}

func TestWhatIsInUseIsNoCrash(t *testing.T) {
	of := k8s.Helper{Namespace: "podtracer", Name: "h", Runs: true}
	follows := agent.RunStatus{Pod: "shop/web", Argv: []string{"tcpdump"}}
	for _, h := range []Helper{
		{Helper: of, Status: agent.Status{Consoles: 1, Runs: []agent.RunStatus{follows}}},
		{Helper: of, Detached: []detached.About{{ID: "k3x9q-1", Ended: time.Now()}}},
		{Helper: k8s.Helper{Runs: true, Installed: true}},
		{Helper: k8s.Helper{Created: time.Now()}},
	} {
		if why := h.Stays(call.Call{}); len(why) != 1 || why[0].Crash || h.Disposable() {
			t.Errorf("%+v: %+v", h, why)
		}
	}
}

// What nobody knows of may be what would be deleted with the helper.
func TestAHelperOfWhichItIsNotKnownWhatIsKeptThereIsUsed(t *testing.T) {
	silent := errors.New("no answer")
	for _, detached := range []bool{false, true} {
		helper := k8s.Helper{Runs: true, Detached: detached}
		if s := Of(helper, agent.Status{}, nil, nil, silent); s.Unused() || !errors.Is(s.Err, silent) {
			t.Errorf("%+v", s)
		}
		if s := Of(helper, agent.Status{}, silent, nil, nil); s.Unused() {
			t.Errorf("%+v", s)
		}
	}
}

// Both are asked for by exec: where that is refused, it is refused twice.
func TestARefusalIsSaidOnceAndInOneLine(t *testing.T) {
	refused := errors.New("not allowed to exec into pod podtracer/h")
	of := Of(k8s.Helper{Namespace: "podtracer", Name: "h", Node: "n", Runs: true}, agent.Status{}, fmt.Errorf("reach the agent: %w", refused), nil, refused)
	why := of.Stays(call.Call{})
	if len(why) != 1 || why[0].Text != "does not say what goes on there, and stays: reach the agent: not allowed to exec into pod podtracer/h" {
		t.Errorf("%+v", why)
	}
	of = Of(of.Helper, agent.Status{}, errors.New("no answer"), nil, refused)
	if why := of.Stays(call.Call{}); !strings.HasSuffix(why[0].Text, ": no answer; not allowed to exec into pod podtracer/h") {
		t.Errorf("%+v", why)
	}
}

// A narrow terminal shows how each run stands; what is copied is the last word.
func TestARowBeginsWithHowItStandsAndEndsWithItsPlace(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.Local)
	of := k8s.Helper{Namespace: "podtracer", Name: "h", Node: "n", By: "anna", Runs: true, Created: now.Add(-24 * time.Hour)}
	about := detached.About{ID: "k3x9q-1", Pod: "shop/web", Argv: []string{"tcpdump", "-n"}, By: "bert", Began: now.Add(-time.Minute), Until: now.Add(time.Hour)}
	waiting := of
	waiting.Runs, waiting.Status = false, "is not scheduled (Unschedulable: 0/2 nodes are available: 1 Insufficient cpu)"
	for want, h := range map[string]Helper{
		"detached, until 13:00:00|shop/web|n|11:59:00|bert|tcpdump -n|podtracer/h:k3x9q-1": {Helper: of, Detached: []detached.About{about}},
		"1 console|shop/web|n|12:00:00|anna|ss|podtracer/h": {Helper: of, Status: agent.Status{
			Consoles: 1, Runs: []agent.RunStatus{{Pod: "shop/web", Argv: []string{"ss"}, Began: now}},
		}},
		"0 consoles|-|n|2026-11-29 12:00:00|anna|-|podtracer/h":                       {Helper: of},
		"is not scheduled (Unschedulable)|-|n|2026-11-29 12:00:00|anna|-|podtracer/h": {Helper: waiting},
	} {
		if rows := h.Rows(now); len(rows) != 1 || strings.Join(rows[0], "|") != want || len(rows[0]) != len(Title) {
			t.Errorf("got %q, want %s", rows, want)
		}
	}
}

// What a console has lost is told beside a detached run of the same pod that began at the same time.
func TestOnlyTheToolThatADetachedRunHasTakenOverIsListedAsThatRun(t *testing.T) {
	began := time.Now()
	lost := agent.RunStatus{Pod: "shop/web", Argv: []string{"tcpdump"}, Began: began, Until: began.Add(time.Hour), Ended: true, Bytes: 1, Kept: "477ft-1"}
	taken := agent.RunStatus{Pod: "shop/web", Argv: []string{"tcpdump"}, Began: began.Add(time.Second)}
	own := detached.About{ID: "k3x9q-1", Pod: "shop/web", Began: began.Add(time.Second)}
	adopted := own
	adopted.Adopted = true
	for name, c := range map[string]struct {
		tools    []agent.RunStatus
		detached detached.About
		lost     int
	}{
		"its own tool is not the agent's": {[]agent.RunStatus{lost}, own, 1},
		"its tool is the agent's":         {[]agent.RunStatus{taken}, adopted, 0},
		"one is followed":                 {[]agent.RunStatus{lost, taken}, adopted, 1},
		"it may be either":                {[]agent.RunStatus{taken, taken}, adopted, 2},
	} {
		h := Helper{Helper: k8s.Helper{Runs: true}, Status: agent.Status{Runs: c.tools}, Detached: []detached.About{c.detached}}
		if got := h.Lost(); len(got) != c.lost {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
