package packet

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// golden reads a capture of tools/pcap/testdata.
func golden(t testing.TB, name string) (link uint32, packets [][]byte, originals []int) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "pcap", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return r.Header().LinkType, packets, originals
		}
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, append([]byte(nil), p[pcap.PacketHeaderLen:]...))
		originals = append(originals, int(r.Header().Order.Uint32(p[12:])))
	}
}

var captures = []string{"micros.pcap", "nanos.pcap", "snaplen.pcap", "ipv6.pcap", "vlan.pcap", "any.pcap", "cooked.pcap"}

func TestAddressesPortsAndTransportAreThoseThatTsharkSees(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	for _, name := range captures {
		t.Run(name, func(t *testing.T) {
			link, packets, originals := golden(t, name)
			cmd := exec.Command("tshark", "-n", "-o", "tcp.desegment_tcp_streams:FALSE", "-o", "http.desegment_body:FALSE",
				"-r", filepath.Join("..", "pcap", "testdata", name), "-T", "fields", "-E", "separator=|", "-E", "occurrence=f",
				"-e", "ip.src", "-e", "ipv6.src", "-e", "ip.dst", "-e", "ipv6.dst", "-e", "_ws.col.Protocol", "-e", "frame.len")
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			if len(lines) != len(packets) {
				t.Fatalf("%d packets, tshark has %d", len(packets), len(lines))
			}
			for i, p := range packets {
				s := Summarize(link, p, originals[i], Bases{})
				f := strings.Split(lines[i], "|")
				src, dst := s.Src.String(), s.Dst.String()
				if s.Protocol == "ARP" {
					src, dst = "", ""
				}
				protocol := f[4]
				if strings.HasPrefix(protocol, "ICMPv6") {
					protocol = "ICMPv6"
				}
				if got, want := fmt.Sprint(src, " ", dst, " ", s.Protocol, " ", originals[i]), f[0]+f[1]+" "+f[2]+f[3]+" "+protocol+" "+f[5]; got != want {
					t.Errorf("packet %d: got %q, tshark %q (%s)", i+1, got, want, s.Info)
				}
			}
		})
	}
}

func TestAPacketHasTheProtocolOfItsConversation(t *testing.T) {
	for _, name := range captures {
		link, packets, originals := golden(t, name)
		for i, p := range packets {
			table := NewTable()
			table.Add(1, 1, pcap.ParseTransport(link, p, originals[i]), originals[i])
			s := Summarize(link, p, originals[i], Bases{})
			for _, c := range table.Conversations() {
				if s.Over != c.Protocol || s.Over == "" {
					t.Errorf("%s, packet %d: %s over %q, in a conversation of %q", name, i+1, s.Protocol, s.Over, c.Protocol)
				}
			}
		}
	}
}

func TestATreeHasAllBytesOfItsHeadersAndStaysInThePacket(t *testing.T) {
	for _, name := range captures {
		link, packets, originals := golden(t, name)
		for i, p := range packets {
			layers := Decode(link, p, originals[i])
			if len(layers) < 2 {
				t.Errorf("%s %d: %+v", name, i, layers)
			}
			for _, l := range layers {
				if l.Start < 0 || l.End > len(p) || l.Start > l.End {
					t.Errorf("%s %d: %s is at %d to %d of %d", name, i, l.Name, l.Start, l.End, len(p))
				}
				for _, f := range l.Fields {
					if f.Start < 0 || f.End > len(p) || f.Start > f.End {
						t.Errorf("%s %d: %s %s is at %d to %d", name, i, l.Name, f.Name, f.Start, f.End)
					}
				}
			}
		}
	}
}

// connection makes the segments of a TCP connection between 10.0.0.1:1000 and 10.0.0.2:80.
type connection struct {
	table *Table
	n, at int64
}

func (c *connection) send(fromA bool, flags byte, seq, ack uint32, payload int) bool {
	c.n++
	c.at += 1_000_000
	p := pcap.Transport{IP: true, Protocol: pcap.TCP, Start: 20, Whole: true, Flags: flags, Seq: seq, Ack: ack, Payload: payload, Scale: -1}
	p.Src, p.Dst, p.SrcPort, p.DstPort = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), 1000, 80
	if !fromA {
		p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	}
	return c.table.Add(c.n, c.at, p, 54+payload)
}

func TestARetransmitIsASegmentOfWhichSomethingWasSeenBefore(t *testing.T) {
	const start = 0xfffffff0 // the sequence numbers wrap around
	for _, c := range []struct {
		name     string
		segments [][2]uint32 // offset from start, length
		want     int64
	}{
		{"in order", [][2]uint32{{0, 100}, {100, 100}, {200, 50}}, 0},
		{"the same again", [][2]uint32{{0, 100}, {0, 100}}, 1},
		{"a part of it again", [][2]uint32{{0, 100}, {50, 20}}, 1},
		{"again, with more", [][2]uint32{{0, 100}, {50, 100}, {150, 10}}, 1},
		{"out of order", [][2]uint32{{0, 100}, {200, 100}, {100, 100}}, 0},
		{"two out of order, in pieces", [][2]uint32{{0, 100}, {400, 100}, {100, 100}, {300, 100}, {200, 100}}, 0},
		{"a hole that is filled twice", [][2]uint32{{0, 100}, {200, 100}, {100, 100}, {100, 100}}, 1},
		{"a keep-alive", [][2]uint32{{0, 100}, {99, 1}, {99, 0}}, 0},
		{"an answer without data", [][2]uint32{{0, 100}, {100, 0}, {100, 0}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := &connection{table: NewTable()}
			for _, s := range c.segments {
				table.send(true, pcap.ACK, start+s[0], 1, int(s[1]))
			}
			all := table.table.Conversations()
			if len(all) != 1 || all[0].FromA.Retransmits != c.want || all[0].FromB.Retransmits != 0 {
				t.Errorf("got %+v, want %d", all, c.want)
			}
		})
	}
}

