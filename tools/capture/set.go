package capture

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Set is several captures that are looked at as one: their packets in the order of time, numbered from 1 on. Each packet and each
// conversation says From which capture it is.
//
// A number, once given, stays. So a packet waits until it has been in its spool for 200 ms, or a later one of another capture has:
// until then, packets of other captures that are older may come. What comes later than that stands where it came. The order within a
// capture never changes. Save sorts all packets anew.
//
// Its memory: a buffer for each capture; places in the order are in files without a name. It must be closed.
type Set struct {
	order   order
	changed latest.Value[State]
	news    chan struct{} // an index has read more, or a capture has joined

	mu      sync.Mutex // guards the fields below
	sources []*source  // none is ever removed
	err     error      // why nothing more gets a number
}

// source is a capture of a set.
type source struct {
	index    *Index
	buffer   []byte
	rest     []byte     // of buffer, from at on
	at       spool.Mark // up to here its packets have numbers in the set
	next     int64      // when the packet there was captured, in nanoseconds since 1970
	size     int        // of that packet with its header, in bytes; 0: it was not read yet
	skipped  int64      // packets that left the ring before they got a number
	arrivals []arrival
	read     indexed     // how far the index had come when the step began
	kept     spool.State // what the spool held then
}

// arrival says how far a spool had come at a time.
type arrival struct {
	at  time.Time
	end int64
}

const (
	hold      = 200 * time.Millisecond // how long a packet waits for older ones of other captures
	setPause  = 50 * time.Millisecond  // between two steps
	stepLimit = 1 << 17                // packets of a step, after which they are shown
	setBuffer = 1 << 20                // bytes, shared by all captures
	minBuffer = 64 << 10
)

// NewSet makes an empty set, whose order is kept in a directory. room returns an error if the disk is nearly full.
func NewSet(dir *owndir.Dir, room func() error) *Set {
	s := &Set{order: newOrder(dir, room), news: make(chan struct{}, 1)}
	s.changed.Set(State{First: 1})
	return s
}

// Join adds a capture, unless it is in the set already. It is numbered by its place among those that joined.
func (s *Set) Join(x *Index) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, joined := range s.sources {
		if joined.index == x {
			return
		}
	}
	s.sources = append(s.sources, &source{index: x, at: spool.Mark{Offset: pcap.FileHeaderLen}})
	x.tell(s.news)
	poke(s.news)
}

