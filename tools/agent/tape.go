package agent

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"

	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// mostKept is how many bytes of a stream an agent keeps, four times podtracer's default limit for a run.
const mostKept = 4 << 30

// tape is one stream of a tool. It is written once, and can be read from any offset while it grows.
type tape struct {
	file *spool.File
	sum  hash.Hash
	full func() // stops the tool
}

func newTape(dir *store.Dir, number int, full func()) (*tape, error) {
	file, err := spool.New(dir.Session(), store.SpoolName(number), spool.Kind{Limits: spool.Limits{Size: mostKept}})
	if err != nil {
		return nil, err
	}
	return &tape{file: file, sum: sha256.New(), full: full}, nil
}

// Write appends. An error stops the tool, so that the stream has no hole.
func (t *tape) Write(p []byte) (int, error) {
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
	case state.Full != nil:
		s.Broken = "the helper keeps 4 GiB of a stream at most"
	}
	return s
}

// from reads the stream from an offset on, until it is finished.
func (t *tape) from(ctx context.Context, offset int64) io.Reader {
	return t.file.FollowFrom(ctx, offset, func(int64) {})
}

func (t *tape) remove() { _ = t.file.Remove() } // if this fails, the session removes it
