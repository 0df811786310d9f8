package report

import (
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
)

// LossKind is why something is missing. The values stand in reports.
type LossKind string

// The kinds of loss.
const (
	LostInKernel    LossKind = "kernel-drops"    // there was no room in the kernel's buffer
	LostByInterface LossKind = "interface-drops" // the interface or its driver had no room
	LostToSizeLimit LossKind = "size-limit"      // the default limit, which nobody asked for, was reached
	LostToFreeSpace LossKind = "free-space"      // the disk was nearly full
	LostToDisk      LossKind = "disk-full"       // the output could not be written
	LostByKill      LossKind = "tool-killed"     // the tool did not end by itself
	LostByEnd       LossKind = "tool-ended"      // somebody else ended the tool before it had read all
	LostByFailure   LossKind = "tool-failed"     // the tool ended with an error of its own
	LostInStream    LossKind = "stream-broken"   // what the tool wrote is not whole packets
	LostToRenewal   LossKind = "network-renewed" // the pod lives on, in another network namespace
	LostWithUs      LossKind = "podtracer-killed"
)

// Loss is something that is missing from what was kept of a run.
type Loss struct {
	Kind   LossKind  `json:"kind"`
	Count  int64     `json:"count,omitempty"` // packets; 0: not known
	Since  time.Time `json:"since,omitzero"`  // when it was first noticed; zero: at the end
	Detail string    `json:"detail"`          // in words
}

// String says what is missing.
func (l Loss) String() string {
	text := l.Detail
	if l.Count > 0 {
		text = figures.Count(l.Count) + " " + text
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
