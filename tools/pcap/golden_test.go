package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// golden are the captures in testdata, made by tcpdump 4.99.3 with libpcap 1.10.3 on Linux, little endian. testdata/captures.sh
// made them and says how. 10.77.0.1 and fd77::1 send to 10.77.0.2 and fd77::2.
var golden = []struct {
	file    string
	header  Header
	packets int
}{
	{"micros.pcap", Header{SnapLen: 262144, LinkType: 1}, 16},             // ARP, ICMP, TCP, UDP
	{"nanos.pcap", Header{SnapLen: 262144, LinkType: 1, Nanos: true}, 16}, // the packets of micros.pcap
	{"snaplen.pcap", Header{SnapLen: 70, LinkType: 1}, 4},                 // -s 70: UDP and ICMP, all of them cut
	{"ipv6.pcap", Header{SnapLen: 262144, LinkType: 1, Nanos: true}, 18},  // ICMPv6, TCP, UDP
	{"vlan.pcap", Header{SnapLen: 262144, LinkType: 1}, 2},                // UDP under one VLAN tag, and under two
	{"any.pcap", Header{SnapLen: 262144, LinkType: 276}, 16},              // -i any: SLL2
	{"cooked.pcap", Header{SnapLen: 262144, LinkType: 113}, 16},           // -i any -y LINUX_SLL
	{"empty.pcap", Header{SnapLen: 262144, LinkType: 1}, 0},               // a filter that no packet passed
}

// tool runs a program on a file and returns its output, without the file's name.
func tool(t *testing.T, name, file string, args ...string) (stdout, stderr string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(name, append(args, "-r", file)...)
	if name == "capinfos" {
		cmd.Args = append(cmd.Args[:len(cmd.Args)-2], file)
	}
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C.UTF-8", "HOME="+t.TempDir())
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &errs)
	}
	return strings.ReplaceAll(out.String(), file, "FILE"), strings.ReplaceAll(errs.String(), file, "FILE")
}

// records reads a whole stream.
func records(t testing.TB, stream []byte) (Header, [][]byte) {
	t.Helper()
	r := must(NewReader(bytes.NewReader(stream)))(t)
	var all [][]byte
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header(), all
		}
		check(t, err)
		all = append(all, bytes.Clone(p))
	}
}

// bigEndian returns the stream as a big-endian machine would write it: the fields of the file header (4, 2, 2, 4, 4, 4 and 4
// bytes) and of the packet headers (four times 4 bytes) are reversed.
func bigEndian(t testing.TB, stream []byte) []byte {
	t.Helper()
	h, all := records(t, stream)
	big := turned(nil, stream[:4])
	big = append(big, stream[5], stream[4], stream[7], stream[6])
	big = turned(big, stream[8:FileHeaderLen])
	if h.Order != binary.LittleEndian {
		t.Fatal("it is big endian already")
	}
	for _, p := range all {
		big = append(turned(big, p[:PacketHeaderLen]), p[PacketHeaderLen:]...)
	}
	return big
}

// turned appends 32-bit words with their bytes reversed.
func turned(to, words []byte) []byte {
	for ; len(words) > 0; words = words[4:] {
		to = binary.BigEndian.AppendUint32(to, binary.LittleEndian.Uint32(words))
	}
	return to
}

// convert writes a pcapng file with the packets of a stream, and with metadata.
func convert(t *testing.T, stream []byte, s Section, i Interface, names []NameRecord, statistics ...Statistics) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "capture.pcapng")
	f := must(os.Create(file))(t)
	w := must(NewNGWriter(f, s))(t)
	h, all := records(t, stream)
	i.LinkType, i.SnapLen, i.Nanos = h.LinkType, h.SnapLen, i.Nanos || h.Nanos
	id := must(w.AddInterface(i))(t)
	check(t, w.WriteNames(names))
	for _, p := range all {
		check(t, w.WritePacket(id, h, p))
	}
	for _, s := range statistics {
		check(t, w.WriteStatistics(id, s))
	}
	check(t, w.Flush(), f.Close())
	return file
}

