package report

import (
	"github.com/fennec-project/podtracer/internal/figures"
)

// Verdict says whether a capture is complete.
type Verdict struct {
	Kind    VerdictKind
	Losses  []Loss // only for Incomplete
	AgedOut int64  // only for CompleteLater: packets that left the ring
	Tool    string // only for CompleteMaybe: the tool that told no counters
}

// VerdictKind is the result of a verdict.
type VerdictKind int

// The kinds of verdict. Those from Complete to CompleteMaybe are good.
const (
	NoVerdict     VerdictKind = iota // not a capture, or nothing came
	Complete                         // nothing is missing
	CompleteLater                    // nothing is missing from where the ring begins
	CompleteMaybe                    // nothing is known to be missing
	Incomplete                       // something is missing
)

// Verdict judges the record. A run that is not a capture, or that failed before anything came, has no verdict. Exceptions: a tcpdump
// that does not write to podtracer gets one if its counters tell of drops; text gets one if something is missing.
func (r Record) Verdict() Verdict {
	switch {
	case !r.Capture && (r.Counters.Dropped() > 0 || r.Lost()): // a tcpdump that writes text or its own file; text that is cut short
		return Verdict{Kind: Incomplete, Losses: r.Losses}
	case !r.Capture || r.Began.IsZero() || r.Bytes == 0 && r.Over && !r.Lost():
		return Verdict{}
	case len(r.Losses) > 0:
		return Verdict{Kind: Incomplete, Losses: r.Losses}
	case r.Over && !r.Counters.Known:
		return Verdict{Kind: CompleteMaybe, Tool: r.Tool()}
	case r.Counters.AgedOut > 0:
		return Verdict{Kind: CompleteLater, AgedOut: r.Counters.AgedOut}
	default:
		return Verdict{Kind: Complete}
	}
}

// String returns the verdict in words; "" if there is none.
func (v Verdict) String() string {
	switch v.Kind {
	case Complete:
		return "complete"
	case CompleteLater:
		return "complete from where the ring begins: " + figures.Count(v.AgedOut) + " packets before that aged out"
	case CompleteMaybe:
		return "complete as far as is known: " + v.Tool + " told no counters"
	case Incomplete:
		return "INCOMPLETE: " + lossText(v.Losses)
	default:
		return ""
	}
}

// Word returns the verdict in one word; "" if there is none.
func (v Verdict) Word() string {
	switch v.Kind {
	case NoVerdict:
		return ""
	case Incomplete:
		return "INCOMPLETE"
	default:
		return "complete"
	}
}

// Reserved says whether nothing is known to be missing, but completeness cannot be proved.
func (v Verdict) Reserved() bool { return v.Kind == CompleteLater || v.Kind == CompleteMaybe }