func TestAHandshakeTakesFromTheFirstSynToTheAnswerToTheOther(t *testing.T) {
	c := &connection{table: NewTable()}
	c.send(true, pcap.SYN, 100, 0, 0)
	state := func(want string) {
		t.Helper()
		if got := c.table.Conversations()[0].State; got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
	state("SYN sent")
	if !c.send(true, pcap.SYN, 100, 0, 0) {
		t.Error("a repeated SYN is not counted as a retransmit")
	}
	c.send(false, pcap.SYN|pcap.ACK, 900, 101, 0)
	state("SYN answered")
	c.send(true, pcap.ACK, 101, 901, 0)
	state("open")
	c.send(true, pcap.ACK|pcap.PSH, 101, 901, 10)
	c.send(false, pcap.ACK|pcap.FIN, 901, 111, 0)
	state("closing")
	got := c.table.Conversations()[0]
	if got.Handshake.Milliseconds() != 3 || got.A.Port() != 1000 || got.FromA.Packets != 4 || got.FromB.Packets != 2 || got.FromA.Retransmits != 1 {
		t.Errorf("got %+v", got)
	}
	c.send(true, pcap.RST, 111, 0, 0)
	state("reset")
	c.send(true, pcap.SYN, 5000, 0, 0) // a new connection between the same ports
	if all := c.table.Conversations(); len(all) != 2 || all[1].State != "SYN sent" {
		t.Errorf("got %+v", all)
	}
}

func TestWhatHasNoRoomIsCountedWithTheOthers(t *testing.T) {
	table := NewTable()
	add := func(n int) {
		p := pcap.Transport{IP: true, Protocol: pcap.UDP, Start: 20, SrcPort: uint16(n), DstPort: uint16(n >> 16)}
		p.Src, p.Dst = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
		table.Add(int64(n), int64(n), p, 100)
	}
	for n := range MaxConversations + 7 {
		add(n)
	}
	if table.Others != (Others{7, 700}) || len(table.Conversations()) != MaxConversations {
		t.Errorf("got %+v, %d", table.Others, len(table.all))
	}
}

func TestAServerNameIsReadOutOfAClientsHello(t *testing.T) {
	name := "payments.shop"
	extension := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(name)+5))
	extension = binary.BigEndian.AppendUint16(extension, uint16(len(name)+3))
	extension = append(binary.BigEndian.AppendUint16(append(extension, 0), uint16(len(name))), name...)
	hello := append([]byte{1, 0, 0, 100, 3, 3}, make([]byte, 32)...)
	hello = append(hello, 0, 0, 2, 0x13, 1, 1, 0, 0, byte(len(extension)+6), 0, 5, 0, 2, 9, 9)
	hello = append(hello, extension...)
	if got := tlsInfo(append([]byte{22, 3, 1, 0, 100}, hello...)); got != "Client Hello (SNI=payments.shop)" {
		t.Errorf("got %q", got)
	}
	for cut := range hello {
		tlsInfo(append([]byte{22, 3, 1, 0, 100}, hello[:cut]...))
	}
}

func FuzzPacket(f *testing.F) {
	for _, name := range captures {
		link, packets, originals := golden(f, name)
		for i, p := range packets {
			f.Add(link, p, originals[i])
		}
	}
	f.Fuzz(func(t *testing.T, link uint32, data []byte, original int) {
		s := Summarize(link, data, original, Bases{})
		if s.Protocol == "" {
			t.Error("no protocol")
		}
		for _, l := range Decode(link, data, original) {
			if l.Start < 0 || l.End > len(data) || l.Start > l.End {
				t.Errorf("%s: %d to %d of %d", l.Name, l.Start, l.End, len(data))
			}
			for _, field := range l.Fields {
				if field.Start < 0 || field.End > len(data) || field.Start > field.End {
					t.Errorf("%s %s: %d to %d", l.Name, field.Name, field.Start, field.End)
				}
			}
		}
		table := NewTable()
		table.Add(1, 1, pcap.ParseTransport(link, data, original), original)
		table.Conversations()
	})
}

func BenchmarkConversations(b *testing.B) {
	link, packets, originals := golden(b, "micros.pcap")
	var many [][]byte
	var lengths []int
	rng := rand.New(rand.NewPCG(1, 2))
	for range 4096 {
		i := rng.IntN(len(packets))
		p := append([]byte(nil), packets[i]...)
		if len(p) > 36 {
			p[34], p[35] = byte(rng.IntN(16)), byte(rng.IntN(256))
		}
		many, lengths = append(many, p), append(lengths, originals[i])
	}
	table := NewTable()
	n := int64(0)
	for b.Loop() {
		i := int(n) % len(many)
		table.Add(n, n, pcap.ParseTransport(link, many[i], lengths[i]), lengths[i])
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}

func BenchmarkSummarize(b *testing.B) {
	link, packets, originals := golden(b, "micros.pcap")
	n := 0
	for b.Loop() {
		Summarize(link, packets[n%len(packets)], originals[n%len(packets)], Bases{})
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}
