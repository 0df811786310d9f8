package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// label is the form in which a record lies beside a spool, so that it can be told what it is when podtracer is no more.
type label struct {
	Schema                    string `json:"schema,omitempty"` // of older podtracers none
	Namespace, Pod, UID, Node string
	Labels                    string   `json:",omitempty"`
	Containers                []string `json:",omitempty"`
	Argv                      []string
	Created                   time.Time
	Capture                   bool
	Filter                    string `json:",omitempty"`
	Device                    string `json:",omitempty"`
	Ring                      int64  `json:",omitempty"`

	// Of a run that has ended; zero of one whose podtracer was killed before.
	Began, Ended time.Time
	Counters     Counters
	Losses       []Loss `json:",omitempty"`
	Packets      int64  `json:",omitempty"` // that the spool has, without those that left a ring
}

// labelSchema names the form. A change that breaks a reader makes it v2.
const labelSchema = "podtracer.label/v1"

// Encode writes a record as it lies beside a spool.
func (r Record) Encode() ([]byte, error) {
	text, err := json.Marshal(label{
		Schema:    labelSchema,
		Namespace: r.Pod.Namespace, Pod: r.Pod.Name, UID: r.Pod.UID, Node: r.Pod.Node, Labels: r.Pod.Labels,
		Containers: r.Pod.ContainerNames, Argv: r.Argv, Created: r.Created, Capture: r.Capture, Filter: r.Filter, Device: r.Device,
		Ring: r.Ring, Began: r.Began, Ended: r.Ended, Counters: r.Counters, Losses: r.Losses, Packets: r.Packets - r.Counters.AgedOut,
	})
	if err != nil {
		return nil, fmt.Errorf("write a run's label: %w", err)
	}
	return text, nil
}

// Decode reads what Encode wrote. A run whose end is not in it is one whose podtracer was killed before.
//
// Errors: what is no label. One that does not say what was run, and when, is none, such as null: of a capture it would say
// that it is text, with nothing missing.
func Decode(text []byte) (Record, error) {
	var l label
	if err := json.Unmarshal(text, &l); err != nil {
		return Record{}, fmt.Errorf("read a run's label: %w", err)
	}
	if l.Schema != "" && l.Schema != labelSchema {
		return Record{}, fmt.Errorf("read a run's label: it is a %q, of another podtracer", l.Schema)
	}
	if len(l.Argv) == 0 || l.Created.IsZero() || l.Capture && l.Began.IsZero() && l.Packets > 0 {
		return Record{}, errors.New("read a run's label: it does not say what was run, or when")
	}
	return Record{
		Pod: k8s.Pod{
			Namespace: l.Namespace, Name: l.Pod, UID: l.UID, Node: l.Node, Labels: l.Labels, ContainerNames: l.Containers,
		},
		Argv: l.Argv, Created: l.Created, Began: l.Began, Ended: l.Ended, Over: true, Capture: l.Capture, Filter: l.Filter,
		Device: l.Device, Ring: l.Ring, Packets: l.Packets + l.Counters.AgedOut, Counters: l.Counters, Losses: l.Losses,
	}, nil
}
