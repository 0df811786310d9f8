// Package spool keeps the output of a run: the bytes as the tool wrote them, in one file; with a ring the newest of them, in
// several files.
//
// One goroutine writes a File, or watches what the tool itself writes into it. Any number of readers follow it, each at its own
// pace, and none of them makes the writer wait. Followers of a capture see whole packets only. Output is on the disk a second
// after it came, or after 16 MiB. What leaves a ring is counted; nothing else is lost except what a limit cuts off.
//
// It owns the files, and starts no goroutine: the callers of Watch and KeepSynced do.
//
// Start reading at New, which takes a Kind, and File. Content is what a spool contained at one moment, or what an earlier
// podtracer left.
package spool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// File is the output of a run so far.
type File struct {
	dir     *owndir.Dir
	name    string // of its file; with a ring, the prefix of its files' names
	ring    int64  // bytes to keep; 0: all
	limits  Limits
	scanner *pcap.Scanner // of a capture; nil after bytes that are not packets
	capture bool
	state   latest.Value[State]
	awaited atomic.Bool  // somebody waits for new packets
	ahead   atomic.Int64 // bytes reserved and not yet written

	whole   Mark  // end of the last packet that is kept, or of the file header
	written int64 // bytes written, including those after whole
	room    int64 // offset up to which disk space is reserved, if the tool itself writes
	broken  error // why the stream is no longer packets

	syncer *syncer

	mu       sync.Mutex // guards the fields below
	segments []*segment // the oldest first; the last one is written to
	named    bool       // the names of all segments have been synced
	marks    []Mark     // ends of some of the last packets, the newest last
}

// The limit that was reached, after which nothing more is taken.
var (
	ErrMaxSize    = errors.New("stopped: it reached its size limit")
	ErrMaxPackets = errors.New("stopped: it reached its packet limit")
)

// Limits end a spool at the end of a packet; 0: no limit. Size is in bytes.
type Limits struct{ Size, Packets int64 }

// State is how far a spool has come.
type State struct {
	Oldest Mark  // everything before it has left the ring
	End    Mark  // followers may read up to here
	Closed bool  // no more will come
	Err    error // the write that failed; everything before it is in the spool
	Full   error // ErrMaxSize, ErrMaxPackets, or the reason given to Enough; nothing more is taken then
}

// Mark is a place in the stream between two packets: an offset in bytes, and the number of packets before it.
type Mark struct{ Offset, Packets int64 }

// Kind says what a spool is for.
type Kind struct {
	Capture bool  // the content is packets
	Ring    int64 // size of the ring in bytes; 0: no ring
	Limits  Limits
	Names   func() error // syncs the names of the directories above the spool's file; called once
}

// New makes a spool in a directory, readable by its owner only.
func New(dir *owndir.Dir, name string, kind Kind) (*File, error) {
	s := &File{dir: dir, name: name, ring: kind.Ring, limits: kind.Limits, capture: kind.Capture}
	s.syncer = newSyncer(s, kind.Names)
	if kind.Capture {
		s.scanner = pcap.NewScanner()
	}
	if err := s.begin(Mark{}, nil); err != nil {
		return nil, err
	}
	return s, nil
}

// Write appends p. After an error nothing more is taken, so that the spool has no hole.
//
// Errors: the error of the write that failed; ErrMaxSize or ErrMaxPackets when a limit is reached and the rest of p was not
// taken.
func (s *File) Write(p []byte) (int, error) {
	now, _ := s.state.Get()
	if err := errors.Join(now.Err, now.Full); err != nil {
		return 0, err
	}
	before := s.written
	err := s.publish(s.take(p))
	n := int(max(0, s.written-before))
	s.syncer.note(n)
	return n, err
}

// Enough makes the spool take nothing more, as if a limit had been reached; why is the reason. What the tool still writes until it has
// ended then pushes nothing out of a ring.
func (s *File) Enough(why error) {
	s.state.Update(func(now State) State {
		now.Full = cmp.Or(now.Full, why)
		return now
	})
}

// Get returns the state of the spool, with a version for Next.
func (s *File) Get() (State, uint64) { return s.state.Get() }

// Next waits for a state newer than seen.
func (s *File) Next(ctx context.Context, seen uint64) (State, uint64, error) {
	return s.state.Next(ctx, seen)
}

// Name is the name of the spool's file; with a ring, the prefix of its files' names.
func (s *File) Name() string { return s.name }

// Broken says why the stream is no longer packets; nil if it is. Only the writer may call it.
func (s *File) Broken() error { return s.broken }

// Ahead is how many bytes are reserved and not yet written.
func (s *File) Ahead() int64 { return s.ahead.Load() }

