package packet

import (
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// Side is what one end of a conversation sent.
type Side struct {
	Packets, Bytes int64 // bytes as they were on the wire, with all headers
	Retransmits    int64 // segments with bytes that this side had sent before, seen or lost on the way here
}

// Conversation is what two ends said to each other: those of a connection, or of two ports, or of two addresses.
type Conversation struct {
	Protocol    string         // "TCP", "UDP", "ARP", …
	Tunnel      string         // that it is in: "VXLAN", …; "" for none
	Interface   uint32         // its index, where the link tells it; 0: not known. What passes two interfaces is two conversations
	A, B        netip.AddrPort // A began, as far as is seen; port 0 where there are none
	FromA       Side
	FromB       Side
	Resets      int64
	Handshake   time.Duration // from A's first SYN to its answer to B's; 0: it was not seen
	First, Last time.Time
	State       string // of TCP: SYN sent, SYN answered, open, closing, closed, reset
}

// MaxConversations is how many a table keeps; the packets of later ones are counted in Others.
const MaxConversations = 20_000

// Others are the packets that belong to no conversation that is kept.
type Others struct{ Packets, Bytes int64 }

// Table counts conversations. It takes about 480 bytes for each, 10 MB at most.
//
// A retransmit is a segment with data, SYN or FIN of whose sequence numbers at least one was seen before, in the same
// direction of the same connection; or one that fills a hole so late that the sender can have heard of it: what it sent first was
// lost on the way here. A hole is seen by what comes behind it, with data or without, and by what the other side says that it has. A
// segment that fills a hole sooner than after a round trip, as the handshake took it, comes out of order
// and is none. Nor is a keep-alive: at most one byte, just before what comes next. Of holes the newest four are known; older
// ones are taken for filled. Of a packet that passes several interfaces each counts by itself; where the link does not tell the interface, TCP is
// followed where the first segment of each direction passed.
type Table struct {
	all    []conversation
	newest map[flow]int32
	Others Others // of conversations for which there is no room, and of what has no address
}

// NewTable returns an empty table.
func NewTable() *Table { return &Table{newest: map[flow]int32{}} }

// flow names a conversation: the smaller end first, so that both directions have the same.
type flow struct {
	low, high         [16]byte
	lowPort, highPort uint16
	protocol          uint16 // of IP; arp for ARP
	tunnel            pcap.Tunnel
	device            uint32 // the interface
}

const arp = 256

type conversation struct {
	flow        flow
	swapped     bool  // A is the higher end
	previous    int32 // of the same ends, before this connection; -1: none
	began       int64 // number of its first packet
	sides       [2]side
	resets      int64
	syn, answer int64 // when they were first seen, in nanoseconds; 0: not
	asked       int64 // when A's newest SYN was
	handshake   int64 // nanoseconds
	roundTrip   int64 // of the handshake, without SYNs that were lost, in nanoseconds; 0: not seen
	first, last int64 // nanoseconds of the Unix epoch
	done        bool  // the handshake is over, or was not seen
}

// Add counts a packet: its number, when it was captured, in nanoseconds of the Unix epoch, and its length in bytes on the wire.
// retransmit says whether it was sent before.
func (t *Table) Add(number, at int64, p pcap.Transport, length int) (retransmit bool) {
	if !p.Src.IsValid() {
		t.other(length)
		return false
	}
	key, swapped := flowOf(p)
	i, ok := t.newest[key]
	if ok && p.Whole && p.Flags&(pcap.SYN|pcap.ACK|pcap.RST) == pcap.SYN && t.all[i].isOther(p, swapped) {
		ok = false
	}
	if !ok {
		answers := p.Whole && p.Flags&(pcap.SYN|pcap.ACK) == pcap.SYN|pcap.ACK // who sends this did not begin
		if i, ok = t.begin(key, swapped != answers, number, at); !ok {
			t.other(length)
			return false
		}
	}
	c := &t.all[i]
	c.last = at
	direction := 0
	if swapped != c.swapped {
		direction = 1
	}
	s := &c.sides[direction]
	s.packets++
	s.bytes += int64(length)
	if p.Whole {
		retransmit = c.track(direction, at, p)
	}
	return retransmit
}

func (t *Table) other(length int) {
	t.Others.Packets++
	t.Others.Bytes += int64(length)
}

// begin makes a conversation, if there is room for it.
func (t *Table) begin(key flow, swapped bool, number, at int64) (int32, bool) {
	if len(t.all) >= MaxConversations {
		return 0, false
	}
	previous := int32(-1)
	if i, ok := t.newest[key]; ok {
		previous = i
	}
	i := int32(len(t.all))
	t.all = append(t.all, conversation{flow: key, swapped: swapped, previous: previous, began: number, first: at, last: at})
	t.newest[key] = i
	return i, true
}

func flowOf(p pcap.Transport) (f flow, swapped bool) {
	protocol := uint16(p.Protocol)
	if !p.IP {
		protocol = arp
	}
	order := p.Src.Compare(p.Dst)
	if order > 0 || order == 0 && p.SrcPort > p.DstPort {
		return flow{p.Dst.As16(), p.Src.As16(), p.DstPort, p.SrcPort, protocol, p.Tunnel, p.Interface}, true
	}
	return flow{p.Src.As16(), p.Dst.As16(), p.SrcPort, p.DstPort, protocol, p.Tunnel, p.Interface}, false
}

// isOther says whether a SYN begins another connection between the same ports.
func (c *conversation) isOther(p pcap.Transport, swapped bool) bool {
	s := &c.sides[0]
	if swapped != c.swapped {
		s = &c.sides[1]
	}
	return s.known && p.Seq != s.base
}

// track follows what TCP says.
func (c *conversation) track(direction int, at int64, p pcap.Transport) (retransmit bool) {
	s, back := &c.sides[direction], &c.sides[1-direction]
	if s.passage == 0 {
		s.passage = p.Passage
	}
	if p.Passage != s.passage { // seen before, on its way to here
		return false
	}
	flags := p.Flags
	if flags&pcap.RST != 0 {
		c.resets++
		return false
	}
	length := uint32(p.Payload)
	if flags&pcap.SYN != 0 {
		length++
		s.scale = p.Scale
	}
	if flags&pcap.FIN != 0 {
		length++
		s.fin = true
	}
	if !s.known {
		s.known, s.base, s.next = true, p.Seq, p.Seq
		if flags&pcap.SYN == 0 { // the beginning was not seen: numbers count from 1
			s.base, s.scale = p.Seq-1, -1
		}
	}
	if flags&pcap.ACK != 0 {
		if !back.known {
			back.known, back.base, back.next, back.scale = true, p.Ack-1, p.Ack, -1
		}
		back.reach(p.Ack, at)
	}
	c.shake(direction, at, flags)
	late := reordered
	if c.roundTrip > 0 {
		late = c.roundTrip
	}
	return s.see(p.Seq, length, flags, at, late)
}

// shake follows the handshake.
func (c *conversation) shake(direction int, at int64, flags byte) {
	const both = pcap.SYN | pcap.ACK
	switch {
	case c.done:
	case direction == 0 && flags&both == pcap.SYN:
		if c.asked = at; c.syn == 0 {
			c.syn = at
		}
	case direction == 1 && flags&both == both && c.answer == 0:
		c.answer = at
	case direction == 0 && flags&both == pcap.ACK:
		if c.done = true; c.answer != 0 && c.syn != 0 {
			c.handshake, c.roundTrip = max(1, at-c.syn), max(1, at-c.asked)
		}
	}
}

// BasesOf returns what the numbers of a packet count from, if its connection is known.
func (t *Table) BasesOf(number int64, p pcap.Transport) Bases {
	key, swapped := flowOf(p)
	i, ok := t.newest[key]
	if !ok {
		return Bases{}
	}
	for t.all[i].began > number && t.all[i].previous >= 0 {
		i = t.all[i].previous
	}
	c := &t.all[i]
	direction := 0
	if swapped != c.swapped {
		direction = 1
	}
	s, back := &c.sides[direction], &c.sides[1-direction]
	b := Bases{Known: s.known, Seq: s.base, Ack: back.base, Scale: -1}
	if s.scale >= 0 && back.scale >= 0 { // both have to say it
		b.Scale = s.scale
	}
	return b
}

// Conversations returns all of them, in the order in which they began.
func (t *Table) Conversations() []Conversation {
	out := make([]Conversation, len(t.all))
	for i := range t.all {
		out[i] = t.all[i].public()
	}
	return out
}

func (c *conversation) public() Conversation {
	low := netip.AddrPortFrom(netip.AddrFrom16(c.flow.low).Unmap(), c.flow.lowPort)
	high := netip.AddrPortFrom(netip.AddrFrom16(c.flow.high).Unmap(), c.flow.highPort)
	if c.swapped {
		low, high = high, low
	}
	name := "ARP"
	if c.flow.protocol != arp {
		name = protocolName(byte(c.flow.protocol))
	}
	a, b := &c.sides[0], &c.sides[1]
	return Conversation{
		Protocol: name, Tunnel: c.flow.tunnel.String(), Interface: c.flow.device, A: low, B: high,
		FromA:  Side{a.packets, a.bytes, a.retransmits},
		FromB:  Side{b.packets, b.bytes, b.retransmits},
		Resets: c.resets, Handshake: time.Duration(c.handshake), First: time.Unix(0, c.first), Last: time.Unix(0, c.last),
		State: c.state(),
	}
}

func (c *conversation) state() string {
	a, b := &c.sides[0], &c.sides[1]
	switch {
	case c.flow.protocol != pcap.TCP:
		return ""
	case c.resets > 0:
		return "reset"
	case a.fin && b.fin:
		return "closed"
	case a.fin || b.fin:
		return "closing"
	case c.syn != 0 && c.answer == 0 && !c.done:
		return "SYN sent"
	case c.answer != 0 && !c.done:
		return "SYN answered"
	}
	return "open"
}
