package cli

import (
	"errors"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
)

func TestOnlyAHelperThatKeepsNothingForAConsoleIsUnused(t *testing.T) {
	running := k8s.Helper{Runs: true}
	for what, c := range map[string]struct {
		of   seenHelper
		want bool
	}{
		"nobody is connected, and nothing is kept":                   {seenHelper{Helper: running}, true},
		"it is installed, and nobody uses it":                        {seenHelper{Helper: k8s.Helper{Runs: true, Installed: true}}, false},
		"it has ended":                                               {seenHelper{Helper: k8s.Helper{Ended: true}}, true},
		"a run goes on there without a console, or its output waits": {seenHelper{Helper: k8s.Helper{Runs: true, Detached: true}}, false},
		"the helper of a detached run has ended":                     {seenHelper{Helper: k8s.Helper{Ended: true, Detached: true}}, true},
		"it is still starting":                                       {seenHelper{}, false},
		"a console is connected":                                     {seenHelper{Helper: running, Status: agent.Status{Consoles: 1}}, false},
		"it does not answer":                                         {seenHelper{Helper: running, err: errors.New("no answer")}, false},
		"a tool runs":                                                {seenHelper{Helper: running, Status: agent.Status{Runs: []agent.RunStatus{{}}}}, false},
		"a tool has ended whose output nobody has fetched":           {seenHelper{Helper: running, Status: agent.Status{Runs: []agent.RunStatus{{Ended: true}}}}, false},
	} {
		if got := c.of.unused(); got != c.want {
			t.Errorf("%s: unused %v", what, got)
		}
	}
}

// What nobody knows of may be what would be deleted with the helper.
func TestAHelperOfWhichItIsNotKnownWhatIsKeptThereIsUsed(t *testing.T) {
	silent := errors.New("no answer")
	for _, detached := range []bool{false, true} {
		helper := k8s.Helper{Runs: true, Detached: detached}
		if s := seenOf(helper, agent.Status{}, nil, nil, silent); s.unused() || !errors.Is(s.err, silent) {
			t.Errorf("%+v", s)
		}
		if s := seenOf(helper, agent.Status{}, silent, nil, nil); s.unused() {
			t.Errorf("%+v", s)
		}
	}
}
