package packet

import (
	"time"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// side is the state of one direction of a conversation.
type side struct {
	packets, bytes, retransmits int64
	base, next                  uint32 // the first sequence number, and the number after the highest
	holes                       [4]hole
	passage                     uint64 // where this direction is followed (pcap.Transport.Passage); 0 if unknown
	scale                       int8
	known, fin                  bool
}

// hole is a range of sequence numbers [from, to) that had not been captured when, at a time in Unix nanoseconds, a later one was. An
// empty range is no hole.
type hole struct {
	from, to uint32
	at       int64
}

// reordered is how late a segment out of order may come if the round trip is unknown, in nanoseconds; Wireshark's value.
const reordered = int64(3 * time.Millisecond)

// see notes sequence numbers. again says that one of them was sent before; filling a hole older than late (nanoseconds) counts as such.
func (s *side) see(seq, length uint32, flags byte, at, late int64) (again bool) {
	end := seq + length
	if length == 0 {
		s.reach(seq, at)
		return false
	}
	if ahead := int32(seq - s.next); ahead >= 0 {
		if ahead > 0 {
			s.open(hole{s.next, seq, at})
		}
		s.next = end
		return false
	}
	if length == 1 && flags&(pcap.SYN|pcap.FIN) == 0 && end == s.next {
		return false // a keep-alive
	}
	since, fills := s.fill(seq, end)
	if int32(end-s.next) > 0 {
		s.next = end
	}
	if again = !fills || at-since > late; again {
		s.retransmits++
	}
	return again
}

// reach notes that everything before a number was sent, even if it was not captured.
func (s *side) reach(to uint32, at int64) {
	if int32(to-s.next) > 0 {
		s.open(hole{s.next, to, at})
		s.next = to
	}
}

// open adds a hole in place of the oldest one.
func (s *side) open(h hole) {
	copy(s.holes[1:], s.holes[:])
	s.holes[0] = h
}

// fill removes a range from the holes. filled says whether all of it was in one hole, which exists since since.
func (s *side) fill(from, to uint32) (since int64, filled bool) {
	for i := range s.holes {
		h := &s.holes[i]
		if h.from == h.to || int32(from-h.to) >= 0 || int32(to-h.from) <= 0 {
			continue
		}
		inside := int32(from-h.from) >= 0 && int32(h.to-to) >= 0
		since, rest := h.at, hole{to, h.to, h.at}
		switch {
		case inside && from != h.from && to != h.to:
			h.to = from
			s.open(rest)
		case int32(from-h.from) > 0:
			h.to = from
		case int32(h.to-to) > 0:
			h.from = to
		default:
			*h = hole{}
		}
		return since, inside
	}
	return 0, false
}
