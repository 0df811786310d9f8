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

// What a tool captures out of reach is complete for nobody who does not have it.
func TestACaptureOutOfReachIsCompleteUpToTheOutageOnly(t *testing.T) {
	whole := tools.State{Phase: tools.Running, Capture: true, Device: "eth0", Packets: 3, Bytes: 300, Counters: report.Counters{Known: true}, Began: time.Now()}
	out, lost := whole, whole
	out.Away.Node, out.Away.Since = "node2", time.Date(2026, 12, 1, 12, 4, 5, 0, time.Local)
	lost.Away, lost.Losses = out.Away, []report.Loss{{Kind: report.LostToDisk, Count: 3, Detail: "dropped by the kernel"}}
	ended := out
	ended.Phase = tools.Ended
	for name, c := range map[string]struct {
		run          tools.State
		shown, inRow string
	}{
		"in reach":              {whole, "complete", "complete"},
		"out of reach":          {out, "complete until 12:04:05", "unreached"},
		"with losses":           {lost, lost.Verdict().String(), lost.Verdict().Word()},
		"given up, by whatever": {ended, "complete", "complete"},
	} {
		if got := verdictShown(c.run); got != c.shown {
			t.Errorf("%s: %q is shown, not %q", name, got, c.shown)
		}
		if got := word(c.run); got != c.inRow {
			t.Errorf("%s: %q is in the list, not %q", name, got, c.inRow)
		}
	}
	for _, members := range [][]tools.State{{whole, out}, {out, whole}} {
		if got := worst(members); got != "unreached" {
			t.Errorf("a set is %q", got)
		}
	}
	if got := worst([]tools.State{out, lost, whole}); got != lost.Verdict().Word() {
		t.Errorf("a set is %q", got)
	}
}