// poke tells a channel with room for one that there is news.
func poke(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

// Build gives numbers to the packets that come, until ctx ends.
func (s *Set) Build(ctx context.Context) {
	for ctx.Err() == nil {
		waiting, more := s.step(time.Now())
		if more {
			continue
		}
		var soon <-chan time.Time
		if waiting {
			soon = time.After(setPause)
		}
		select {
		case <-ctx.Done():
			return
		case <-soon:
			continue
		case <-s.news:
		}
		select { // what comes in small pieces is taken together
		case <-ctx.Done():
		case <-time.After(setPause):
		}
	}
}

// step gives numbers to the packets that need not wait any longer. waiting says that some wait, more that others are ready.
func (s *Set) step(now time.Time) (waiting, more bool) {
	s.mu.Lock()
	sources, broken := s.sources, s.err
	s.mu.Unlock()
	if broken != nil {
		return false, false
	}
	ended := true
	for _, c := range sources {
		c.kept, _ = c.index.spool.Get()
		c.read, _ = c.index.changed.Get()
		c.arrive(now)
		ended = ended && c.read.ended
	}
	var err error
	for range stepLimit {
		var first *source
		var from int
		first, from, waiting, err = earliest(sources, now, ended)
		if more = first != nil; !more {
			break
		}
		s.order.add(place{from, first.at.Packets + 1})
		first.advance()
	}
	if err = errors.Join(err, s.order.flush()); err != nil {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	s.publish(sources, ended && !waiting && !more || err != nil)
	return waiting && err == nil, more && err == nil
}

// earliest returns the capture with the earliest next packet, if that may get its number: because some packet has waited for long
// enough, or because nothing comes any more. While it is not known what the next packet of a capture is, none may.
func earliest(sources []*source, now time.Time, ended bool) (first *source, from int, waiting bool, err error) {
	due := ended
	for i, c := range sources {
		if err := c.load(len(sources)); err != nil {
			return nil, 0, false, err
		}
		switch {
		case c.size == 0 && c.kept.End.Packets > c.at.Packets && !c.read.ended: // the index is about to read it
			return nil, 0, true, nil
		case c.size == 0:
			continue
		}
		due = due || c.isDue(now)
		if first == nil || c.next < first.next {
			first, from = c, i
		}
	}
	if first == nil || due {
		return first, from, false, nil
	}
	return nil, 0, true, nil
}

// arrive notes how far the spool has come.
func (c *source) arrive(now time.Time) {
	for len(c.arrivals) > 1 && now.Sub(c.arrivals[1].at) >= hold {
		c.arrivals = c.arrivals[1:]
	}
	if n := len(c.arrivals); n == 0 || c.arrivals[n-1].end < c.kept.End.Offset {
		c.arrivals = append(c.arrivals, arrival{now, c.kept.End.Offset})
	}
}

// isDue says whether the next packet has been in the spool for long enough.
func (c *source) isDue(now time.Time) bool {
	oldest := c.arrivals[0]
	return now.Sub(oldest.at) >= hold && c.at.Offset < oldest.end
}

// load reads the next packet, if the index has come so far.
func (c *source) load(among int) error {
	for c.size == 0 && c.read.started && c.at.Packets < c.read.at.Packets {
		header := c.index.header // it does not change once the reader has started
		if size := header.Size(c.rest); size > 0 && size <= len(c.rest) {
			c.size, c.next = size, header.Time(c.rest).UnixNano()
			return nil
		}
		if len(c.buffer) == 0 {
			c.buffer = make([]byte, max(minBuffer, setBuffer/among))
		}
		n, err := c.index.spool.ReadAt(c.buffer, c.at.Offset)
		if errors.Is(err, spool.ErrAgedOut) {
			oldest := c.index.spool.Oldest()
			c.skipped += oldest.Packets - c.at.Packets
			c.at, c.rest = oldest, nil
			continue
		}
		c.rest = c.buffer[:n]
		switch size := header.Size(c.rest); {
		case size > len(c.buffer) && size < 128<<20: // larger than one read
			c.buffer, c.rest = make([]byte, size), nil
		case size == 0 || size > n:
			return fmt.Errorf("read the captures of the set: %w", errors.Join(err, pcap.ErrFormat))
		}
	}
	return nil
}

// advance goes past the next packet.
func (c *source) advance() {
	c.at = spool.Mark{Offset: c.at.Offset + int64(c.size), Packets: c.at.Packets + 1}
	c.rest, c.size = c.rest[c.size:], 0
}

// publish says how far the set has come.
func (s *Set) publish(sources []*source, ended bool) {
	before, _ := s.changed.Get()
	now := State{First: max(before.First, s.order.oldest()), Last: s.order.last, Ended: ended && len(sources) > 0}
	for _, c := range sources {
		now.Read += c.at.Offset
		now.Bytes += max(c.at.Offset, c.kept.End.Offset)
		now.Missed += c.read.missed
		now.Unnumbered += c.skipped
	}
	now.First = s.firstKept(sources, now.First)
	s.order.drop(now.First)
	if now != before {
		s.changed.Set(now)
	}
}

// firstKept is the number of the first packet, from a number on, that has not left the ring of its capture.
func (s *Set) firstKept(sources []*source, from int64) int64 {
	const atOnce = 1024
	for {
		places, _, err := s.order.read(from, from+atOnce-1)
		if err != nil || len(places) == 0 {
			return from
		}
		for _, p := range places {
			if p.number > sources[p.from].kept.Oldest.Packets {
				return from
			}
			from++
		}
	}
}

// failed is why packets cannot be looked at any more.
func (s *Set) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// indexes are the captures that have joined.
func (s *Set) indexes() []*Index {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Index, len(s.sources))
	for i, c := range s.sources {
		out[i] = c.index
	}
	return out
}

// Close frees the disk space of the order. Build must have ended.
func (s *Set) Close() { s.order.close() }
