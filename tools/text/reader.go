package text

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Lines returns the lines with these numbers, in this order. Lines that are gone or have not come yet are left out.
//
// Errors: the error of ctx; a disk that cannot be read.
func (l *Text) Lines(ctx context.Context, numbers []uint64) ([]Line, error) {
	reader := reader{log: &l.log}
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
// Errors: a disk that cannot be read.
func (l *Text) LineAt(at time.Time) (uint64, error) { return l.log.lineAt(at.UnixNano()) }

// lineAt returns the number of the first line that came at or after a time; if there is none, the number after the last line.
func (l *log) lineAt(came int64) (uint64, error) {
	b, ok := l.before(came)
	if !ok {
		first, _ := l.bounds()
		return max(first, 1), nil
	}
	reader := reader{log: l}
	if ok, err := reader.seek(b.first); err != nil || !ok {
		first, _ := l.bounds() // the block was dropped meanwhile
		return first, err
	}
	for i, r := range reader.found {
		if r.came >= came {
			return b.first + uint64(i), nil
		}
	}
	return b.end(), nil
}

// reader reads a text, a block at a time.
type reader struct {
	log    *log
	block  block // the block that was read last; empty at first
	data   []byte
	buffer []byte
	found  []record // the lines of block
	behind *reader  // reads the end of the block before; nil until that is needed
}

// seek reads the block of a line, unless it was read last, and says whether the line exists.
func (t *reader) seek(number uint64) (bool, error) {
	if t.block.first <= number && number < t.block.end() {
		return true, nil
	}
	b, ok := t.log.blockOf(number)
	if !ok {
		return false, nil
	}
	data, err := b.read(t.buffer)
	if errors.Is(err, os.ErrClosed) { // the block was dropped meanwhile
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

func (t *reader) line(number uint64) Line {
	i := int(number - t.block.first)
	return t.block.line(t.data, i, t.found[i])
}

// texts returns the text of a line of the block that was read last, as it is shown (nil: as it was written), and that of the line
// which it continues, if it does.
func (t *reader) texts(number uint64, shown func(Line) string) (before, text []byte, err error) {
	text = t.text(number, shown)
	i := int(number - t.block.first)
	switch {
	case i > 0 && t.found[i-1].continuedBy(t.found[i]):
		return t.text(number-1, shown), text, nil
	case i > 0 || !t.block.continues:
		return nil, text, nil
	}
	if t.behind == nil {
		t.behind = &reader{log: t.log}
	}
	ok, err := t.behind.seek(number - 1)
	if ok && t.behind.found[t.behind.block.count-1].continuedBy(t.found[i]) {
		before = t.behind.text(number-1, shown)
	}
	return before, text, err
}

func (t *reader) text(number uint64, shown func(Line) string) []byte {
	if shown != nil {
		return []byte(shown(t.line(number)))
	}
	r := t.found[number-t.block.first]
	return t.data[r.from:r.to]
}

// continuedBy says whether the next line continues this one.
func (r record) continuedBy(next record) bool {
	return r.to-r.from == MaxLine && r.run == next.run && r.note == next.note
}
