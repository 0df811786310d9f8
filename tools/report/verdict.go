package report

import (
	"slices"

	"github.com/fennec-project/podtracer/internal/figures"
)

// Verdict says what a capture is worth.
type Verdict struct {
	Kind    VerdictKind
	Losses  []Loss // of one that is incomplete
	AgedOut int64  // of one that begins late: packets that left the ring
	Tool    string // of one that is unknown: it told no counters
}

// VerdictKind is what a verdict comes to.
type VerdictKind int

// The kinds of verdict. All but the first and the last are good.
const (
	NoVerdict     VerdictKind = iota // it is no capture, or nothing came
	Complete                         // nothing is missing
	CompleteLater                    // nothing is missing from where the ring begins
	CompleteMaybe                    // nothing is missing as far as is known
	Incomplete                       // something is missing
)

// Verdict says what it is worth. A run that is no capture, or that failed before anything came, has none; a tcpdump that does not
// write to podtracer has one if its own counters tell of drops, and text if podtracer was killed while it came: nobody else would
// say that it stops short.
func (r Record) Verdict() Verdict {
	switch {
	case !r.Capture && (r.Counters.Dropped() > 0 || r.lostWithUs()): // a tcpdump that writes text, or a file of its own; what was left
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

func (r Record) lostWithUs() bool {
	return slices.ContainsFunc(r.Losses, func(l Loss) bool { return l.Kind == LostWithUs })
}

// String says it in words; "" if there is none.
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

// Word says it in a word; "" if there is none.
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

// Reserved says whether nothing is known to be missing, and more than that cannot be said.
func (v Verdict) Reserved() bool { return v.Kind == CompleteLater || v.Kind == CompleteMaybe }
