package spool

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// segment is one file of a spool. A spool without a ring has one. Each segment of a capture is a complete capture: it begins with
// the stream's file header and ends after a packet.
type segment struct {
	name   string
	start  Mark  // of its content, without the header
	head   int64 // bytes of the file header before the content
	size   int64 // bytes of content
	file   *os.File
	pins   int  // readers that still need it
	marked bool // it left the ring while it was pinned

	settled atomic.Bool // all of it has been synced
}

// ringSegments is how many segments a ring has: packets leave the ring by an eighth of its size at a time.
const ringSegments = 8

// MinRing is the smallest ring in bytes: each of its segments has room for the largest packet.
const MinRing = ringSegments << 20

// begin opens the next segment.
func (s *File) begin(at Mark, head []byte) error {
	name := s.name
	if s.ring > 0 {
		name = fmt.Sprintf("%s.%06d", s.name, at.Packets)
	}
	f, err := s.dir.Create(name)
	if err != nil {
		return fmt.Errorf("make spool: %w", err)
	}
	if _, err := f.Write(head); err != nil {
		return errors.Join(err, f.Close(), s.dir.Remove(name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, &segment{name: name, start: at, head: int64(len(head)), file: f})
	s.named = false
	return nil
}

// segmentIsFull says whether the next packet goes to a new segment, if more bytes are added to this one. It leaves room for a
// packet, so that no segment is larger than its part of the ring.
func (s *File) segmentIsFull(more int64) bool {
	if s.ring == 0 {
		return false
	}
	largest := int64(s.scanner.Header().SnapLen) + pcap.PacketHeaderLen
	last := s.segments[len(s.segments)-1]
	return last.size+more > s.ring/ringSegments-largest
}

// append writes p at the end. Before that, it drops segments that the ring can do without, so that the disk never holds more than
// the ring and one segment.
func (s *File) append(p []byte) error {
	s.mu.Lock()
	s.shed(int64(len(p)))
	last := s.segments[len(s.segments)-1]
	s.mu.Unlock()
	n, err := last.file.Write(p)
	s.mu.Lock()
	last.size += int64(n)
	s.mu.Unlock()
	s.written += int64(n)
	return err
}

// shed drops segments until the ring with more bytes fits; the caller holds mu.
func (s *File) shed(more int64) {
	if s.ring == 0 {
		return
	}
	total := more
	for _, g := range s.segments {
		total += g.head + g.size
	}
	for len(s.segments) > 1 && total-s.segments[0].head-s.segments[0].size >= s.ring {
		gone := s.segments[0]
		total -= gone.head + gone.size
		s.segments = s.segments[1:]
		_ = s.dir.Remove(gone.name) // a later podtracer finds a file that cannot be removed
		if gone.marked = true; gone.pins == 0 {
			gone.drop()
		}
	}
}

// drop frees the disk space of a segment.
func (g *segment) drop() {
	_ = g.file.Truncate(0) // frees the space even if somebody has the file open
	_ = g.file.Close()
}

// Oldest is where the spool now begins.
func (s *File) Oldest() Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.segments[0].start
}

// cut removes what follows the last packet that is kept.
func (s *File) cut() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.segments[len(s.segments)-1]
	last.size = s.whole.Offset - last.start.Offset
	s.written = s.whole.Offset
	return last.file.Truncate(last.head + last.size)
}

// Close closes the files, which stay on the disk.
func (s *File) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		g.file.Close()
	}
}

// Remove closes the files and removes them from the disk.
func (s *File) Remove() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, g := range s.segments {
		errs = append(errs, g.file.Close(), s.dir.Remove(g.name))
	}
	return errors.Join(errs...)
}

// Pin returns what the spool contains now, and keeps it from leaving the ring until release is called.
func (s *File) Pin() (c Content, release func()) {
	now, _ := s.state.Get()
	s.mu.Lock()
	defer s.mu.Unlock()
	pinned := s.segments
	for i, g := range pinned {
		g.pins++
		end := now.End.Offset
		if i+1 < len(pinned) {
			end = pinned[i+1].start.Offset
		}
		from, size := g.head, max(0, end-g.start.Offset)
		if i == 0 {
			from, size = 0, g.head+size
		}
		c.Add(g.file, from, size)
	}
	return c, func() { s.unpin(pinned) }
}

func (s *File) unpin(pinned []*segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range pinned {
		if g.pins--; g.pins == 0 && g.marked {
			g.drop()
		}
	}
}
