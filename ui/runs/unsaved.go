package runs

import (
	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// Unsaved is what the captures hold that is in no file.
type Unsaved struct {
	whole, grown   int   // captures of which nothing was saved; that hold more than what was
	packets, bytes int64 // of the former
	since          int64 // packets that came to the latter since
	atMost         bool  // or fewer: it is not known how many of them have left a ring
}

// UnsavedOf is what the captures of a list hold that is in none of the files that were saved of them.
func UnsavedOf(list tools.List, kept map[tools.RunID]save.File) Unsaved {
	var u Unsaved
	for _, r := range list {
		saved, some := kept[r.ID]
		packets, atMost := unsaved(r, saved, some)
		switch {
		case packets == 0:
		case some:
			u.grown++
			u.since += packets
			u.atMost = u.atMost || atMost
		default:
			u.whole++
			u.packets += packets
			u.bytes += r.Bytes - r.Counters.AgedOutBytes
		}
	}
	return u
}

// unsaved is how many packets of a run are in no file, or how many there are at most. What of a run was saved last holds all that was
// there then.
func unsaved(r tools.State, saved save.File, some bool) (packets int64, atMost bool) {
	held := r.Packets - r.Counters.AgedOut
	switch {
	case !r.Capture || held <= 0, some && !saved.Partial:
		return 0, false
	case !some:
		return held, false
	case saved.Packets == 0 && saved.Bytes > 0: // as the tool wrote it: nobody could count them
		if r.Bytes <= saved.Bytes {
			return 0, false
		}
		return held, true
	default:
		return max(0, min(held, r.Packets-saved.Packets)), r.Ring.Size > 0
	}
}

// Captures is how many captures hold something that is in no file.
func (u Unsaved) Captures() int { return u.whole + u.grown }

// Texts say it, in a sentence for each kind of capture.
func (u Unsaved) Texts() []string {
	var out []string
	switch held := figures.Plural(u.packets, "packet") + ", " + figures.Bytes(u.bytes); u.whole {
	case 0:
	case 1:
		out = append(out, "1 capture was not saved: "+held)
	default:
		out = append(out, figures.Count(u.whole)+" captures were not saved: "+held)
	}
	since := "by " + figures.Plural(u.since, "packet")
	if u.atMost {
		since = "by at most " + figures.Plural(u.since, "packet")
	}
	switch u.grown {
	case 0:
	case 1:
		out = append(out, "1 capture has grown "+since+" since it was saved")
	default:
		out = append(out, figures.Count(u.grown)+" captures have grown "+since+" since they were saved")
	}
	return out
}
