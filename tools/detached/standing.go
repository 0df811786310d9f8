package detached

import (
	"encoding/json"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
)

// Standing is how a run stands, whole: what a console that attaches shows of it besides its output. tools.State gives it and takes it.
type Standing struct {
	Label   json.RawMessage // of its report.Record
	Phase   int             // of tools.Phase
	Bytes   int64           // kept of what the tool wrote, including those that left a ring since
	Packets int64           // whole packets in these bytes
	Ring    int64           `json:",omitempty"` // size in bytes; 0: none
	Headers bool            `json:",omitempty"` // only the headers of packets are kept
	Limits  Limits
	Exit    launch.Exit
	Cause   Told `json:",omitzero"` // why the tool was stopped
	Err     Told `json:",omitzero"` // why podtracer failed

	HostNetwork bool `json:",omitempty"` // the pod's network is that of its node

	Notices []string `json:",omitempty"`
	Frozen  string   `json:",omitempty"` // why the ring was frozen
}

// Limits are what ends a run, 0: no limit.
type Limits struct {
	Timer         time.Duration
	Size, Packets int64 // bytes; packets
}

// Told is an error that keeps its kind on the way. The zero Told is none.
type Told struct {
	Kind string `json:",omitempty"` // "" for an error that nobody asks the kind of
	Text string
	Hint string `json:",omitempty"`
}
