package saving

import (
	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// Unsaved counts what captures hold that is in no file.
type Unsaved struct {
	whole, grown   int   // captures that were never saved; captures that have grown since they were saved
	packets, bytes int64 // of the captures that were never saved
	since          int64 // packets that came to the captures that have grown
	atMost         bool  // since is an upper bound: it is not known how many of its packets have left a ring
}

// UnsavedOf counts what the captures of a list hold that is in none of their saved files; kept are the newest file of each run. What a
// detached run holds is kept where it goes on.
func UnsavedOf(list tools.List, kept map[tools.RunID]save.File) Unsaved {
	var u Unsaved
	for _, r := range list {
		if r.IsDetached() || r.WasLeft() {
			continue
		}
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

// unsaved is how many packets of a run are in no file, or at most how many. The file saved last holds every packet that the run
// held at that time.
func unsaved(r tools.State, saved save.File, some bool) (packets int64, atMost bool) {
	held := r.Packets - r.Counters.AgedOut
	switch {
	case !r.Capture || held <= 0, some && !saved.Partial:
		return 0, false
	case !some:
		return held, false
	case saved.Packets == 0 && saved.Bytes > 0: // saved as the tool wrote it, so its packets could not be counted
		if r.Bytes <= saved.Bytes {
			return 0, false
		}
		return held, true
	default:
		return max(0, min(held, r.Packets-saved.Packets)), r.Ring.Size > 0
	}
}

// Captures is how many captures hold packets that are in no file.
func (u Unsaved) Captures() int { return u.whole + u.grown }

// Texts says what is not saved, in a sentence for each kind of capture.
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