func capture(t testing.TB, file string) []byte {
	t.Helper()
	return must(os.ReadFile(filepath.Join("testdata", file)))(t)
}

func TestEveryToolSeesTheSamePacketsInBothFormats(t *testing.T) {
	for _, c := range golden {
		little := capture(t, c.file)
		for order, stream := range map[string][]byte{"as it is": little, "big endian": bigEndian(t, little), "in nanoseconds": little} {
			t.Run(c.file+" "+order, func(t *testing.T) {
				t.Parallel()
				h, all := records(t, stream)
				if h.LinkType != c.header.LinkType || h.SnapLen != c.header.SnapLen || h.Nanos != c.header.Nanos || len(all) != c.packets {
					t.Fatalf("the capture has %+v and %d packets", h, len(all))
				}
				before := filepath.Join(t.TempDir(), "capture.pcap")
				check(t, os.WriteFile(before, stream, 0o600))
				after := convert(t, stream, Section{}, Interface{Nanos: order == "in nanoseconds"}, nil)
				sameToReaders(t, stream, after)
				sameToTools(t, before, after, c.packets)
			})
		}
	}
}

// sameToReaders checks that the two readers read the same packets from a stream and from a pcapng file.
func sameToReaders(t *testing.T, stream []byte, file string) {
	t.Helper()
	h, all := records(t, stream)
	f := must(os.Open(file))(t)
	defer f.Close()
	r, packets := readNG(t, f)
	if len(packets) != len(all) {
		t.Fatalf("%d packets, want %d", len(packets), len(all))
	}
	for n, p := range packets {
		equal(t, fmt.Sprintf("packet %d", n), asRecord(h, r.Interfaces()[0].Nanos, p), all[n])
	}
}

// asRecord returns a packet of a pcapng as a record of a pcap stream.
func asRecord(h Header, nanos bool, p NGPacket) []byte {
	if nanos && !h.Nanos {
		p.Fraction /= 1000
	}
	return record(h.Order.(binary.AppendByteOrder), uint32(p.Seconds), p.Fraction, p.Original, string(p.Data))
}

// sameToTools compares two files by tshark (number, time in nanoseconds, lengths and encapsulation of every packet), tcpdump (link
// type, snapshot length, time and every byte) and capinfos (counts and encapsulation).
func sameToTools(t *testing.T, before, after string, packets int) {
	t.Helper()
	for _, run := range [][]string{
		{"tshark", "-n", "-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len",
			"-e", "frame.encap_type", "-e", "frame.protocols"},
		{"tcpdump", "-n", "-tt", "--time-stamp-precision=nano", "-e", "-xx"},
		{"capinfos", "-c", "-E", "-d"},
	} {
		want, wantErr := tool(t, run[0], before, run[1:]...)
		got, gotErr := tool(t, run[0], after, run[1:]...)
		if got != want || run[0] != "capinfos" && gotErr != wantErr {
			t.Errorf("%s: got\n%s%s, want\n%s%s", run[0], gotErr, got, wantErr, want)
		}
		if lines := strings.Count(got, "\n"); run[0] == "tshark" && lines != packets {
			t.Errorf("tshark shows %d packets, want %d", lines, packets)
		}
	}
}

