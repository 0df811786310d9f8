// Package capture looks into a capture while it grows: it finds packets by their numbers, and who talks to whom.
//
// It follows the spool at its own pace, from when somebody first looks; the capture never waits for it. Its memory is bounded,
// whatever the capture's size. It owns no file and starts no goroutine: who calls Build does. Packets that left a ring before
// they were read are counted and are in no conversation.
//
// The door: New, and the Index that is asked for a Packet, Packets and Conversations; its State, and what comes Next.
package capture

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/tools/packet"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Index knows where the packets of a capture stand in its spool, and who talks to whom in it.
//
// Its memory: a place for every 256th packet, at first, of which every other one is
// let go when there are 65,536 (1 MiB); the conversations of a packet.Table (8 MiB); the numbers of the newest 65,536
// retransmits (512 KiB); 1 MiB to read.
type Index struct {
	spool   *spool.File
	changed latest.Value[indexed]

	mu     sync.Mutex // guards what follows
	header pcap.Header
	places []spool.Mark // each where a packet ends, the oldest first
	stride int64        // packets between two of them
	table  *packet.Table
	again  []int64 // numbers of retransmits, in their order
}

// indexed is how far the reader has come.
type indexed struct {
	started bool // the head of the stream was read
	at      spool.Mark
	missed  int64 // packets that left the ring before they were read
	ended   bool  // it reads no more
}

const (
	firstStride   = 256
	maxPlaces     = 1 << 16
	maxAgain      = 1 << 16
	indexStep     = 1 << 20 // bytes
	indexAnnounce = 250 * time.Millisecond
)

// New makes an index of what is in a spool. Nothing was read for it yet.
func New(s *spool.File) *Index { return &Index{spool: s, stride: firstStride} }

// Build reads until the spool ends, or ctx.
func (x *Index) Build(ctx context.Context) {
	s := x.spool
	defer x.changed.Update(func(now indexed) indexed { now.ended = true; return now })
	if s.Wait(ctx, pcap.FileHeaderLen-1) != nil {
		return
	}
	header, err := s.Header()
	if err != nil {
		return
	}
	x.mu.Lock()
	x.header, x.table = header, packet.NewTable()
	x.mu.Unlock()
	now := indexed{started: true, at: spool.Mark{Offset: pcap.FileHeaderLen}}
	x.changed.Set(now)
	buffer, announced := make([]byte, indexStep), time.Now()
	for s.Wait(ctx, now.at.Offset) == nil && ctx.Err() == nil {
		n, err := s.ReadAt(buffer, now.at.Offset)
		if errors.Is(err, spool.ErrAgedOut) {
			oldest := s.Oldest()
			oldest.Offset = max(oldest.Offset, pcap.FileHeaderLen)
			now.missed += oldest.Packets - now.at.Packets
			now.at = oldest
			continue
		}
		kept, _ := s.Get()
		before := now.at
		now.at = x.take(buffer[:n], now.at, kept.End.Packets)
		if now.at == before {
			if whole := header.Size(buffer[:n]); whole > len(buffer) && whole < 128<<20 {
				buffer = make([]byte, whole) // the largest that are believed are larger than a step
				continue
			}
			x.changed.Set(now)
			return // what is there is no packet, and nothing is behind it
		}
		if since := time.Since(announced); since > indexAnnounce || now.at.Offset >= kept.End.Offset {
			announced = time.Now()
			x.changed.Set(now)
		}
		x.forget(kept.Oldest)
	}
}

// take notes the whole packets of p, which begins at a place, up to the last one that there is.
func (x *Index) take(p []byte, at spool.Mark, last int64) spool.Mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	for at.Packets < last {
		size := x.header.Size(p)
		if size == 0 || size > len(p) {
			break
		}
		raw := p[:size]
		if n := len(x.places); at.Packets%x.stride == 0 && (n == 0 || x.places[n-1].Packets < at.Packets) {
			x.note(at)
		}
		at = spool.Mark{Offset: at.Offset + int64(size), Packets: at.Packets + 1}
		original := x.header.Length(raw)
		t := pcap.ParseTransport(x.header.LinkType, raw[pcap.PacketHeaderLen:], original)
		if x.table.Add(at.Packets, x.header.Time(raw).UnixNano(), t, original) {
			if len(x.again) >= maxAgain {
				x.again = append(x.again[:0], x.again[maxAgain/2:]...)
			}
			x.again = append(x.again, at.Packets)
		}
		p = p[size:]
	}
	return at
}

// note keeps a place; mu is held.
func (x *Index) note(at spool.Mark) {
	if len(x.places) >= maxPlaces {
		x.stride *= 2
		x.places = slices.DeleteFunc(x.places, func(m spool.Mark) bool { return m.Packets%x.stride != 0 })
	}
	x.places = append(x.places, at)
}

// forget lets the places go that have left the ring.
func (x *Index) forget(oldest spool.Mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.places), func(i int) bool { return x.places[i].Packets >= oldest.Packets })
	if n > firstStride { // now and then
		x.places = append(x.places[:0], x.places[n:]...)
	}
}

// before is the last place at or before the end of the packet of that number.
func (x *Index) before(packets int64) (spool.Mark, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.places), func(i int) bool { return x.places[i].Packets > packets })
	if n == 0 {
		return spool.Mark{}, false
	}
	return x.places[n-1], true
}

// bases is what the numbers of a packet count from.
func (x *Index) bases(number int64, t pcap.Transport) packet.Bases {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.table == nil {
		return packet.Bases{Scale: -1}
	}
	b := x.table.BasesOf(number, t)
	_, b.Retransmit = slices.BinarySearch(x.again, number)
	return b
}
