package packet

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// segment is a packet of a capture of testdata/lossy.sh. The sender gives each packet a unique IP identification.
type segment struct {
	port, id uint16
	seq      uint32
}

// lossy reads one of the captures and returns its conversations, and the packets of the sender that they count as retransmits.
func lossy(t *testing.T, name string) (all []Conversation, sent map[segment]bool, retransmits map[segment]bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	r, err := pcap.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	table := NewTable()
	sent, retransmits = map[segment]bool{}, map[segment]bool{}
	sender := netip.MustParseAddr("10.77.0.1")
	for number := int64(1); ; number++ {
		p, err := r.Next()
		if err == io.EOF {
			return table.Conversations(), sent, retransmits
		}
		if err != nil {
			t.Fatal(err)
		}
		order := r.Header().Order
		at := int64(order.Uint32(p))*1e9 + int64(order.Uint32(p[4:]))*1e3
		length := int(order.Uint32(p[12:]))
		data := p[pcap.PacketHeaderLen:]
		transport := pcap.ParseTransport(r.Header().LinkType, data, length)
		again := table.Add(number, at, transport, length)
		if transport.Src == sender && transport.Payload > 0 {
			s := segment{transport.SrcPort, binary.BigEndian.Uint16(data[18:]), transport.Seq}
			sent[s] = true
			if again {
				retransmits[s] = true
			}
		}
	}
}

// tsharkCounts returns the number of the sender's packets in a capture that match a display filter of tshark.
func tsharkCounts(t *testing.T, name, filter string) int {
	t.Helper()
	cmd := exec.Command("tshark", "-n", "-r", filepath.Join("testdata", name), "-Y", "ip.src == 10.77.0.1 && tcp.len > 0 && "+filter, "-T", "fields", "-e", "frame.number")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(out, []byte("\n"))
}

func needTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
}

func TestOnALossyPathTheSenderSeesTheRetransmitsThatTsharkSees(t *testing.T) {
	needTshark(t)
	_, _, retransmits := lossy(t, "lossy-sender.pcap")
	want := tsharkCounts(t, "lossy-sender.pcap", "tcp.analysis.retransmission")
	if len(retransmits) != want || want < 50 {
		t.Errorf("%d retransmits, tshark sees %d", len(retransmits), want)
	}
}

// The receiver sees retransmits that fill holes, and might take them for out of order. The sender's capture shows which packets
// really are retransmits. If a packet and all later ones are lost, no one can tell.
func TestOnALossyPathTheReceiverSeesTheRetransmitsThatArrive(t *testing.T) {
	needTshark(t)
	_, _, truth := lossy(t, "lossy-sender.pcap")
	_, arrived, found := lossy(t, "lossy-receiver.pcap")
	var all, missed, wrong int
	for s := range arrived {
		if truth[s] {
			all++
			if !found[s] {
				missed++
			}
		}
	}
	for s := range found {
		if !truth[s] {
			wrong++
		}
	}
	tshark := tsharkCounts(t, "lossy-receiver.pcap", "tcp.analysis.retransmission")
	t.Logf("%d retransmits arrived; %d found, %d missed, %d taken for one; tshark sees %d", all, len(found), missed, wrong, tshark)
	if all < 50 || len(found)-wrong < tshark || wrong*50 > all {
		t.Error("fewer retransmits than tshark finds, or too many false ones")
	}
}

// tshark counts from the last SYN, podtracer from the first, because that is how long the connection took to be established.
func TestHandshakesTakeAsLongAsTsharkSays(t *testing.T) {
	needTshark(t)
	lost := 0
	for _, name := range []string{"lossy-sender.pcap", "lossy-receiver.pcap"} {
		want := handshakes(t, name)
		all, _, _ := lossy(t, name)
		if len(all) != 3 || len(want) != 3 {
			t.Fatalf("%s: %d conversations, tshark has %d handshakes", name, len(all), len(want))
		}
		for _, c := range all {
			tshark := want[strconv.Itoa(int(c.A.Port()))]
			if tshark[0] != tshark[1] {
				lost++
			}
			if got := c.Handshake.Microseconds(); got != tshark[1]-tshark[0]+tshark[2] {
				t.Errorf("%s: the handshake of %s took %d µs; tshark: SYNs at %d µs and %d µs, round trip %d µs", name, c.A, got, tshark[0], tshark[1], tshark[2])
			}
		}
	}
	if lost == 0 {
		t.Error("no SYN was lost in these captures")
	}
}

// handshakes returns, by the client's port, when tshark saw the first and the last SYN, and the round trip from the last SYN, in
// microseconds.
func handshakes(t *testing.T, name string) map[string][3]int64 {
	t.Helper()
	cmd := exec.Command("tshark", "-n", "-r", filepath.Join("testdata", name), "-Y", "tcp.flags.syn == 1 || tcp.analysis.initial_rtt",
		"-T", "fields", "-e", "tcp.srcport", "-e", "tcp.dstport", "-e", "tcp.flags", "-e", "frame.time_relative", "-e", "tcp.analysis.initial_rtt")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][3]int64{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		micros := func(s string) int64 {
			seconds, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(line)
			}
			return int64(math.Round(seconds * 1e6))
		}
		port := fields[0]
		if port == "5201" {
			port = fields[1]
		}
		h, known := found[port]
		if fields[2] == "0x0002" { // a SYN without ACK
			if h[1] = micros(fields[3]); !known {
				h[0] = h[1]
			}
		}
		if fields[4] != "" {
			h[2] = micros(fields[4])
		}
		found[port] = h
	}
	return found
}
