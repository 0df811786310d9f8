package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
)

// label is the form of a record beside a spool, which tells what the spool is when its podtracer is gone.
type label struct {
	Schema                    string `json:"schema,omitempty"` // empty in labels of older podtracers
	Namespace, Pod, UID, Node string
	Labels                    string   `json:",omitempty"`
	Containers                []string `json:",omitempty"`
	Argv                      []string
	Created                   time.Time
	Capture                   bool
	Filter                    string `json:",omitempty"`
	Device                    string `json:",omitempty"`
	Ring                      int64  `json:",omitempty"`

	// Of a run that has ended; zero if its podtracer was killed before.
	Began, Ended time.Time
	Counters     Counters
	Losses       []Loss       `json:",omitempty"`
	Packets      int64        `json:",omitempty"` // in the spool, without those that left a ring
	Bytes        int64        `json:",omitempty"` // in the spool; 0 for a ring, and in labels of older podtracers
	Clock        clock.Course `json:",omitempty"`
}

// labelSchema names the form. A change that breaks a reader makes it v2.
const labelSchema = "podtracer.label/v1"

// Encode returns the label of a record.
func (r Record) Encode() ([]byte, error) {
	kept := r.Bytes
	if r.Ring > 0 || r.Ended.IsZero() { // how much of a ring is there, its packets say
		kept = 0
	}
	text, err := json.Marshal(label{
		Schema:    labelSchema,
		Namespace: r.Pod.Namespace, Pod: r.Pod.Name, UID: r.Pod.UID, Node: r.Pod.Node, Labels: r.Pod.Labels,
		Containers: r.Pod.ContainerNames, Argv: r.Argv, Created: r.Created, Capture: r.Capture, Filter: r.Filter, Device: r.Device,
		Ring: r.Ring, Began: r.Began, Ended: r.Ended, Counters: r.Counters, Losses: r.Losses, Packets: r.Packets - r.Counters.AgedOut,
		Bytes: kept, Clock: r.Clock,
	})
	if err != nil {
		return nil, fmt.Errorf("write a run's label: %w", err)
	}
	return text, nil
}

// Decode reads what Encode wrote. If the end of the run is not in it, its podtracer was killed before.
//
// Errors: text that is not a label. JSON that does not say what was run, and when, such as null, is no label: it would pass for a
// complete run of a tool that writes text. Nor is one with a number below zero: of less than nothing, nothing is ever missing.
func Decode(text []byte) (Record, error) {
	var l label
	if err := json.Unmarshal(text, &l); err != nil {
		return Record{}, fmt.Errorf("read a run's label: %w", err)
	}
	if l.Schema != "" && l.Schema != labelSchema {
		return Record{}, fmt.Errorf("read a run's label: its format %q is that of another podtracer", l.Schema)
	}
	if len(l.Argv) == 0 || l.Created.IsZero() || l.Capture && l.Began.IsZero() && l.Packets > 0 {
		return Record{}, errors.New("read a run's label: it does not say what was run, or when")
	}
	if c := l.Counters; min(l.Packets, l.Bytes, l.Ring, c.AgedOut, c.AgedOutBytes, c.NotShown) < 0 || l.Packets > math.MaxInt64-c.AgedOut {
		return Record{}, errors.New("read a run's label: it counts what nobody can have counted")
	}
	return Record{
		Pod: k8s.Pod{
			Namespace: l.Namespace, Name: l.Pod, UID: l.UID, Node: l.Node, Labels: l.Labels, ContainerNames: l.Containers,
		},
		Argv: l.Argv, Created: l.Created, Began: l.Began, Ended: l.Ended, Over: true, Capture: l.Capture, Filter: l.Filter,
		Device: l.Device, Ring: l.Ring, Bytes: l.Bytes, Packets: l.Packets + l.Counters.AgedOut, Counters: l.Counters, Losses: l.Losses,
		Clock: l.Clock,
	}, nil
}
