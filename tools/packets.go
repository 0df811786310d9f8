package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/tools/packet"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Packet is one of a capture, in a line.
type Packet struct {
	Number   int64 // from 1, in the order in which they were captured
	Time     time.Time
	Length   int // bytes on the wire
	Captured int // bytes that were kept of it
	packet.Summary
}

// PacketState is how much of a capture can be looked at.
type PacketState struct {
	First, Last int64 // numbers of the packets that are there; Last is First-1 if there are none
	Read, Bytes int64 // bytes that were read for the table so far, and that there are to be read
	Missed      int64 // packets that left the ring before they were read; they are in no conversation
	Ended       bool  // no more will come, and all was read
}

// Decoded is a packet, taken apart.
type Decoded struct {
	Packet
	Layers []packet.Layer
	Bytes  []byte
}

// Conversations are who talks to whom in a capture.
type Conversations struct {
	List   []packet.Conversation // in the order in which they began
	Others packet.Others         // packets of none of them
	State  PacketState
}

// ErrNoPacket says that a packet is not there: it has left the ring, has not come, or cannot be found yet.
var ErrNoPacket = errors.New("there is no such packet")

var errNoCapture = errors.New("this run does not capture packets")

// Packets returns up to n packets from the number first on; with first 0 the newest. It does not wait. The first call begins
// to read the capture from its beginning, in the background; until that has come to a place, packets are found near the ends
// only, and what lies between is missing in the answer.
//
// Errors: a run that does not capture; what reading says.
func (r *Runs) Packets(_ context.Context, id RunID, first int64, n int) ([]Packet, PacketState, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return nil, PacketState{}, err
	}
	defer done()
	state := run.packetState()
	if first == 0 {
		first = max(state.First, state.Last-int64(n)+1)
	}
	first = max(first, state.First)
	var out []Packet
	err = run.walk(first, min(state.Last, first+int64(n)-1), func(header pcap.Header, number int64, raw []byte) {
		out = append(out, run.summary(header, number, raw))
	})
	return out, state, err
}

// Packet takes a packet apart.
//
// Errors: ErrNoPacket; a run that does not capture; what reading says.
func (r *Runs) Packet(_ context.Context, id RunID, number int64) (Decoded, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return Decoded{}, err
	}
	defer done()
	var out Decoded
	err = run.walk(number, number, func(header pcap.Header, number int64, raw []byte) {
		out.Packet = run.summary(header, number, raw)
		out.Bytes = append([]byte(nil), raw[pcap.PacketHeaderLen:]...)
		out.Layers = packet.Decode(header.LinkType, out.Bytes, out.Length)
	})
	if err == nil && out.Number == 0 {
		err = fmt.Errorf("packet %d: %w", number, ErrNoPacket)
	}
	return out, err
}

// Conversations waits until more was read of a capture than the version seen, and returns who talks to whom in it. Behind the
// end of the capture it waits for ctx.
//
// Errors: a run that does not capture; that of ctx.
func (r *Runs) Conversations(ctx context.Context, id RunID, seen uint64) (Conversations, uint64, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return Conversations{}, seen, err
	}
	done() // what is waited for is not in the files
	_, version, err := run.index.changed.Next(ctx, seen)
	if err != nil {
		return Conversations{}, seen, err
	}
	c := Conversations{State: run.packetState()}
	run.index.mu.Lock()
	defer run.index.mu.Unlock()
	if table := run.index.table; table != nil {
		c.List, c.Others = table.Conversations(), table.Others
	}
	return c, version, nil
}

// holdCapture holds a run that captures, and has it read.
func (r *Runs) holdCapture(id RunID) (held *run, done func(), err error) {
	held, done, err = r.hold(id)
	if err != nil {
		return nil, nil, err
	}
	if !held.plan.Capture {
		done()
		return nil, nil, errNoCapture
	}
	held.index.once.Do(func() { r.index(held) })
	return held, done, nil
}

func (r *run) packetState() PacketState {
	kept, _ := r.spool.Get()
	read, _ := r.index.changed.Get()
	return PacketState{
		First: kept.Oldest.Packets + 1, Last: kept.End.Packets, Read: read.at.Offset, Bytes: kept.End.Offset,
		Missed: read.missed, Ended: kept.Closed && read.ended,
	}
}

func (r *run) summary(h pcap.Header, number int64, raw []byte) Packet {
	data := raw[pcap.PacketHeaderLen:]
	original := h.Length(raw)
	bases := r.index.bases(number, pcap.ParseTransport(h.LinkType, data, original))
	return Packet{number, h.Time(raw), original, len(data), packet.Summarize(h.LinkType, data, original, bases)}
}

// walk visits the packets of some numbers, in their order, without those that cannot be found yet. What is visited is good
// during the visit only.
func (r *run) walk(first, last int64, visit func(h pcap.Header, number int64, raw []byte)) error {
	const atOnce = 256 << 10
	if last < first {
		return nil
	}
	header, err := r.spool.Header()
	if err != nil {
		return err
	}
	at, ok := r.near(first - 1)
	if !ok {
		return nil
	}
	buffer := make([]byte, atOnce)
	for at.Packets < last {
		n, err := r.spool.ReadAt(buffer, at.Offset)
		if errors.Is(err, spool.ErrAgedOut) {
			return nil
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
		case size > len(buffer) && size < 128<<20: // larger than what is read at once
			buffer = make([]byte, size)
		case err != nil:
			return fmt.Errorf("read the capture: %w", err)
		default:
			return nil
		}
	}
	return nil
}

// near is a place at or before the end of a packet, from which it is not far: by the index, or by what the spool itself
// knows of its ends.
func (r *run) near(packets int64) (best spool.Mark, ok bool) {
	const far = 4096 // packets
	try := func(m spool.Mark) {
		if m.Packets == 0 {
			m.Offset = max(m.Offset, pcap.FileHeaderLen)
		}
		if m.Packets <= packets && (!ok || m.Packets > best.Packets) {
			best, ok = m, true
		}
	}
	if place, found := r.index.before(packets); found {
		try(place)
	}
	if end, found := r.spool.Near(packets); found {
		try(end)
	}
	r.index.mu.Lock()
	defer r.index.mu.Unlock()
	return best, ok && packets-best.Packets <= max(far, 2*r.index.stride)
}
