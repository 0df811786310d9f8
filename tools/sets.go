package tools

import (
	"errors"
	"fmt"

	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/text"
)

// SetID identifies a set of runs that belong together; 0: no set.
type SetID int

// ErrNoSet says that no set has that ID.
var ErrNoSet = errors.New("no such set")

// set is runs that belong together.
type set struct {
	text    *text.Text
	packets *capture.Set // nil until somebody looks
}

func (s *set) close() error {
	if s.packets != nil {
		s.packets.Close()
	}
	return s.text.Close()
}

// NewSet makes an empty set. A run whose Request names the set writes its lines to the text of the set, too.
func (r *Runs) NewSet() SetID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets = append(r.sets, &set{text: text.New(text.Kind{Dir: r.dir.Session()})})
	return SetID(len(r.sets))
}

// Unread says that nobody reads the text of a set any more. Output that has not become lines yet stays in the spools of the runs, so that
// nobody waits for lines which nobody sees.
//
// Errors: ErrNoSet.
func (r *Runs) Unread(id SetID) error {
	_, members, done, err := r.holdSet(id)
	if err != nil {
		return err
	}
	defer done()
	for _, run := range members {
		run.forget()
	}
	return nil
}

// set returns a set; the caller holds mu.
func (r *Runs) set(id SetID) (*set, error) {
	if id < 1 || int(id) > len(r.sets) {
		return nil, fmt.Errorf("%w: %d", ErrNoSet, id)
	}
	return r.sets[id-1], nil
}

// holdSet keeps Close from removing the runs of a set until done is called. The runs come in the order in which they were started.
func (r *Runs) holdSet(id SetID) (held *set, members []*run, done func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if held, err = r.set(id); err != nil {
		return nil, nil, nil, err
	}
	if r.closed {
		return nil, nil, nil, errClosed
	}
	for _, run := range r.runs {
		if run.request.Set == id {
			members = append(members, run)
		}
	}
	r.running.Add(1)
	return held, members, r.running.Done, nil
}
