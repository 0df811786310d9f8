package tools

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

// spool is where a run's output is kept: the bytes as the tool wrote them, in one file, or with a ring the newest of them
// in several. One goroutine writes it; any number follow it, each at its own pace, and none of them ever makes the writer
// wait.
//
// Of a capture only whole packets are shown to the followers while it is written.
type spool struct {
	dir     *owndir.Dir
	name    string // of its file; with a ring, its files begin with that
	ring    int64  // bytes to keep; 0: all
	limits  spoolLimits
	scanner *pcap.Scanner // of a capture; nil behind bytes that are no packets
	capture bool
	state   latest.Value[spoolState]
	awaited atomic.Bool  // somebody waits for what comes
	ahead   atomic.Int64 // bytes that are reserved and not written

	whole   mark  // the end of the last packet that is kept, or of the stream's head
	written int64 // bytes, with those behind it
	room    int64 // bytes that there is surely room for, if the tool itself writes
	broken  error // why the stream is not packets any more

	syncer *syncer

	mu       sync.Mutex // guards what follows
	segments []*segment // the oldest first; the last one is written
	named    bool       // the names of all of them are on the disk
	marks    []mark     // some of the last ends of packets, the newest last
}

// Why nothing more is taken: a limit was reached.
var (
	ErrMaxSize    = errors.New("stopped: it reached its size limit")
	ErrMaxPackets = errors.New("stopped: it has as many packets as were asked for")
)

// spoolLimits end a spool; 0 is none. They hold to the packet.
type spoolLimits struct{ size, packets int64 }

type spoolState struct {
	oldest mark  // what came before it has left the ring
	end    mark  // what may be read
	closed bool  // no more will come
	err    error // the write that failed; what came before it is there
	full   error // ErrMaxSize or ErrMaxPackets once a limit is reached: nothing more is taken
}

// mark is a place in the stream between two packets.
type mark struct{ offset, packets int64 }

// spoolKind says what a spool is for.
type spoolKind struct {
	Capture bool  // of packets
	Ring    int64 // bytes of the newest of them; 0: all
	Limits  spoolLimits
	Names   func() error // brings the names above that of the spool's file to the disk; called once
}

// newSpool makes a spool in a directory, readable by its owner only.
func newSpool(dir *owndir.Dir, name string, kind spoolKind) (*spool, error) {
	s := &spool{dir: dir, name: name, ring: kind.Ring, limits: kind.Limits, capture: kind.Capture}
	s.syncer = newSyncer(s, kind.Names)
	if kind.Capture {
		s.scanner = pcap.NewScanner()
	}
	if err := s.begin(mark{}, nil); err != nil {
		return nil, err
	}
	return s, nil
}

// Write appends. After an error nothing more is taken, so that the spool has no hole.
//
// Errors: that of the write that failed; ErrMaxSize and ErrMaxPackets when a limit is reached and what is behind it was
// not taken.
func (s *spool) Write(p []byte) (int, error) {
	now, _ := s.state.Get()
	if err := errors.Join(now.err, now.full); err != nil {
		return 0, err
	}
	before := s.written
	err := s.publish(s.take(p))
	n := int(max(0, s.written-before))
	s.syncer.note(n)
	return n, err
}

// Get is how the spool stands, with a version for Next.
func (s *spool) Get() (spoolState, uint64) { return s.state.Get() }

// Next waits for a state newer than seen.
func (s *spool) Next(ctx context.Context, seen uint64) (spoolState, uint64, error) {
	return s.state.Next(ctx, seen)
}

// Name is that of the spool's file; with a ring, its files begin with that.
func (s *spool) Name() string { return s.name }

// Broken says why the stream is not packets any more, if it is not. It is for who writes.
func (s *spool) Broken() error { return s.broken }

// Ahead is how many bytes are reserved and not written.
func (s *spool) Ahead() int64 { return s.ahead.Load() }

// publish shows the followers how far they may read, and what went wrong.
func (s *spool) publish(err error) error {
	s.markEnd(s.readable())
	s.state.Update(func(now spoolState) spoolState {
		now.end, now.oldest = s.readable(), s.oldest()
		if errors.Is(err, ErrMaxSize) || errors.Is(err, ErrMaxPackets) {
			now.full = err
		} else if err != nil {
			now.err = fmt.Errorf("write spool: %w", err)
			err = now.err
		}
		return now
	})
	return err
}

