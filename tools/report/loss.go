package report

import (
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
)

// LossKind is why something is missing. The values are part of the report's format.
type LossKind string

// The kinds of loss.
const (
	LostInKernel      LossKind = "kernel-drops"    // no room in the kernel's buffer
	LostByInterface   LossKind = "interface-drops" // no room in the interface or its driver
	LostToSizeLimit   LossKind = "size-limit"      // the default limit, which nobody asked for, was reached
	LostToFreeSpace   LossKind = "free-space"      // the disk was nearly full
	LostToDisk        LossKind = "disk-full"       // the output could not be written
	LostByKill        LossKind = "tool-killed"     // the tool did not end by itself
	LostByEnd         LossKind = "tool-ended"      // the tool was ended before it had read what had arrived
	LostWithInterface LossKind = "interface-gone"  // the interface disappeared before the tool had read what had arrived
	LostByFailure     LossKind = "tool-failed"     // the tool ended with an error of its own
	LostInStream      LossKind = "stream-broken"   // the tool's output is not whole packets
	LostToRenewal     LossKind = "network-renewed" // the pod got another network namespace
	LostToHandover    LossKind = "handed-over"     // somebody else went on with the run
	LostWithUs        LossKind = "podtracer-killed"
)

// Loss is something that is missing from what was kept of a run.
type Loss struct {
	Kind   LossKind  `json:"kind"`
	Count  int64     `json:"count,omitempty"` // packets; 0: unknown
	Since  time.Time `json:"since,omitzero"`  // when it was first noticed; zero: at the end
	Detail string    `json:"detail"`          // in words
}

// String says what is missing, how much of it, and since when.
func (l Loss) String() string {
	text := l.Detail
	if text == "" { // it is of a later podtracer
		text = "lost in a way that this podtracer does not know"
	}
	switch {
	case l.Count > 0:
		text = figures.Count(l.Count) + " " + text
	case l.Detail == "":
		text = "something was " + text
	}
	if !l.Since.IsZero() {
		text += " since " + l.Since.Format("15:04:05")
	}
	return text
}

func lossText(losses []Loss) string {
	texts := make([]string, len(losses))
	for i, l := range losses {
		texts[i] = l.String()
	}
	return strings.Join(texts, "; ")
}
