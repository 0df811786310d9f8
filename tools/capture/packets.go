package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/tools/packet"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Packet is one packet of a capture, summarized in a line.
type Packet struct {
	Number   int64 // from 1, in the order of capture
	Time     time.Time
	Length   int // bytes on the wire
	Captured int // bytes kept
	From     int // which capture of a Set it is of, in the order in which they joined; else 0
	packet.Summary
}

// State says how much of a capture can be looked at.
type State struct {
	First, Last int64 // numbers of the packets that are available; Last is First-1 if there are none
	Read, Bytes int64 // bytes that were read for the index so far, and bytes that there are to read
	Missed      int64 // packets that left the ring before they were read; they are in no conversation
	Unnumbered  int64 // of a Set: packets that left their ring before they got a number in it
	Ended       bool  // no more packets will come, and all were read
}

// Decoded is a dissected packet.
type Decoded struct {
	Packet
	Layers []packet.Layer
	Bytes  []byte
}

// Conversations are the conversations in a capture.
type Conversations struct {
	List   []packet.Conversation // in the order in which they began; those of a Set by capture
	Others packet.Others         // packets that are in no conversation of List
	Full   bool                  // there was no room for some conversations, whose packets are in Others
	State  State
}

// ErrNoPacket says that a packet is not available: it has left the ring, has not come, or cannot be found yet.
var ErrNoPacket = errors.New("there is no such packet")

// Packets returns up to n packets from the number first on; if first is 0, the newest n. It does not wait. Until the capture has
// been read, packets are found only near its beginning and end; the answer leaves out what lies between.
//
// Errors: the spool cannot be read.
func (x *Index) Packets(first int64, n int) ([]Packet, State, error) {
	state := x.State()
	if first == 0 {
		first = max(state.First, state.Last-int64(n)+1)
	}
	first = max(first, state.First)
	var out []Packet
	err := x.walk(first, min(state.Last, first+int64(n)-1), func(header pcap.Header, number int64, raw []byte) {
		out = append(out, x.summary(header, number, raw))
	})
	return out, state, err
}

// Packet dissects a packet.
//
// Errors: ErrNoPacket; the spool cannot be read.
func (x *Index) Packet(number int64) (Decoded, error) {
	var out Decoded
	err := x.walk(number, number, func(header pcap.Header, number int64, raw []byte) {
		out.Packet = x.summary(header, number, raw)
		out.Bytes = append([]byte(nil), raw[pcap.PacketHeaderLen:]...)
		out.Layers = packet.Decode(header.LinkType, out.Bytes, out.Length)
	})
	if err == nil && out.Number == 0 {
		err = fmt.Errorf("packet %d: %w", number, ErrNoPacket)
	}
	return out, err
}

// Conversations waits until more has been read than the version seen covers, and returns the conversations. After the end of
// the capture it waits until ctx ends.
func (x *Index) Conversations(ctx context.Context, seen uint64) (Conversations, uint64, error) {
	_, version, err := x.changed.Next(ctx, seen)
	if err != nil {
		return Conversations{}, seen, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.conversations()
	c.State = x.State()
	return c, version, nil
}

// conversations returns the conversations; the caller holds mu.
func (x *Index) conversations() (c Conversations) {
	if x.table != nil {
		c.List, c.Others, c.Full = x.table.Conversations(), x.table.Others, x.table.Full()
	}
	return c
}

// State returns how much of the capture can be looked at.
func (x *Index) State() State {
	kept, _ := x.spool.Get()
	read, _ := x.changed.Get()
	return State{
		First: kept.Oldest.Packets + 1, Last: kept.End.Packets, Read: read.at.Offset, Bytes: kept.End.Offset,
		Missed: read.missed, Ended: kept.Closed && read.ended,
	}
}

// Next waits until the state of the capture differs from seen, and returns it. After the end of the capture it waits until ctx ends.
//
// Errors: the error of ctx.
func (x *Index) Next(ctx context.Context, seen State) (State, error) {
	for {
		read, version := x.changed.Get()
		_, kept := x.spool.Get()
		if now := x.State(); now != seen {
			return now, nil
		}
		var err error
		if read.ended { // the index does not follow the spool any more
			_, _, err = x.spool.Next(ctx, kept)
		} else {
			_, _, err = x.changed.Next(ctx, version)
		}
		if err != nil {
			return seen, err
		}
	}
}

func (x *Index) summary(h pcap.Header, number int64, raw []byte) Packet {
	data := raw[pcap.PacketHeaderLen:]
	original := h.Length(raw)
	bases := x.bases(number, pcap.ParseTransport(h.LinkType, data, original))
	return Packet{
		Number: number, Time: h.Time(raw), Length: original, Captured: len(data), Summary: packet.Summarize(h.LinkType, data, original, bases),
	}
}

// walk visits the packets with these numbers, in ascending order, without those that cannot be found yet or have left the ring. h and
// raw are valid only during the visit.
func (x *Index) walk(first, last int64, visit func(h pcap.Header, number int64, raw []byte)) error {
	const least, most, usual = 16 << 10, 256 << 10, 2 << 10 // bytes of a read, and of a packet
	if last < first {
		return nil
	}
	header, err := x.fileHeader()
	if err != nil {
		return err
	}
	at, ok := x.near(first - 1)
	if oldest := x.spool.Oldest(); first <= oldest.Packets || ok && at.Offset < oldest.Offset {
		at, ok = oldest, true
	}
	if !ok {
		return nil
	}
	buffer := make([]byte, max(least, min(most, (last-at.Packets)*usual)))
	for at.Packets < last {
		n, err := x.spool.ReadAt(buffer, at.Offset)
		if errors.Is(err, spool.ErrAgedOut) {
			at = x.spool.Oldest()
			continue
		}
		p, whole := buffer[:n], false
		for at.Packets < last {
			size := header.Size(p)
			if size == 0 || size > len(p) {
				break
			}
			if at.Packets++; at.Packets >= first {
				visit(header, at.Packets, p[:size])
			}
			at.Offset += int64(size)
			p, whole = p[size:], true
		}
		switch size := header.Size(p); {
		case whole:
		case size > len(buffer) && size < 128<<20: // larger than one read
			buffer = make([]byte, size)
		case err != nil:
			return fmt.Errorf("read the capture: %w", err)
		default:
			return nil
		}
	}
	return nil
}

// fileHeader returns the header of the capture.
func (x *Index) fileHeader() (pcap.Header, error) {
	x.mu.Lock()
	h, known := x.header, x.table != nil
	x.mu.Unlock()
	if known {
		return h, nil
	}
	return x.spool.Header()
}

// near returns a place shortly before, or at, the end of a packet: one of the index, or one of the spool's own marks.
func (x *Index) near(packets int64) (best spool.Mark, ok bool) {
	const far = 4096 // packets
	try := func(m spool.Mark) {
		if m.Packets == 0 {
			m.Offset = max(m.Offset, pcap.FileHeaderLen)
		}
		if m.Packets <= packets && (!ok || m.Packets > best.Packets) {
			best, ok = m, true
		}
	}
	if place, found := x.before(packets); found {
		try(place)
	}
	if end, found := x.spool.Near(packets); found {
		try(end)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return best, ok && packets-best.Packets <= max(far, 2*x.stride)
}