func TestTsharkShowsWhereAPacketComesFrom(t *testing.T) {
	file := convert(t, capture(t, "snaplen.pcap"), Section{}, Interface{Name: "shop/cart-0:eth0", Description: "pod on node-1"}, nil)
	got, _ := tool(t, "tshark", file, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.interface_description")
	equal(t, "interfaces", got, strings.Repeat("shop/cart-0:eth0\tpod on node-1\n", 4))
}

func TestTsharkShowsNamesIfItIsAskedTo(t *testing.T) {
	names := []NameRecord{
		{Addr: netip.MustParseAddr("10.77.0.1"), Names: []string{"cart-0.shop"}},
		{Addr: netip.MustParseAddr("10.77.0.2"), Names: []string{"payments-0.shop", "payments.shop.svc"}}, // the last is shown
		{Addr: netip.MustParseAddr("fd77::1"), Names: []string{"cart-0.shop"}},
		{Addr: netip.MustParseAddr("fd77::2"), Names: []string{"payments.shop.svc"}},
	}
	const numbers, named = "10.77.0.1\t10.77.0.2", "cart-0.shop\tpayments.shop.svc"
	for _, c := range []struct {
		file, ip, how, want string
	}{
		{"any.pcap", "ip", "-Nn", named},
		{"micros.pcap", "ip", "-onameres.network_name:TRUE", named},
		{"ipv6.pcap", "ipv6", "-Nn", named},
		{"any.pcap", "ip", "-n", numbers},
	} {
		file := convert(t, capture(t, c.file), Section{}, Interface{}, names)
		got, _ := tool(t, "tshark", file, c.how, "-Y", "udp && udp.srcport != 5353",
			"-T", "fields", "-e", c.ip+".src_host", "-e", c.ip+".dst_host")
		equal(t, c.file+" with "+c.how, got, c.want+"\n")
	}
}

func TestCapinfosShowsWhatIsKnownOfACapture(t *testing.T) {
	file := convert(t, capture(t, "nanos.pcap"),
		Section{Application: "podtracer 1.2.3", OS: "Linux 6.1", Comments: []string{"nothing was lost", "clock of node-1"}},
		Interface{Name: "shop/cart-0:eth0", Description: "pod on node-1", Filter: "not ip6", Comments: []string{"until it was stopped"}},
		[]NameRecord{{Addr: netip.MustParseAddr("10.77.0.1"), Names: []string{"cart-0.shop"}}},
		Statistics{Received: count(16)})
	out, _ := tool(t, "capinfos", file)
	lines := map[string]bool{}
	for line := range strings.Lines(out) {
		lines[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, want := range []string{
		"File type: Wireshark/... - pcapng", "Number of packets: 16", "File timestamp precision: nanoseconds (9)",
		"Capture application: podtracer 1.2.3", "Capture oper-sys: Linux 6.1",
		"Capture comment: nothing was lost", "Capture comment: clock of node-1",
		"Name = shop/cart-0:eth0", "Description = pod on node-1", "Filter string = not ip6", "Comment = until it was stopped",
		"Capture length = 262144", "Encapsulation = Ethernet (1 - ether)", "Number of packets = 16", "Number of stat entries = 1",
		"Number of resolved IPv4 addresses in file: 1",
	} {
		if !lines[want] {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

// capinfos 4.0 only counts the statistics of an interface. tshark, which reads the file twice here, writes the values that it has
// understood.
func TestTsharkUnderstandsStatistics(t *testing.T) {
	want := Statistics{
		Start: time.Unix(1795371496, 901_616_001), End: time.Unix(1795371497, 1), Received: count(1 << 40), InterfaceDropped: count(3),
		Accepted: count(77), OSDropped: count(5), Delivered: count(16), Comments: []string{"5 packets were dropped"},
	}
	file := convert(t, capture(t, "nanos.pcap"), Section{}, Interface{}, nil, want)
	again := filepath.Join(t.TempDir(), "again.pcapng")
	tool(t, "tshark", file, "-2", "-w", again)
	f := must(os.Open(again))(t)
	defer f.Close()
	r, packets := readNG(t, f)
	equal(t, "statistics", r.Statistics(), map[uint32]Statistics{0: want})
	equal(t, "application", strings.HasPrefix(r.Section().Application, "TShark"), true)
	if len(packets) != 16 {
		t.Errorf("%d packets", len(packets))
	}
}
