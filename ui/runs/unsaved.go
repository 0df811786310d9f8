package runs

import (
	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// Unsaved is what the captures hold that is in no file.
type Unsaved struct {
	Captures, inPart int // of the captures, how many are saved in part
	packets, bytes   int64
}

// UnsavedOf is what the captures of a list hold that is in none of the files that were saved of them.
func UnsavedOf(list tools.List, kept map[tools.RunID]save.File) Unsaved {
	var u Unsaved
	for _, r := range list {
		packets := r.Packets - r.Counters.AgedOut
		if !r.Capture || packets == 0 {
			continue
		}
		saved, some := kept[r.ID]
		if some && !saved.Partial {
			continue
		}
		u.Captures++
		if some {
			u.inPart++
		}
		u.packets += packets
		u.bytes += r.Bytes - r.Counters.AgedOutBytes
	}
	return u
}

// String says it in a sentence.
func (u Unsaved) String() string {
	text := "1 capture was not saved: "
	if u.Captures > 1 {
		text = figures.Count(u.Captures) + " captures were not saved: "
	}
	text += figures.Plural(u.packets, "packet") + ", " + figures.Bytes(u.bytes)
	switch {
	case u.inPart == 0:
		return text
	case u.Captures == 1:
		return "1 capture was saved in part only; it has " + figures.Plural(u.packets, "packet") + " now, " + figures.Bytes(u.bytes)
	default:
		return text + " (" + figures.Count(u.inPart) + " in part)"
	}
}
