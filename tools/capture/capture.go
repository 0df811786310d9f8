// Package capture reads a capture while it grows: it finds packets by number, and lists the conversations in it.
//
// It follows the spool at its own pace, starting when somebody first looks; the capture never waits for it. Its memory is
// bounded, whatever the capture's size. It starts no goroutine: the callers of Build do. It owns the order of the packets of a Set, in
// files without a name. Packets that left a ring before they were read are counted, and are in no conversation.
//
// Start reading at New and Index, which is asked for Packet, Packets, Conversations, State and Next; Set is several of them as one.
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

// Index knows where the packets of a capture are in its spool, and which conversations it contains.
//
// Its memory: the places of every 256th packet (when there are 65,536 places, 1 MiB, every other one is dropped and the stride
// doubles), the conversations of a packet.Table (8 MiB), the numbers of the newest 65,536 retransmits (512 KiB), and a read
// buffer of 1 MiB; of each a part, if it shares them with others.
type Index struct {
	spool   *spool.File
	changed latest.Value[indexed]
	among   int // how many indexes share the memory that one may take

	mu     sync.Mutex // guards the fields below
	news   chan<- struct{}
	header pcap.Header
	places []spool.Mark // ends of packets, the oldest first
	stride int64        // packets between two places
	table  *packet.Table
	again  []int64 // numbers of retransmits, in ascending order
}

// indexed is how far the reader has come.
type indexed struct {
	started bool // the file header was read
	at      spool.Mark
	missed  int64 // packets that left the ring before they were read
	ended   bool  // nothing more will be read
}

const (
	firstStride   = 256
	maxPlaces     = 1 << 16
	maxAgain      = 1 << 16
	indexStep     = 1 << 20 // bytes
	indexAnnounce = 250 * time.Millisecond

	minPlaces        = 1 << 12 // of an index that shares its memory
	minAgain         = 1 << 10
	minStep          = 64 << 10
	minConversations = 400
)

// New makes an index of what is in a spool. It reads nothing yet.
func New(s *spool.File) *Index { return &Index{spool: s, stride: firstStride, among: 1} }

// Share makes the index take no more than its part of the memory that one index may take. It must be called before Build.
func (x *Index) Share(among int) { x.among = max(1, among) }

// part is the part of a size that the index may take, but at least so much.
func (x *Index) part(of, least int) int { return max(least, of/max(1, x.among)) }

// tell pokes a channel from now on when more has been read.
func (x *Index) tell(news chan<- struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.news = news
}

// announce says how far the reader has come.
func (x *Index) announce(now indexed) {
	x.changed.Set(now)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.news != nil {
		poke(x.news)
	}
}

// Build reads the spool until the spool or ctx ends.
func (x *Index) Build(ctx context.Context) {
	s := x.spool
	defer func() {
		now, _ := x.changed.Get()
		now.ended = true
		x.announce(now)
	}()
	if s.Wait(ctx, pcap.FileHeaderLen-1) != nil {
		return
	}
	header, err := s.Header()
	if err != nil {
		return
	}
	x.mu.Lock()
	x.header, x.table = header, packet.NewTable()
	x.table.Most = x.part(packet.MaxConversations, minConversations)
	x.mu.Unlock()
	now := indexed{started: true, at: spool.Mark{Offset: pcap.FileHeaderLen}}
	x.announce(now)
	buffer, announced := make([]byte, x.part(indexStep, minStep)), time.Now()
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
				buffer = make([]byte, whole) // a packet may be larger than a step
				continue
			}
			x.announce(now)
			return // not a packet, so nothing after it can be read
		}
		if since := time.Since(announced); since > indexAnnounce || now.at.Offset >= kept.End.Offset {
			announced = time.Now()
			x.announce(now)
		}
		x.forget(kept.Oldest)
	}
}

// take indexes the whole packets of p, which begins at the place at, up to the packet number last.
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
			if most := x.part(maxAgain, minAgain); len(x.again) >= most {
				x.again = append(x.again[:0], x.again[most/2:]...)
			}
			x.again = append(x.again, at.Packets)
		}
		p = p[size:]
	}
	return at
}

// note adds a place; the caller holds mu.
func (x *Index) note(at spool.Mark) {
	if len(x.places) >= x.part(maxPlaces, minPlaces) {
		x.stride *= 2
		x.places = slices.DeleteFunc(x.places, func(m spool.Mark) bool { return m.Packets%x.stride != 0 })
	}
	x.places = append(x.places, at)
}

// forget drops the places that have left the ring.
func (x *Index) forget(oldest spool.Mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.places), func(i int) bool { return x.places[i].Packets >= oldest.Packets })
	if n > firstStride { // rarely, because it copies the list
		x.places = append(x.places[:0], x.places[n:]...)
	}
}

// before returns the last place at or before the end of the packet with that number.
func (x *Index) before(packets int64) (spool.Mark, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.places), func(i int) bool { return x.places[i].Packets > packets })
	if n == 0 {
		return spool.Mark{}, false
	}
	return x.places[n-1], true
}

// bases returns what the relative numbers of a packet, such as TCP sequence numbers, count from.
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
