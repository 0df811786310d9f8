package tools

import (
	"context"
	"errors"
	"io"
)

// errAgedOut says that a place has left the ring.
var errAgedOut = errors.New("it has left the ring")

// follow reads the spool from its beginning and waits for more until it is finished. Read returns io.EOF then, and the
// context's error when that ends first.
func (s *spool) follow(ctx context.Context) io.Reader { return s.followFrom(ctx, 0, func(int64) {}) }

// followFrom follows from an offset on, and tells with each read how far its reader has come.
func (s *spool) followFrom(ctx context.Context, offset int64, come func(offset int64)) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		come(offset)
		if err := s.wait(ctx, offset); err != nil {
			return 0, err
		}
		n, err := s.readAt(p, offset)
		offset += int64(n)
		return n, err
	})
}

// wait waits for something to read behind offset. It returns io.EOF if nothing more will come.
func (s *spool) wait(ctx context.Context, offset int64) error {
	s.awaited.Store(true)
	for {
		now, version := s.state.Get()
		switch {
		case now.end.offset > offset:
			return nil
		case now.closed:
			return io.EOF
		}
		if _, _, err := s.state.Next(ctx, version); err != nil {
			return err
		}
	}
}

// readAt reads what stands at an offset of the stream, up to what may be read. It returns errAgedOut if that is gone.
func (s *spool) readAt(p []byte, offset int64) (int, error) {
	now, _ := s.state.Get()
	g, end := s.pinAt(offset)
	if g == nil {
		return 0, errAgedOut
	}
	defer s.unpin([]*segment{g})
	room := min(end, now.end.offset) - offset
	return g.file.ReadAt(p[:min(int64(len(p)), room)], g.head+offset-g.start.offset)
}

// pinAt pins the segment that holds an offset, and says where it ends if it is not the last one.
func (s *spool) pinAt(offset int64) (g *segment, end int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end = int64(1) << 62
	for i := len(s.segments) - 1; i >= 0; i-- {
		g = s.segments[i]
		if offset >= g.start.offset {
			g.pins++
			return g, end
		}
		end = g.start.offset
	}
	return nil, 0
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
