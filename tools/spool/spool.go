// Package spool keeps what a run writes: the bytes as the tool wrote them, in one file, or with a ring the newest of them in
// several.
//
// One goroutine writes a File, or looks at what the tool itself has written into it; any number follow it, each at its own
// pace, and none of them ever makes the writer wait. Of a capture followers see whole packets only. What comes is on the disk
// a second later, or after 16 MiB. What leaves a ring is counted; nothing else is lost but what a limit says.
//
// It owns the files, and starts no goroutine: who calls Watch and KeepSynced does.
//
// The door: New, with the Kind that is wanted, and File; Content is what it held at one moment, and what a podtracer left that
// is no more.
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

// File is what a run writes, and has written so far.
type File struct {
	dir     *owndir.Dir
	name    string // of its file; with a ring, its files begin with that
	ring    int64  // bytes to keep; 0: all
	limits  Limits
	scanner *pcap.Scanner // of a capture; nil behind bytes that are no packets
	capture bool
	state   latest.Value[State]
	awaited atomic.Bool  // somebody waits for what comes
	ahead   atomic.Int64 // bytes that are reserved and not written

	whole   Mark  // the end of the last packet that is kept, or of the stream's head
	written int64 // bytes, with those behind it
	room    int64 // bytes that there is surely room for, if the tool itself writes
	broken  error // why the stream is not packets any more

	syncer *syncer

	mu       sync.Mutex // guards what follows
	segments []*segment // the oldest first; the last one is written
	named    bool       // the names of all of them are on the disk
	marks    []Mark     // some of the last ends of packets, the newest last
}

// Why nothing more is taken: a limit was reached.
var (
	ErrMaxSize    = errors.New("stopped: it reached its size limit")
	ErrMaxPackets = errors.New("stopped: it has as many packets as were asked for")
)

// Limits end a spool; 0 is none. They hold to the packet.
type Limits struct{ Size, Packets int64 }

// State is how far a spool has come.
type State struct {
	Oldest Mark  // what came before it has left the ring
	End    Mark  // what may be read
	Closed bool  // no more will come
	Err    error // the write that failed; what came before it is there
	Full   error // ErrMaxSize or ErrMaxPackets once a limit is reached: nothing more is taken
}

// Mark is a place in the stream between two packets.
type Mark struct{ Offset, Packets int64 }

// Kind says what a spool is for.
type Kind struct {
	Capture bool  // of packets
	Ring    int64 // bytes of the newest of them; 0: all
	Limits  Limits
	Names   func() error // brings the names above that of the spool's file to the disk; called once
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

// Write appends. After an error nothing more is taken, so that the spool has no hole.
//
// Errors: that of the write that failed; ErrMaxSize and ErrMaxPackets when a limit is reached and what is behind it was
// not taken.
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

// Get is how the spool stands, with a version for Next.
func (s *File) Get() (State, uint64) { return s.state.Get() }

// Next waits for a state newer than seen.
func (s *File) Next(ctx context.Context, seen uint64) (State, uint64, error) {
	return s.state.Next(ctx, seen)
}

// Name is that of the spool's file; with a ring, its files begin with that.
func (s *File) Name() string { return s.name }

// Broken says why the stream is not packets any more, if it is not. It is for who writes.
func (s *File) Broken() error { return s.broken }

// Ahead is how many bytes are reserved and not written.
func (s *File) Ahead() int64 { return s.ahead.Load() }

// publish shows the followers how far they may read, and what went wrong.
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
		if err := s.append(p[:n]); err != nil { // only the packets that were written are there
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

// scan finds the packets in p, the next bytes of the stream, and returns how much of p comes before what is to be done first.
//
// Errors: ErrMaxPackets behind the last packet that is wanted, ErrMaxSize behind the first for which there is no room,
// errSegmentFull. If the stream is not packets any more, there is no scanner after it.
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

// takeBytes appends what is not packets.
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

// Finish says that no more will come: the followers come to an end, with what is there of a last packet, too, and of what the
// tool has written and nobody could look at.
func (s *File) Finish() {
	if now, _ := s.state.Get(); now.Full != nil && s.capture {
		_ = s.cut() // what cannot be cut off is not read
	} else if s.room > 0 {
		s.giveBack()
	}
	s.state.Update(func(now State) State {
		now.Closed = true
		if now.Full == nil {
			now.End.Offset = s.written
		}
		return now
	})
}

// Failed returns the error of the write that failed, or nil.
func (s *File) Failed() error {
	now, _ := s.state.Get()
	return now.Err
}

// Size is how many bytes have come.
func (s *File) Size() int64 {
	now, _ := s.state.Get()
	return now.End.Offset
}

// CutOff says how a capture that has ended stops short, of which so many bytes are held that are no whole packet: "" if it is
// whole packets up to its end, or to a limit.
func (s *File) CutOff(held int) string {
	now, _ := s.state.Get()
	switch {
	case now.Full != nil, now.Err != nil:
		return ""
	case s.written == 0 && held == 0:
		return "the stream ends before its head: nothing came"
	case s.whole.Offset == 0:
		return "the stream ends in the middle of its head"
	case s.written > s.whole.Offset || held > 0:
		return "the stream ends in the middle of a packet"
	default:
		return ""
	}
}

// Header is what the head of the stream says.
func (s *File) Header() (pcap.Header, error) {
	c, release := s.Pin()
	defer release()
	r, err := pcap.NewReader(c.Open())
	if err != nil {
		return pcap.Header{}, err
	}
	return r.Header(), nil
}
