package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// SetID names some runs that belong together; 0 is none.
type SetID int

// TextID names the text of one run, or, with a Set, of all runs of that set in the order of time.
type TextID struct {
	Run RunID
	Set SetID
}

// TextState is how far a text goes.
type TextState struct {
	First, Last uint64 // numbers of the oldest line that is kept and of the newest; 0 when there is none
	Ended       bool   // no more lines come; of a set, unless another run joins it
}

// ErrNoSet says that there is no set of that number.
var ErrNoSet = errors.New("no such set")

// NewSet makes a set without runs. A run whose Request names it writes its lines to the set's text, too.
func (r *Runs) NewSet() SetID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets = append(r.sets, &lines{log: textLog{dir: r.dir.session.dir}})
	return SetID(len(r.sets))
}

// set returns the text of a set; mu is held.
func (r *Runs) set(id SetID) (*lines, error) {
	if id < 1 || int(id) > len(r.sets) {
		return nil, fmt.Errorf("%w: %d", ErrNoSet, id)
	}
	return r.sets[id-1], nil
}

func (r *Runs) text(id TextID) (*lines, error) {
	if id.Set == 0 {
		run, err := r.run(id.Run)
		if err != nil {
			return nil, err
		}
		return &run.lines, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set(id.Set)
}

// Text waits until a text differs from what was seen of it.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx.
func (r *Runs) Text(ctx context.Context, id TextID, seen TextState) (TextState, error) {
	text, err := r.text(id)
	if err != nil {
		return TextState{}, err
	}
	return text.next(ctx, seen)
}

// Lines returns these lines, in this order. Those that are gone, and those that have not come, are left out.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx; a disk that cannot be read.
func (r *Runs) Lines(ctx context.Context, id TextID, numbers []uint64) ([]Line, error) {
	text, err := r.text(id)
	if err != nil {
		return nil, err
	}
	reader := textReader{log: &text.log}
	found := make([]Line, 0, len(numbers))
	for _, number := range numbers {
		ok, err := reader.seek(number)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if ok {
			found = append(found, reader.line(number))
		}
	}
	return found, nil
}

// LineAt returns the number of the first line that came at or after a time; if there is none, the number after the last line.
//
// Errors: ErrNoRun, ErrNoSet, that of ctx; a disk that cannot be read.
func (r *Runs) LineAt(ctx context.Context, id TextID, at time.Time) (uint64, error) {
	text, err := r.text(id)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return text.log.lineAt(at.UnixNano())
}

// lineAt is the first line that came at or after a time, or the number after the last line.
func (l *textLog) lineAt(came int64) (uint64, error) {
	b, ok := l.before(came)
	if !ok {
		first, _ := l.bounds()
		return max(first, 1), nil
	}
	reader := textReader{log: l}
	if ok, err := reader.seek(b.first); err != nil || !ok {
		first, _ := l.bounds() // it has just been let go
		return first, err
	}
	for i, r := range reader.found {
		if r.came >= came {
			return b.first + uint64(i), nil
		}
	}
	return b.end(), nil
}

// lines reads some lines in a row, as far as they are there.
func (l *textLog) lines(from, to uint64) ([]Line, error) {
	reader := textReader{log: l}
	var found []Line
	for number := from; number <= to; number++ {
		ok, err := reader.seek(number)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, reader.line(number))
		}
	}
	return found, nil
}

// textReader reads a text, a block at a time.
type textReader struct {
	log    *textLog
	block  block // the one that was read last; none at first
	data   []byte
	buffer []byte
	found  []record // its lines
}

// seek reads the block of a line, unless that was read last, and says whether there is that line.
func (t *textReader) seek(number uint64) (bool, error) {
	if t.block.first <= number && number < t.block.end() {
		return true, nil
	}
	b, ok := t.log.blockOf(number)
	if !ok {
		return false, nil
	}
	data, err := b.read(t.buffer)
	if errors.Is(err, os.ErrClosed) { // it was let go just now
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read text: %w", err)
	}
	if b.file != nil {
		t.buffer = data
	}
	t.block, t.data, t.found = b, data, b.records(data, t.found)
	return true, nil
}

func (t *textReader) line(number uint64) Line {
	i := int(number - t.block.first)
	return t.block.line(t.data, i, t.found[i])
}
