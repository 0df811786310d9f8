package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/k8s"
)

// label is what lies beside a spool, so that it can be told what it is when podtracer is no more.
type label struct {
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

// largestLabel is more than a label can have: a command line is at most 2 MiB (execve(2)), and JSON may write six bytes for one.
const largestLabel = 16 << 20

func labelOf(spool string) string { return strings.TrimSuffix(spool, ".spool") + ".json" }

func newLabel(s State, filter string) label {
	return label{
		Namespace: s.Pod.Namespace, Pod: s.Pod.Name, UID: s.Pod.UID, Node: s.Pod.Node, Labels: s.Pod.Labels,
		Containers: s.Pod.ContainerNames, Argv: s.Argv, Created: s.Created, Capture: s.Capture, Filter: filter, Device: s.Device,
		Ring: s.Ring.Size, Began: s.Began, Ended: s.Ended, Counters: s.Counters, Losses: s.Losses,
		Packets: s.Packets - s.Counters.AgedOut,
	}
}

// write writes the label of a spool, in the place of an earlier one. The first one is on the disk when the spool is synced the
// first time (spool.sync), a later one at once.
func (l label) write(dir *owndir.Dir, spool string) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("label spool: %w", err)
	}
	f, err := dir.Create(labelOf(spool))
	switch {
	case errors.Is(err, fs.ErrExist):
		err = dir.Replace(labelOf(spool), text)
	case err == nil:
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("label spool: %w", err)
	}
	return nil
}

// readLabel reads the label of a spool.
//
// Errors: it is missing, or is none: a machine that lost its power may leave an empty one.
func readLabel(dir *owndir.Dir, spool string) (label, error) {
	var l label
	text, err := dir.Read(labelOf(spool), largestLabel)
	if err == nil {
		err = json.Unmarshal(text, &l)
	}
	if err != nil {
		return label{}, fmt.Errorf("read the label of %s: %w", spool, err)
	}
	return l, nil
}

// state is what is known of a run whose podtracer is no more.
func (l label) state() State {
	s := State{
		Pod: k8s.Pod{
			Namespace: l.Namespace, Name: l.Pod, UID: l.UID, Node: l.Node, Labels: l.Labels, ContainerNames: l.Containers,
		},
		Argv: l.Argv, Created: l.Created, Began: l.Began, Ended: l.Ended, Capture: l.Capture, Device: l.Device,
		Ring: Ring{Size: l.Ring}, Phase: Ended, Counters: l.Counters, Losses: l.Losses,
	}
	if l.Ended.IsZero() {
		s.Began = l.Created
		s.Losses = []Loss{{Kind: LostWithUs, Detail: "podtracer was killed while it ran; what came last, and what was dropped, is not known"}}
	}
	return s
}
