package tools

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
)

// index knows where the packets of a capture stand in its spool, and who talks to whom in it. It is built by a reader of its
// own, from when somebody first looks until the spool ends: the capture never waits for it.
//
// Its memory is bounded, whatever the capture's size: a place for every 256th packet, at first, of which every other one is
// let go when there are 65,536 (1 MiB); the conversations of a packet.Table (8 MiB); the numbers of the newest 65,536
// retransmits (512 KiB); 1 MiB to read.
type index struct {
	once    sync.Once
	changed latest.Value[indexed]

	mu     sync.Mutex // guards what follows
	header pcap.Header
	places []mark // each where a packet ends, the oldest first
	stride int64  // packets between two of them
	table  *packet.Table
	again  []int64 // numbers of retransmits, in their order
}

// indexed is how far the reader has come.
type indexed struct {
	started bool // the head of the stream was read
	at      mark
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

// build reads until the spool ends, or ctx.
func (x *index) build(ctx context.Context, s *spool) {
	defer x.changed.Update(func(now indexed) indexed { now.ended = true; return now })
	if s.wait(ctx, pcap.FileHeaderLen-1) != nil {
		return
	}
	header, err := s.header()
	if err != nil {
		return
	}
	x.mu.Lock()
	x.header, x.stride, x.table = header, firstStride, packet.NewTable()
	x.mu.Unlock()
	now := indexed{started: true, at: mark{offset: pcap.FileHeaderLen}}
	x.changed.Set(now)
	buffer, announced := make([]byte, indexStep), time.Now()
	for s.wait(ctx, now.at.offset) == nil && ctx.Err() == nil {
		n, err := s.readAt(buffer, now.at.offset)
		if errors.Is(err, errAgedOut) {
			oldest := s.oldest()
			oldest.offset = max(oldest.offset, pcap.FileHeaderLen)
			now.missed += oldest.packets - now.at.packets
			now.at = oldest
			continue
		}
		kept, _ := s.Get()
		before := now.at
		now.at = x.take(buffer[:n], now.at, kept.end.packets)
		if now.at == before {
			if whole := header.Size(buffer[:n]); whole > len(buffer) && whole < 128<<20 {
				buffer = make([]byte, whole) // the largest that are believed are larger than a step
				continue
			}
			return // what is there is no packet, and nothing is behind it
		}
		if since := time.Since(announced); since > indexAnnounce || now.at.offset >= kept.end.offset {
			announced = time.Now()
			x.changed.Set(now)
		}
		x.forget(kept.oldest)
	}
}

// take notes the whole packets of p, which begins at a place, up to the last one that there is.
func (x *index) take(p []byte, at mark, last int64) mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	for at.packets < last {
		size := x.header.Size(p)
		if size == 0 || size > len(p) {
			break
		}
		raw := p[:size]
		if n := len(x.places); at.packets%x.stride == 0 && (n == 0 || x.places[n-1].packets < at.packets) {
			x.note(at)
		}
		at = mark{at.offset + int64(size), at.packets + 1}
		original := x.header.Length(raw)
		t := pcap.ParseTransport(x.header.LinkType, raw[pcap.PacketHeaderLen:], original)
		if x.table.Add(at.packets, x.header.Time(raw).UnixNano(), t, original) {
			if len(x.again) >= maxAgain {
				x.again = append(x.again[:0], x.again[maxAgain/2:]...)
			}
			x.again = append(x.again, at.packets)
		}
		p = p[size:]
	}
	return at
}

// note keeps a place; mu is held.
func (x *index) note(at mark) {
	if len(x.places) >= maxPlaces {
		x.stride *= 2
		x.places = slices.DeleteFunc(x.places, func(m mark) bool { return m.packets%x.stride != 0 })
	}
	x.places = append(x.places, at)
}

// forget lets the places go that have left the ring.
func (x *index) forget(oldest mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.places), func(i int) bool { return x.places[i].packets >= oldest.packets })
	if n > firstStride { // now and then
		x.places = append(x.places[:0], x.places[n:]...)
	}
}

// before is the last place at or before the end of the packet of that number.
func (x *index) before(packets int64) (mark, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.places), func(i int) bool { return x.places[i].packets > packets })
	if n == 0 {
		return mark{}, false
	}
	return x.places[n-1], true
}

// bases is what the numbers of a packet count from.
func (x *index) bases(number int64, t pcap.Transport) packet.Bases {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.table == nil {
		return packet.Bases{Scale: -1}
	}
	b := x.table.BasesOf(number, t)
	_, b.Retransmit = slices.BinarySearch(x.again, number)
	return b
}
