package runs

import (
	"testing"

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
