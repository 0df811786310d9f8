package packet

import (
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// Side is one direction of a conversation: what one end sent.
type Side struct {
	Packets, Bytes int64 // bytes on the wire, with all headers
	Retransmits    int64 // segments that this side had sent before, whether that copy was captured or lost before the capture
}

// Conversation is the traffic between two ends: one TCP connection, or two ports, or two addresses.
type Conversation struct {
	Protocol    string         // "TCP", "UDP", "ARP", …
	Tunnel      string         // the tunnel it is in: "VXLAN", …; "" for none
	Interface   uint32         // interface index, if the link header has it, else 0; each interface has its own conversations
	A, B        netip.AddrPort // A began, as far as was captured; port 0 if the protocol has no ports
	FromA       Side
	FromB       Side
	Resets      int64
	Handshake   time.Duration // from A's first SYN to its ACK of B's SYN; 0: not captured
	First, Last time.Time
	State       string // TCP only: SYN sent, SYN answered, open, closing, closed, reset
	From        int    // which of several captures it is in, for whoever looks at several; a Table does not know
}

// MaxConversations is how many conversations a table keeps, unless Most says otherwise; the packets of later ones are counted in Others.
const MaxConversations = 20_000

// Others are the packets that belong to none of the kept conversations.
type Others struct{ Packets, Bytes int64 }

// Table counts conversations. It takes about 480 bytes for each, 10 MB at most.
//
// A retransmit is a segment with data, SYN or FIN of which at least one sequence number was captured before, in the same direction
// of the same connection. A segment that fills a hole is a retransmit if it comes so late that the sender can have noticed the
// loss: its first copy was lost before it was captured. A hole is found by later segments, with data or without, and by the
// other side's ACKs. A segment that fills a hole within a round trip, as the handshake measured it, is out of order and no
// retransmit. A keep-alive (at most one byte, just before the next expected one) is no retransmit. The newest four holes are
// known; older ones count as filled. If a packet passes several interfaces, each interface counts separately; where the link
// header has no interface, TCP is followed on the interface on which the first segment of each direction was captured.
type Table struct {
	all    []conversation
	newest map[flow]int32
	Most   int    // how many conversations are kept
	Others Others // packets of conversations that have no room, and packets without addresses
}

// Full says whether there is no room for another conversation.
func (t *Table) Full() bool { return len(t.all) >= t.Most }

// NewTable returns an empty table.
func NewTable() *Table { return &Table{newest: map[flow]int32{}, Most: MaxConversations} }

// flow identifies a conversation: the smaller end first, so that both directions have the same flow.
type flow struct {
	low, high         [16]byte
	lowPort, highPort uint16
	protocol          uint16 // IP protocol; arp for ARP
	tunnel            pcap.Tunnel
	device            uint32 // interface index
}

const arp = 256

type conversation struct {
	flow        flow
	swapped     bool  // A is the higher end
	previous    int32 // earlier connection between the same ends; -1: none
	began       int64 // number of its first packet
	sides       [2]side
	resets      int64
	syn, answer int64 // when first captured, in Unix nanoseconds; 0: not captured
	asked       int64 // when A's newest SYN was captured
	handshake   int64 // nanoseconds
	roundTrip   int64 // of the handshake, measured from A's last SYN, in nanoseconds; 0: unknown
	first, last int64 // Unix nanoseconds
	done        bool  // the handshake is over, or was not captured
}

// Add counts a packet: its number, its time in Unix nanoseconds, and its length in bytes on the wire. retransmit says whether it
// was sent before.
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
		answers := p.Whole && p.Flags&(pcap.SYN|pcap.ACK) == pcap.SYN|pcap.ACK // the sender of a SYN-ACK did not begin
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

// begin adds a conversation, if there is room for it.
func (t *Table) begin(key flow, swapped bool, number, at int64) (int32, bool) {
	if t.Full() {
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

// track follows the TCP state of a conversation.
func (c *conversation) track(direction int, at int64, p pcap.Transport) (retransmit bool) {
	s, back := &c.sides[direction], &c.sides[1-direction]
	if s.passage == 0 {
		s.passage = p.Passage
	}
	if p.Passage != s.passage { // another copy of a packet that was captured on another interface
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
		if flags&pcap.SYN == 0 { // the SYN was not captured: numbers count from 1
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

// shake follows the TCP handshake.
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
	if s.scale >= 0 && back.scale >= 0 { // window scaling needs the option from both sides (RFC 7323)
		b.Scale = s.scale
	}
	return b
}

// Conversations returns all conversations, in the order in which they began.
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
