package tools

import (
	"context"
	"time"

	"github.com/fennec-project/podtracer/tools/text"
)

// TextID identifies the text, or the packets, of one run or, with a Set, of all runs of that set in order of time.
type TextID struct {
	Run RunID
	Set SetID
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
	set, err := r.set(id.Set)
	if err != nil {
		return nil, err
	}
	return set.text, nil
}

// Text waits until the state of a text differs from seen, and returns that state.
//
// Errors: ErrNoRun, ErrNoSet, the error of ctx.
func (r *Runs) Text(ctx context.Context, id TextID, seen text.State) (text.State, error) {
	found, err := r.text(id)
	if err != nil {
		return text.State{}, err
	}
	return found.Next(ctx, seen)
}

// Lines returns the lines with these numbers, in this order. Lines that are gone or have not come yet are left out.
//
// Errors: ErrNoRun, ErrNoSet, the error of ctx; a disk that cannot be read.
func (r *Runs) Lines(ctx context.Context, id TextID, numbers []uint64) ([]text.Line, error) {
	found, err := r.text(id)
	if err != nil {
		return nil, err
	}
	return found.Lines(ctx, numbers)
}

// Unfinished returns the lines that have begun but not ended, as far as they have come.
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
// Errors: ErrNoRun, ErrNoSet, the error of ctx; a disk that cannot be read.
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

// Search looks for matching lines from the line from on (inclusive), forwards or backwards. It returns after 50 ms, or with most
// hits, and says where to go on. Lines that are gone are skipped.
//
// Errors: ErrNoRun, ErrNoSet, the error of ctx; a disk that cannot be read.
func (r *Runs) Search(ctx context.Context, id TextID, f text.Filter, from uint64, backwards bool, most int) (text.Hits, error) {
	found, err := r.text(id)
	if err != nil {
		return text.Hits{}, err
	}
	return found.Search(ctx, f, from, backwards, most)
}
