package report

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
)

// Record is what stays known of a run after it has ended.
type Record struct {
	Pod      k8s.Pod
	Argv     []string // what actually ran
	Created  time.Time
	Began    time.Time // when the tool started; zero if it never did
	Ended    time.Time // zero if it is unknown
	Over     bool      // the run has ended
	Capture  bool      // the output is packets
	Filter   string    // capture filter, as the person wrote it
	Device   string    // device that was captured on, as the tool names it
	Ring     int64     // size in bytes; 0: none
	Bytes    int64     // bytes kept, including those that left a ring since
	Packets  int64     // whole packets in these bytes
	Counters Counters
	Losses   []Loss       // what is missing
	Clock    clock.Course // of the node that it ran on; nil if it was not compared
}

// Tool is the name of the program.
func (r Record) Tool() string { return ToolName(r.Argv) }

// ToolName returns the name of the program of a command; "" if there is none.
func ToolName(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return filepath.Base(argv[0])
}

// Lost says whether data is missing for another reason than that the tool itself failed, which the tool's exit status tells.
func (r Record) Lost() bool {
	return slices.ContainsFunc(r.Losses, func(l Loss) bool { return l.Kind != LostByFailure })
}