// readable is how far followers may read.
func (s *spool) readable() mark {
	if s.scanner == nil {
		return mark{s.written, s.whole.packets}
	}
	return s.whole
}

// take appends p, up to a limit.
func (s *spool) take(p []byte) error {
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
func (s *spool) scan(p []byte) (n int, err error) {
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
		if s.limits.size > 0 && s.scanner.Whole() > s.limits.size {
			return at, ErrMaxSize
		}
		s.whole = mark{s.scanner.Whole(), s.scanner.Packets()}
		if s.limits.packets > 0 && s.whole.packets >= s.limits.packets {
			return at, ErrMaxPackets
		}
		if s.segmentIsFull(int64(at)) {
			return at, errSegmentFull
		}
	}
	return len(p), nil
}

// takeBytes appends what is not packets.
func (s *spool) takeBytes(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if room := s.limits.size - s.written; s.limits.size > 0 && int64(len(p)) > room {
		if err := s.append(p[:max(0, room)]); err != nil {
			return err
		}
		return ErrMaxSize
	}
	return s.append(p)
}

// Marks for readers that jump ahead.
const (
	markEvery = 64 << 10 // bytes
	marksKept = 16
)

// markEnd remembers where a packet ends, now and then.
func (s *spool) markEnd(end mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.marks); n > 0 && end.offset-s.marks[n-1].offset < markEvery {
		return
	}
	s.marks = append(s.marks, end)
	if len(s.marks) > marksKept {
		s.marks = append(s.marks[:0], s.marks[1:]...)
	}
}

// shortOf returns the end of a packet that lies about so many bytes before the end.
func (s *spool) shortOf(bytes int64) mark {
	now, _ := s.state.Get()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.marks) - 1; i >= 0; i-- {
		if now.end.offset-s.marks[i].offset >= bytes {
			return s.marks[i]
		}
	}
	return now.end
}

// Near is the last of the ends of packets that are remembered which lies at or before that of a packet.
func (s *spool) Near(packets int64) (best mark, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	try := func(m mark) {
		if m.packets <= packets && (!ok || m.packets > best.packets) {
			best, ok = m, true
		}
	}
	for _, m := range s.marks {
		try(m)
	}
	for _, g := range s.segments {
		try(g.start)
	}
	return best, ok
}

// finish says that no more will come: the followers come to an end, with what is there of a last packet, too.
func (s *spool) finish() {
	if now, _ := s.state.Get(); now.full != nil && s.capture {
		_ = s.cut() // what cannot be cut off is not read
	} else if s.room > 0 {
		_ = s.file().Truncate(s.written) // gives back what was reserved; it is given back with the file at the latest
	}
	s.state.Update(func(now spoolState) spoolState {
		now.closed = true
		if now.full == nil {
			now.end.offset = s.written
		}
		return now
	})
}

// failed returns the error of the write that failed, or nil.
func (s *spool) failed() error {
	now, _ := s.state.Get()
	return now.err
}

// size is how many bytes have come.
func (s *spool) size() int64 {
	now, _ := s.state.Get()
	return now.end.offset
}

// cutOff says how a capture that has ended stops short, of which so many bytes are held that are no whole packet: "" if it is
// whole packets up to its end, or to a limit.
func (s *spool) cutOff(held int) string {
	now, _ := s.state.Get()
	switch {
	case now.full != nil, now.err != nil:
		return ""
	case s.written == 0 && held == 0:
		return "the stream ends before its head: nothing came"
	case s.whole.offset == 0:
		return "the stream ends in the middle of its head"
	case s.written > s.whole.offset || held > 0:
		return "the stream ends in the middle of a packet"
	default:
		return ""
	}
}

// header is what the head of the stream says.
func (s *spool) header() (pcap.Header, error) {
	c, release := s.pin()
	defer release()
	r, err := pcap.NewReader(c.open())
	if err != nil {
		return pcap.Header{}, err
	}
	return r.Header(), nil
}
