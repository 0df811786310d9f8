package ui

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/packet"
)

// fakePackets is a capture in memory. Its filters look at a hundred packets a step.
type fakePackets struct {
	list    []capture.Packet
	first   int64 // older ones have aged out; 0: none have
	unread  int64 // packets from this number on cannot be found yet; 0: all can
	ended   bool
	talkers capture.Conversations
	version uint64
	asked   []int64 // numbers of all rows that were asked for
	steps   bool    // filters wait to be told
	waiting []packetStep
}

func (f *fakePackets) state() capture.State {
	s := capture.State{First: max(1, f.first), Last: int64(len(f.list)), Read: int64(len(f.list)) * 100, Bytes: int64(len(f.list)) * 100, Ended: f.ended}
	if f.unread > 0 {
		s.Read, s.Bytes = 340e6, 812e6
	}
	return s
}

func (f *fakePackets) find(n int64) (capture.Packet, bool) {
	s := f.state()
	if n < s.First || n > s.Last || f.unread > 0 && n >= f.unread && n < s.Last-100 {
		return capture.Packet{}, false
	}
	return f.list[n-1], true
}

func (f *fakePackets) connect(c *commands) {
	c.packets = func(ask packetsAsk) tea.Cmd {
		return func() tea.Msg {
			if ask.await && ask.seen == f.state() {
				return nil
			}
			return f.answer(ask)
		}
	}
	c.packet = func(view int, _ tools.RunID, number int64) tea.Cmd {
		return func() tea.Msg {
			p, ok := f.find(number)
			if !ok {
				return packetMsg{view: view, number: number, err: fmt.Errorf("packet %d: %w", number, capture.ErrNoPacket)}
			}
			return packetMsg{view: view, number: number, decoded: decodedFake(p)}
		}
	}
	c.lookPackets = func(s packetStep) tea.Cmd {
		if f.steps {
			f.waiting = append(f.waiting, s)
			return nil
		}
		return func() tea.Msg { return f.look(s) }
	}
	c.talkers = func(view int, _ tools.RunID, seen uint64) tea.Cmd {
		return func() tea.Msg {
			if seen == f.version {
				return nil
			}
			return talkersMsg{view: view, talkers: f.talkers, version: f.version}
		}
	}
}

func (f *fakePackets) answer(ask packetsAsk) packetsMsg {
	msg := packetsMsg{ask: ask, state: f.state()}
	numbers := ask.numbers
	if ask.newest > 0 {
		numbers = nil
		for n := max(msg.state.First, msg.state.Last-int64(ask.newest)+1); n <= msg.state.Last; n++ {
			numbers = append(numbers, n)
		}
	}
	f.asked = append(f.asked, numbers...)
	for _, n := range numbers {
		if p, ok := f.find(n); ok {
			msg.list = append(msg.list, p)
		}
	}
	return msg
}

func (f *fakePackets) look(s packetStep) tea.Msg {
	msg := packetHitsMsg{step: s, next: s.from}
	for range 100 {
		p, ok := f.find(msg.next)
		if !ok {
			break
		}
		if s.filter.takes(&p, s.names) {
			msg.numbers = append(msg.numbers, msg.next)
		}
		msg.next++
	}
	if msg.next == s.from && !f.ended {
		f.waiting = append(f.waiting, s)
		return nil
	}
	return msg
}

// packetsCome lets packets come, and ends what waited for them.
func (p *person) packetsCome(list ...capture.Packet) {
	p.t.Helper()
	for _, q := range list {
		q.Number = int64(len(p.packets.list) + 1)
		p.packets.list = append(p.packets.list, q)
	}
	t := &p.m.output.packets
	ask := packetsAsk{view: t.view, run: t.run, await: true, numbers: t.visible()}
	if t.follow && !t.filter.on() {
		ask.newest = t.height
	}
	p.tell(p.packets.answer(ask))
}

// stepOn lets a filter take its next step.
func (p *person) stepOn() {
	p.t.Helper()
	s := p.packets.waiting[0]
	p.packets.waiting = p.packets.waiting[1:]
	p.tell(p.packets.look(s))
}

// traffic is an HTTP request, a name that is asked for, a ping, a segment that is sent twice, a reset: over and over.
func traffic(n int) []capture.Packet {
	out := make([]capture.Packet, n)
	cart, payments, dns := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.96.0.80"), netip.MustParseAddr("10.96.0.10")
	for i := range out {
		p := capture.Packet{Time: noon.Add(time.Duration(i-n) * 118243 * time.Microsecond), Length: 66 + i%7*100}
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

// decodedFake is a packet with two layers, and bytes that count.
func decodedFake(p capture.Packet) capture.Decoded {
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

// talking are three conversations.
func talking() capture.Conversations {
	ends := func(a, b string) (netip.AddrPort, netip.AddrPort) {
		return netip.MustParseAddrPort(a), netip.MustParseAddrPort(b)
	}
	var c capture.Conversations
	add := func(protocol, a, b string, packets, again, resets int64, shake time.Duration, state string) {
		v := packet.Conversation{Protocol: protocol, Resets: resets, Handshake: shake, First: noon.Add(-time.Hour), Last: noon.Add(-time.Duration(packets) * time.Second), State: state}
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

var errSpool = errors.New("read the capture: input/output error")
