package fakes

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/packet"
)

// Capture is a capture in memory. It returns at most a hundred packets at once to a search.
type Capture struct {
	All     []capture.Packet // numbered from 1 on, including packets that have aged out
	First   int64            // the first packet that has not aged out; 0: none has aged out
	Unread  int64            // packets from this number on cannot be read yet; 0: all can
	Ended   bool
	Talkers capture.Conversations
	Version uint64 // of Talkers
	Err     error  // returned to whoever waits for packets
	Hold    bool   // searches get context.Canceled

	Come    chan []capture.Packet // packets that arrive while somebody waits; nil: waiting returns context.Canceled
	Of      tools.TextID          // of whom packets were asked for last
	Asked   [][2]int64            // first and n of each call that asked for packets
	Waiting int                   // how often somebody asked for news when there was none
	Held    int                   // how often a search got context.Canceled because of Hold
}

// Add appends packets, and numbers them.
func (c *Capture) Add(packets ...capture.Packet) {
	for _, p := range packets {
		p.Number = int64(len(c.All) + 1)
		c.All = append(c.All, p)
	}
}

// State is how much of the capture can be read.
func (c *Capture) State() capture.State {
	n := int64(len(c.All))
	s := capture.State{First: max(1, c.First), Last: n, Read: n * 100, Bytes: n * 100, Ended: c.Ended}
	if c.Unread > 0 {
		s.Read, s.Bytes = 340e6, 812e6
	}
	return s
}

// NextPackets waits for packets from Come, if Come is set.
//
// Errors: Err; that of ctx; context.Canceled if nothing has come and Come is nil.
func (c *Capture) NextPackets(ctx context.Context, _ tools.TextID, seen capture.State) (capture.State, error) {
	switch {
	case c.Err != nil:
		return seen, c.Err
	case c.State() != seen:
		return c.State(), nil
	case c.Come == nil:
		c.Waiting++
		return seen, context.Canceled
	}
	select {
	case some := <-c.Come:
		c.Add(some...)
		return c.State(), nil
	case <-ctx.Done():
		return seen, ctx.Err()
	}
}

func (c *Capture) Packets(_ context.Context, of tools.TextID, first int64, n int) ([]capture.Packet, capture.State, error) {
	c.Of = of
	const screen, step = 1000, 100 // whoever asks for more than a screen is searching
	if n > screen && c.Hold {
		c.Held++
		return nil, c.State(), context.Canceled
	}
	if n > 0 {
		c.Asked = append(c.Asked, [2]int64{first, int64(n)})
	}
	if n > screen {
		n = step
	}
	s := c.State()
	if first == 0 {
		first = max(s.First, s.Last-int64(n)+1)
	}
	var list []capture.Packet
	for number := max(first, s.First); number < first+int64(n); number++ {
		if p, ok := c.find(number); ok {
			list = append(list, p)
		}
	}
	return list, s, nil
}

func (c *Capture) Packet(_ context.Context, _ tools.TextID, number int64) (capture.Decoded, error) {
	p, ok := c.find(number)
	if !ok {
		return capture.Decoded{}, fmt.Errorf("packet %d: %w", number, capture.ErrNoPacket)
	}
	return decoded(p), nil
}

// Conversations never waits.
//
// Errors: context.Canceled if nothing has changed since seen.
func (c *Capture) Conversations(_ context.Context, _ tools.TextID, seen uint64) (capture.Conversations, uint64, error) {
	if seen == c.Version {
		c.Waiting++
		return capture.Conversations{}, seen, context.Canceled
	}
	return c.Talkers, c.Version, nil
}

func (c *Capture) find(n int64) (capture.Packet, bool) {
	s := c.State()
	if n < s.First || n > s.Last || c.Unread > 0 && n >= c.Unread && n < s.Last-100 {
		return capture.Packet{}, false
	}
	p := c.All[n-1]
	p.Number = n
	return p, true
}

