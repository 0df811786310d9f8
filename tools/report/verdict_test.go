package report

import (
	"testing"
	"time"
)

func TestAVerdictSaysWhatACaptureIsWorth(t *testing.T) {
	began := time.Date(2026, 11, 22, 8, 15, 0, 0, time.UTC)
	whole := Record{Argv: []string{"/usr/bin/tcpdump"}, Capture: true, Began: began, Over: true, Bytes: 24, Counters: Counters{Known: true}}
	change := func(f func(*Record)) Record {
		r := whole
		f(&r)
		return r
	}
	dropped := Loss{Kind: LostInKernel, Count: 1204, Since: began, Detail: "dropped by the kernel"}
	for name, c := range map[string]struct {
		record     Record
		kind       VerdictKind
		text, word string
	}{
		"nothing is missing": {whole, Complete, "complete", "complete"},
		"it goes on, and has told no counters yet": {
			change(func(r *Record) { r.Over, r.Counters.Known = false, false }), Complete, "complete", "complete",
		},
		"it told no counters": {
			change(func(r *Record) { r.Counters.Known = false }), CompleteMaybe, "complete as far as is known: tcpdump told no counters", "complete",
		},
		"a ring let some go": {
			change(func(r *Record) { r.Counters.AgedOut = 12345 }), CompleteLater,
			"complete from where the ring begins: 12,345 packets before that aged out", "complete",
		},
		"some were dropped": {
			change(func(r *Record) { r.Losses = []Loss{dropped, {Kind: LostByKill, Detail: "tcpdump died of signal 9"}} }), Incomplete,
			"INCOMPLETE: 1,204 dropped by the kernel since 08:15:00; tcpdump died of signal 9", "INCOMPLETE",
		},
		"it is no capture":             {change(func(r *Record) { r.Capture = false }), NoVerdict, "", ""},
		"nothing came":                 {change(func(r *Record) { r.Bytes = 0 }), NoVerdict, "", ""},
		"it never began":               {change(func(r *Record) { r.Began = time.Time{} }), NoVerdict, "", ""},
		"a loss of a later podtracer":  {change(func(r *Record) { r.Losses = []Loss{{Kind: "new", Count: 3}} }), Incomplete, "INCOMPLETE: 3 lost in a way that this podtracer does not know", "INCOMPLETE"},
		"nothing came, and it is lost": {change(func(r *Record) { r.Bytes, r.Losses = 0, []Loss{dropped} }), Incomplete, "INCOMPLETE: 1,204 dropped by the kernel since 08:15:00", "INCOMPLETE"},
		"the tool itself says why nothing came": {
			change(func(r *Record) {
				r.Bytes, r.Losses = 0, []Loss{{Kind: LostByFailure, Detail: "tcpdump ended with an error"}}
			}), NoVerdict, "", "",
		},
		"text that was cut": {
			change(func(r *Record) {
				r.Capture, r.Losses = false, []Loss{{Kind: LostToFreeSpace, Detail: "the disk is nearly full"}}
			}), Incomplete,
			"INCOMPLETE: the disk is nearly full", "INCOMPLETE",
		},
		"text of a tool that failed": {
			change(func(r *Record) {
				r.Capture, r.Losses = false, []Loss{{Kind: LostByFailure, Detail: "ended with an error"}}
			}), NoVerdict, "", "",
		},
		"a tool that writes text, of a capture elsewhere": {
			change(func(r *Record) { r.Capture, r.Counters.KernelDropped, r.Losses = false, 1204, []Loss{dropped} }), Incomplete,
			"INCOMPLETE: 1,204 dropped by the kernel since 08:15:00", "INCOMPLETE",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.record.Verdict()
			if v.Kind != c.kind || v.String() != c.text || v.Word() != c.word {
				t.Errorf("kind %d, %q, %q", v.Kind, v, v.Word())
			}
			if reserved := v.Kind == CompleteMaybe || v.Kind == CompleteLater; v.Reserved() != reserved {
				t.Errorf("reserved: %v", v.Reserved())
			}
		})
	}
}

func TestRunsThatBelongTogetherAreCompleteOnlyIfEachIs(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 15, 0, 0, time.UTC)
	incomplete := func(losses ...Loss) Verdict { return Verdict{Kind: Incomplete, Losses: losses} }
	dropped := func(n int64, after time.Duration) Loss {
		return Loss{Kind: LostInKernel, Count: n, Since: at.Add(after), Detail: "dropped by the kernel"}
	}
	complete, later := Verdict{Kind: Complete}, Verdict{Kind: CompleteLater, AgedOut: 5}
	maybe, killed := Verdict{Kind: CompleteMaybe, Tool: "tcpdump"}, Loss{Kind: LostByKill, Detail: "tcpdump died of signal 9"}
	given := []Loss{dropped(3, time.Minute)}
	for want, verdicts := range map[string][]Verdict{
		"":         {{}, {}},
		"complete": {complete, {}, complete},
		"complete from where the ring begins: 10 packets before that aged out":                     {later, complete, later},
		"complete as far as is known: tcpdump told no counters":                                    {later, maybe, complete},
		"INCOMPLETE: 7 dropped by the kernel since 08:15:00; tcpdump died of signal 9":             {incomplete(given...), maybe, incomplete(dropped(4, 0), killed), incomplete(killed)},
		"INCOMPLETE: 3 dropped by the kernel since 08:16:00; dropped by the kernel since 08:15:00": {incomplete(given...), incomplete(dropped(0, 0))},
	} {
		if got := OfAll(verdicts...).String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if given[0].Count != 3 {
		t.Error("a verdict that was given has changed")
	}
}
