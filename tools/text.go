package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/tools/text"
)

// SetID names some runs that belong together; 0 is none.
type SetID int

// TextID names the text of one run, or, with a Set, of all runs of that set in the order of time.
type TextID struct {
	Run RunID
	Set SetID
}

// ErrNoSet says that there is no set of that number.
var ErrNoSet = errors.New("no such set")

// NewSet makes a set without runs. A run whose Request names it writes its lines to the set's text, too.
func (r *Runs) NewSet() SetID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets = append(r.sets, text.New(text.Kind{Dir: r.dir.Session()}))
	return SetID(len(r.sets))
}

// set returns the text of a set; mu is held.
func (r *Runs) set(id SetID) (*text.Text, error) {
	if id < 1 || int(id) > len(r.sets) {
		return nil, fmt.Errorf("%w: %d", ErrNoSet, id)
	}
	return r.sets[id-1], nil
}

func (r *Runs) text(id TextID) (*text.Text, error) {
	if id.Set == 0 {
		run, err := r.run(id.Run)
		if err != nil {
			return nil, err
		}
		return run.lines, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set(id.Set)
}

// Text waits until a text differs from what was seen of it.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx.
func (r *Runs) Text(ctx context.Context, id TextID, seen text.State) (text.State, error) {
	found, err := r.text(id)
	if err != nil {
		return text.State{}, err
	}
	return found.Next(ctx, seen)
}

// Lines returns these lines, in this order. Those that are gone, and those that have not come, are left out.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx; a disk that cannot be read.
func (r *Runs) Lines(ctx context.Context, id TextID, numbers []uint64) ([]text.Line, error) {
	found, err := r.text(id)
	if err != nil {
		return nil, err
	}
	return found.Lines(ctx, numbers)
}

// Unfinished returns the lines that have begun and have no end yet, as they stand.
//
// Errors: ErrNoRun, ErrNoSet.
func (r *Runs) Unfinished(id TextID) ([]text.Line, error) {
	found, err := r.text(id)
	if err != nil {
		return nil, err
	}
	return found.Unfinished(), nil
}

// LineAt returns the number of the first line that came at or after a time; if there is none, the number after the last line.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx; a disk that cannot be read.
func (r *Runs) LineAt(ctx context.Context, id TextID, at time.Time) (uint64, error) {
	found, err := r.text(id)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return 0, err
	}
	return found.LineAt(at)
}

// Search looks for lines from one on, which it begins with, forwards or backwards. It returns what it has found after 50 ms,
// or when it has found as many as most, and where to go on; lines that are gone are passed over.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx; a disk that cannot be read.
func (r *Runs) Search(ctx context.Context, id TextID, f text.Filter, from uint64, backwards bool, most int) (text.Hits, error) {
	found, err := r.text(id)
	if err != nil {
		return text.Hits{}, err
	}
	return found.Search(ctx, f, from, backwards, most)
}
