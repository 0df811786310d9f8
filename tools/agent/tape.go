package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync/atomic"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// mostKept is how many bytes of a stream an agent keeps, four times podtracer's default limit for a run.
const mostKept = 4 << 30

// budget is how many bytes the runs of an agent may keep together.
type budget struct {
	most int64
	used atomic.Int64
}

// take says whether there is room for n more bytes, which are then in use.
func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) <= b.most {
		return true
	}
	b.give(int64(n))
	return false
}

func (b *budget) give(n int64) { b.used.Add(-n) }

// tape is one stream of a tool. It is written once, and can be read from any offset while it grows.
type tape struct {
	file *spool.File
	sum  hash.Hash
	kept *budget
	used int64  // bytes taken from the budget
	full func() // stops the tool
}

func newTape(dir *store.Dir, kept *budget, number int, full func()) (*tape, error) {
	file, err := spool.New(dir.Session(), store.SpoolName(number), spool.Kind{Limits: spool.Limits{Size: mostKept}})
	if err != nil {
		return nil, err
	}
	return &tape{file: file, sum: sha256.New(), kept: kept, full: full}, nil
}

// Write appends. An error stops the tool, so that the stream has no hole.
func (t *tape) Write(p []byte) (int, error) {
	if t.kept.take(len(p)) {
		t.used += int64(len(p))
	} else {
		t.file.Enough(fmt.Errorf("the helper keeps %s of all runs together at most", figures.Bytes(t.kept.most)))
	}
	n, err := t.file.Write(p)
	t.sum.Write(p[:n]) // never fails
	if err != nil {
		t.full()
	}
	return n, err
}

// finish ends the stream and says what has to arrive at the console.
func (t *tape) finish() *wire.Stream {
	t.file.Finish()
	state, _ := t.file.Get()
	s := &wire.Stream{Size: state.End.Offset, Sha256: t.sum.Sum(nil)}
	switch {
	case state.Err != nil:
		s.Broken = state.Err.Error()
	case errors.Is(state.Full, spool.ErrMaxSize):
		s.Broken = "the helper keeps 4 GiB of a stream at most"
	case state.Full != nil:
		s.Broken = state.Full.Error()
	}
	return s
}

// size is how many bytes were written; 0 for nil.
func (t *tape) size() int64 {
	if t == nil {
		return 0
	}
	state, _ := t.file.Get()
	return state.End.Offset
}

// from reads the stream from an offset on, until it is finished.
func (t *tape) from(ctx context.Context, offset int64) io.Reader {
	return t.file.FollowFrom(ctx, offset, func(int64) {})
}

// remove removes the stream, which nobody writes any more.
func (t *tape) remove() {
	_ = t.file.Remove() // if this fails, the session removes it
	t.kept.give(t.used)
}
