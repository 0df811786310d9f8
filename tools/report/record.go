package report

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// Record is what is known of a run that is of any use when it has ended.
type Record struct {
	Pod      k8s.Pod
	Argv     []string // what really ran
	Created  time.Time
	Began    time.Time // when the tool started; zero if it never did
	Ended    time.Time // zero if that is not known
	Over     bool      // it has ended
	Capture  bool      // the output is packets
	Filter   string    // of a capture, as the person wrote it
	Device   string    // that was captured on, as the tool says
	Ring     int64     // bytes; 0: none
	Bytes    int64     // that were kept, with those that left a ring since
	Packets  int64     // in these bytes, whole
	Counters Counters
	Losses   []Loss // what is missing
}

// Tool is the name of the program.
func (r Record) Tool() string { return ToolName(r.Argv) }

// ToolName is the name of the program of a command; "" if there is none.
func ToolName(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return filepath.Base(argv[0])
}

// Lost says whether data is missing for another reason than that the tool itself failed, which its own exit status says.
func (r Record) Lost() bool {
	return slices.ContainsFunc(r.Losses, func(l Loss) bool { return l.Kind != LostByFailure })
}