// Traffic makes n packets: a connection, an HTTP request, a DNS query, a ping, a retransmission and a reset, over and over.
func Traffic(n int) []capture.Packet {
	out := make([]capture.Packet, n)
	cart, payments, dns := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.96.0.80"), netip.MustParseAddr("10.96.0.10")
	for i := range out {
		p := capture.Packet{Time: Noon.Add(time.Duration(i-n) * 118243 * time.Microsecond), Length: 66 + i%7*100}
		p.Src, p.Dst, p.SrcPort, p.DstPort, p.Protocol, p.Over = cart, payments, 41822, 8080, "TCP", "TCP"
		switch i % 7 {
		case 0:
			p.Info = "41822 → 8080 [SYN] Seq=0 Win=64240 Len=0"
		case 1:
			p.Src, p.Dst, p.SrcPort, p.DstPort, p.Info = payments, cart, 8080, 41822, "8080 → 41822 [SYN, ACK] Seq=0 Ack=1 Win=65160 Len=0"
		case 2:
			p.Protocol, p.Info = "HTTP", fmt.Sprintf("GET /cart/%d HTTP/1.1", i)
		case 3:
			p.Dst, p.SrcPort, p.DstPort, p.Protocol, p.Over, p.Info = dns, 53211, 53, "DNS", "UDP", "Standard query 0x3f1a A payments.shop.svc.cluster.local"
		case 4:
			p.SrcPort, p.DstPort, p.Protocol, p.Over, p.Info = 0, 0, "ICMP", "ICMP", fmt.Sprintf("EchoRequest id=0x0001 seq=%d", i)
		case 5:
			p.Info, p.Retransmit = "[retransmission] 41822 → 8080 [PSH, ACK] Seq=1 Ack=1 Win=502 Len=78", true
		case 6:
			p.Src, p.Dst, p.SrcPort, p.DstPort, p.Info, p.Reset = payments, cart, 8080, 41822, "8080 → 41822 [RST] Seq=1 Win=0 Len=0", true
		}
		p.Captured = p.Length
		out[i] = p
	}
	return out
}

// decoded dissects a packet into three made-up layers; its bytes count upwards.
func decoded(p capture.Packet) capture.Decoded {
	d := capture.Decoded{Packet: p, Bytes: make([]byte, p.Captured)}
	for i := range d.Bytes {
		d.Bytes[i] = byte(i)
	}
	d.Layers = []packet.Layer{
		{Name: "Ethernet", End: 14, Fields: []packet.Field{{Name: "DstMAC", Value: "02:00:00:00:00:01", End: 6}, {Name: "SrcMAC", Value: "02:00:00:00:00:02", Start: 6, End: 12}}},
		{Name: "IPv4", Start: 14, End: 34, Fields: []packet.Field{
			{Name: "TTL", Value: "64", Start: 22, End: 23}, {Name: "SrcIP", Value: p.Src.String(), Start: 26, End: 30}, {Name: "DstIP", Value: p.Dst.String(), Start: 30, End: 34},
		}},
		{Name: "HTTP", Start: 54, End: p.Captured, Fields: []packet.Field{{Name: "Line", Value: p.Info + " \x1b[31m", Start: 54, End: p.Captured}}},
	}
	return d
}

// Talking is a TCP, a UDP and an ICMP conversation.
func Talking() capture.Conversations {
	ends := func(a, b string) (netip.AddrPort, netip.AddrPort) {
		return netip.MustParseAddrPort(a), netip.MustParseAddrPort(b)
	}
	var c capture.Conversations
	add := func(protocol, a, b string, packets, again, resets int64, shake time.Duration, state string) {
		v := packet.Conversation{Protocol: protocol, Resets: resets, Handshake: shake, First: Noon.Add(-time.Hour), Last: Noon.Add(-time.Duration(packets) * time.Second), State: state}
		v.A, v.B = ends(a, b)
		v.FromA, v.FromB = packet.Side{Packets: packets, Bytes: packets * 90, Retransmits: again}, packet.Side{Packets: packets / 2, Bytes: packets * 400}
		c.List = append(c.List, v)
	}
	add("TCP", "10.0.0.1:41822", "10.96.0.80:8080", 420, 3, 1, 340*time.Microsecond, "reset")
	add("UDP", "10.0.0.1:53211", "10.96.0.10:53", 1200, 0, 0, 0, "")
	add("ICMP", "10.0.0.1:0", "10.96.0.80:0", 31, 0, 0, 0, "")
	c.Others = packet.Others{Packets: 7, Bytes: 420}
	c.State = capture.State{First: 1, Last: 1700, Read: 900_000, Bytes: 900_000}
	return c
}
