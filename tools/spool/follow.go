package spool

import (
	"context"
	"errors"
	"io"
)

// ErrAgedOut says that an offset has left the ring.
var ErrAgedOut = errors.New("this part of the capture has left the ring")

// Follow reads the spool from its beginning and waits for more until the spool is finished. Then Read returns io.EOF, or the
// error of ctx if ctx ends first.
func (s *File) Follow(ctx context.Context) io.Reader { return s.FollowFrom(ctx, 0, func(int64) {}) }

// FollowFrom follows from an offset in bytes, and reports the reader's offset to come with each read.
func (s *File) FollowFrom(ctx context.Context, offset int64, come func(offset int64)) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		come(offset)
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := s.Wait(ctx, offset); err != nil {
			return 0, err
		}
		n, err := s.ReadAt(p, offset)
		offset += int64(n)
		return n, err
	})
}

// Await says that somebody waits for packets: the state is to tell of them soon after they came.
func (s *File) Await() { s.awaited.Store(true) }

// Wait waits until there are bytes after offset. It returns io.EOF if no more will come.
func (s *File) Wait(ctx context.Context, offset int64) error {
	s.Await()
	for {
		now, version := s.state.Get()
		switch {
		case now.End.Offset > offset:
			return nil
		case now.Closed:
			return io.EOF
		}
		if _, _, err := s.state.Next(ctx, version); err != nil {
			return err
		}
	}
}

// ReadAt reads at an offset of the stream, as far as followers may read.
//
// Errors: ErrAgedOut if the offset has left the ring; ErrMissing if the file has become shorter.
func (s *File) ReadAt(p []byte, offset int64) (int, error) {
	now, _ := s.state.Get()
	g, end := s.pinAt(offset)
	if g == nil {
		return 0, ErrAgedOut
	}
	defer s.unpin([]*segment{g})
	room := min(end, now.End.Offset) - offset
	n, err := g.file.ReadAt(p[:min(int64(len(p)), room)], g.head+offset-g.start.Offset)
	if errors.Is(err, io.EOF) {
		err = Missing(room - int64(n))
	}
	return n, err
}

// pinAt pins the segment that contains an offset; end is where the segment ends, if it is not the last one.
func (s *File) pinAt(offset int64) (g *segment, end int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end = int64(1) << 62
	for i := len(s.segments) - 1; i >= 0; i-- {
		g = s.segments[i]
		if offset >= g.start.Offset {
			g.pins++
			return g, end
		}
		end = g.start.Offset
	}
	return nil, 0
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