// publish shows the followers how far they may read, and the error err, if there is one.
func (s *File) publish(err error) error {
	s.markEnd(s.readable())
	s.state.Update(func(now State) State {
		now.End, now.Oldest = s.readable(), s.Oldest()
		if errors.Is(err, ErrMaxSize) || errors.Is(err, ErrMaxPackets) {
			now.Full = err
		} else if err != nil {
			now.Err = fmt.Errorf("write spool: %w", err)
			err = now.Err
		}
		return now
	})
	return err
}

// readable is how far followers may read.
func (s *File) readable() Mark {
	if s.scanner == nil && s.limits.Size > 0 { // what lies behind the limit is cut off at the end
		return Mark{min(s.written, s.limits.Size), s.whole.Packets}
	}
	if s.scanner == nil {
		return Mark{s.written, s.whole.Packets}
	}
	return s.whole
}

// take appends p, up to a limit.
func (s *File) take(p []byte) error {
	for len(p) > 0 && s.scanner != nil {
		scanned, whole, written := *s.scanner, s.whole, s.written
		n, err := s.scan(p)
		if err := s.append(p[:n]); err != nil { // only the packets that were written count
			s.scanner, s.whole = &scanned, whole
			_, _ = s.scan(p[:s.written-written])
			return err
		}
		p = p[n:]
		switch {
		case errors.Is(err, errSegmentFull):
			err = s.begin(s.whole, s.scanner.RawHeader())
		case errors.Is(err, ErrMaxSize):
			err = cmp.Or(s.cut(), err)
		}
		if err != nil {
			return err
		}
	}
	return s.takeBytes(p)
}

var errSegmentFull = errors.New("the segment is full")

// scan finds the packets in p, the next bytes of the stream, and returns how many bytes of p come before the error.
//
// Errors: ErrMaxPackets after the last packet that is wanted, ErrMaxSize after the first packet that does not fit,
// errSegmentFull. If the stream is no longer packets, scan sets scanner to nil.
func (s *File) scan(p []byte) (n int, err error) {
	for at := 0; at < len(p); {
		n, whole, err := s.scanner.Next(p[at:])
		if err != nil {
			s.broken, s.scanner = err, nil
			return at, nil
		}
		at += n
		if !whole {
			break
		}
		if s.limits.Size > 0 && s.scanner.Whole() > s.limits.Size {
			return at, ErrMaxSize
		}
		s.whole = Mark{s.scanner.Whole(), s.scanner.Packets()}
		if s.limits.Packets > 0 && s.whole.Packets >= s.limits.Packets {
			return at, ErrMaxPackets
		}
		if s.segmentIsFull(int64(at)) {
			return at, errSegmentFull
		}
	}
	return len(p), nil
}

// takeBytes appends bytes that are not packets.
func (s *File) takeBytes(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if room := s.limits.Size - s.written; s.limits.Size > 0 && int64(len(p)) > room {
		if err := s.append(p[:max(0, room)]); err != nil {
			return err
		}
		return ErrMaxSize
	}
	return s.append(p)
}

// Finish says that no more will come. Followers then reach the end, which includes an incomplete last packet and what the tool has
// written but podtracer could not read.
func (s *File) Finish() {
	if now, _ := s.state.Get(); now.Full != nil && s.capture {
		_ = s.cut() // followers do not read what cannot be cut off
	} else if s.room > 0 {
		s.giveBack()
	}
	s.state.Update(func(now State) State {
		now.Closed = true
		if now.Full == nil {
			now.End.Offset = s.written
		} else {
			now.End.Offset = min(now.End.Offset, s.written)
		}
		return now
	})
}

// Leave says that no more will come here, though the tool may go on to write into the file: for somebody else, and nothing is cut off.
func (s *File) Leave() {
	s.state.Update(func(now State) State {
		now.Closed = true
		return now
	})
}

// Failed returns the error of the write that failed, or nil.
func (s *File) Failed() error {
	now, _ := s.state.Get()
	return now.Err
}

// Size is the number of bytes that have come.
func (s *File) Size() int64 {
	now, _ := s.state.Get()
	return now.End.Offset
}

// CutOff says how an ended capture is cut short; "" if it consists of whole packets up to its end or to a limit. held is how many
// bytes of an incomplete packet the caller holds.
func (s *File) CutOff(held int) string {
	now, _ := s.state.Get()
	switch {
	case now.Full != nil, now.Err != nil:
		return ""
	case s.written == 0 && held == 0:
		return "the stream ends before its header: nothing came"
	case s.whole.Offset == 0:
		return "the stream ends in the middle of its header"
	case s.written > s.whole.Offset || held > 0:
		return "the stream ends in the middle of a packet"
	default:
		return ""
	}
}

// Header returns the file header of the stream.
func (s *File) Header() (pcap.Header, error) {
	c, release := s.Pin()
	defer release()
	r, err := pcap.NewReader(c.Open())
	if err != nil {
		return pcap.Header{}, err
	}
	return r.Header(), nil
}
