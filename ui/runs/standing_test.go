package runs

import (
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestTheColourOfAVerdictIsThatOfItsKindWhateverItsWordsAre(t *testing.T) {
	s := style.New(style.Look{Colors: style.Colors16})
	if s.Good.GetForeground() == s.Bad.GetForeground() {
		t.Fatal("good and bad have the same colour")
	}
	for kind, want := range map[report.VerdictKind]bool{ // whether it is good
		report.Complete: true, report.CompleteLater: true, report.CompleteMaybe: true, report.Incomplete: false,
	} {
		v := report.Verdict{Kind: kind, Tool: "INCOMPLETE", Losses: []report.Loss{{Detail: "complete"}}}
		if got := forVerdict(s, v).GetForeground(); (got == s.Good.GetForeground()) != want {
			t.Errorf("%q has the colour %v", v, got)
		}
	}
}

func TestARunThatIsBehindItsToolOnAnotherNodeSaysSo(t *testing.T) {
	now := time.Now()
	r := tools.State{Phase: tools.Running}
	says := func(want string) {
		if got := behind(r, now); got != want {
			t.Errorf("%+v: %q, want %q", r.Away, got, want)
		}
	}
	says("")
	r.Away.Node, r.Away.Since = "node2", now.Add(-12*time.Second)
	says("reconnecting, node2 keeps recording: 12s behind")
	r.Away.Since, r.Away.Bytes = time.Time{}, 3_000_000
	says("catching up with node2: 3.0 MB behind")
	r.Phase = tools.Ended
	says("")
}
