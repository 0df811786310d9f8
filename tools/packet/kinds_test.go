package packet

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// everything returns all captures that tests have.
func everything(t testing.TB) []string {
	t.Helper()
	kinds, err := filepath.Glob("../pcap/testdata/kinds/*.pcap")
	if err != nil || len(kinds) < 12 {
		t.Fatal(kinds, err)
	}
	all := append([]string(nil), captures...)
	for _, path := range kinds {
		all = append(all, filepath.Join("kinds", filepath.Base(path)))
	}
	return all
}

func TestWhatIsGoodIsNotMalformedHoweverShortItIsCut(t *testing.T) {
	for _, name := range everything(t) {
		packets, _ := readAll(t, name)
		for i, p := range packets {
			if garbage := (p.SrcPort == portMDNS || p.DstPort == portMDNS) && len(p.data) == p.original; p.malformed() != garbage { // not a message
				t.Errorf("%s %d: %s; %s", name, i+1, p.Info, p.tree())
			}
			for cut := range p.data {
				short := readOne(p.link, p.data[:cut], p.original, Bases{})
				if short.malformed() || short.Protocol == "" {
					t.Errorf("%s %d, cut at %d: %s %s; %s", name, i+1, cut, short.Protocol, short.Info, short.tree())
				}
				if last := short.layers[len(short.layers)-1]; last.Name != cutOff && !strings.HasPrefix(last.Name, "link type") {
					t.Errorf("%s %d, cut at %d: the tree does not say so: %s", name, i+1, cut, short.tree())
				}
				for _, l := range short.layers {
					if l.Start < 0 || l.End > cut || l.Start > l.End {
						t.Errorf("%s %d, cut at %d: %s is at %d to %d", name, i+1, cut, l.Name, l.Start, l.End)
					}
				}
			}
		}
	}
}

func TestACutPacketSaysSoAndHowFarItCanBeRead(t *testing.T) {
	packets, _ := readAll(t, "kinds/cut_called_malformed.pcap")
	for i, want := range []string{
		"UDP 4000 → 53 Len=44 (cut off by the capture)", "UDP 53 → 4000 Len=60 (cut off by the capture)", "DNS Standard query 0x1234 (cut off by the capture)",
		"DNS Standard query response 0x1234 A web.shop.svc.cluster.local (cut off by the capture)", "TCP 40000 → 8080 [SYN] Seq=0 Win=64240 Len=0",
	} {
		if got := packets[i].Protocol + " " + packets[i].Info; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if !strings.HasSuffix(packets[i].tree(), cutOff) {
			t.Errorf("the tree is %s", packets[i].tree())
		}
	}
}

func TestWhatIsNotKnownIsDataWithItsProtocol(t *testing.T) {
	packets, _ := readAll(t, "kinds/unknown_is_not_malformed.pcap")
	for i, want := range []struct{ protocol, carried string }{
		{"LACP", "Slow (0x8809)"}, {"PTP", "PTP (0x88f7)"}, {"PIM", "PIM (IP protocol 103)"}, {"DCCP", "DCCP (IP protocol 33)"}, {"XID", ""},
	} {
		p := &packets[i]
		last := p.layers[len(p.layers)-1]
		if p.Protocol != want.protocol || last.Name != "Data" || want.carried != "" && last.Fields[0].Value != want.carried {
			t.Errorf("got %s %s; %s %v", p.Protocol, p.Info, p.tree(), last.Fields)
		}
	}
	for protocol := range 256 {
		for _, kind := range []string{"0800", "86dd"} {
			p := made(t, hexMACs+kind+ipOf(kind, byte(protocol), "0102030405060708"+"090a0b0c0d0e0f10"))
			if known := map[int]bool{0: true, 1: true, 4: true, 6: true, 17: true, 41: true, 43: true, 44: true, 47: true, 51: true, 58: true, 60: true, 135: true, 139: true, 140: true}; !known[protocol] && p.malformed() {
				t.Errorf("protocol %d of %s: %s; %s", protocol, kind, p.Info, p.tree())
			}
		}
	}
	for kind := range 0x10000 {
		if p := made(t, hexMACs+hex16(uint16(kind))+strings.Repeat("5a", 40)); p.malformed() && kind != etherIPv4 && kind != etherIPv6 && kind != etherARP && kind != 0x6558 {
			t.Errorf("EtherType %04x: %s; %s", kind, p.Info, p.tree())
		}
	}
}

func TestWhatOtherFragmentsHaveIsNotMissed(t *testing.T) {
	const query = "12340100000100000000000" + "00473686f70076578616d706c650000010001"
	datagram := udpOf(4000, 53, query)
	first := datagram[:len(datagram)-16]
	for name, p := range map[string]read{
		"IPv4":                 made(t, hexMACs+"0800"+strings.Replace(ipOf("0800", 17, first), "00010000", "00012000", 1)),
		"IPv6":                 made(t, hexMACs+"86dd"+ipOf("86dd", 44, "1100000100000007"+first)),
		"IPv4, within headers": made(t, hexMACs+"0800"+strings.Replace(ipOf("0800", 17, datagram[:12]), "00010000", "00012000", 1)),
	} {
		if p.malformed() || strings.Contains(p.Info+p.tree(), cutOff) || !strings.Contains(p.Info, "continues in other fragments") {
			t.Errorf("%s: %s; %s", name, p.Info, p.tree())
		}
	}
}

func TestWhatCannotBeIsMalformedInAPacketThatIsWhole(t *testing.T) {
	segment := func(offset string) string {
		return "00010050" + "00000001" + "00000001" + offset + "10" + "faf0" + "00000000" + "616263"
	}
	for name, c := range map[string]struct{ frame, says string }{
		"an IPv4 header of 16 bytes":         {"0800" + strings.Replace(ipOf("0800", 6, segment("50")), "45", "44", 1), "a header of 16 bytes"},
		"an IPv4 header behind its packet":   {"0800" + strings.Replace(ipOf("0800", 6, segment("50")), "45", "4f", 1), "longer than its packet"},
		"a version that is another":          {"0800" + strings.Replace(ipOf("0800", 6, segment("50")), "45", "55", 1), "version 5"},
		"a TCP header of 16 bytes":           {"0800" + ipOf("0800", 6, segment("40")), "a header of 16 bytes"},
		"a TCP header behind its packet":     {"0800" + ipOf("0800", 6, segment("f0")), "a header of 60 bytes"},
		"the same over IPv6":                 {"86dd" + ipOf("86dd", 6, segment("f0")), "a header of 60 bytes"},
		"half a TCP header":                  {"0800" + ipOf("0800", 6, segment("50")[:20]), "a header of 10 bytes"},
		"half a UDP header":                  {"0800" + ipOf("0800", 17, "00010002"), "a header of 4 bytes"},
		"a UDP header that is all and less":  {"0800" + ipOf("0800", 17, "0001000200040000"), "a length of 4 bytes"},
		"ICMP of two bytes":                  {"0800" + ipOf("0800", 1, "0800"), "a header of 2 bytes"},
		"half an ARP":                        {"0806" + "0001080006040001", "8 bytes"},
		"a name that is its own end":         {"0800" + ipOf("0800", 17, udpOf(4000, 53, "000101000001000000000000"+"c00c"+"00010001")), "not before it"},
		"fewer records than there should be": {"0800" + ipOf("0800", 17, udpOf(53, 4000, "000181800000000500000000")), "it is shorter than it claims"},
	} {
		p := made(t, hexMACs+c.frame)
		if !strings.Contains(p.Info, "malformed") || !strings.Contains(p.Info, c.says) || !strings.Contains(p.tree(), "malformed") {
			t.Errorf("%s: %s; %s", name, p.Info, p.tree())
		}
		if cut := readOne(linkEthernet, p.data, len(p.data)+10, Bases{}); cut.malformed() {
			t.Errorf("%s, cut: %s; %s", name, cut.Info, cut.tree())
		}
	}
}

func TestWhatAFieldSaysBehindTheEndOfTheFrameIsNotThere(t *testing.T) {
	packets, all := readAll(t, "kinds/iplen_beyond_frame.pcap")
	for _, p := range packets {
		if p.transport.Payload != 3 || !strings.HasSuffix(p.Info, "Len=3") || p.Retransmit || p.malformed() {
			t.Errorf("got %s; %s", p.Info, p.tree())
		}
	}
	if len(all) != 1 || all[0].FromA.Retransmits != 0 {
		t.Errorf("got %+v", all)
	}
	long := made(t, hexMACs+"0800"+ipOf("0800", 17, "0001000201900000"+"616263")) // a datagram of 400 bytes
	if !strings.HasSuffix(long.Info, "Len=3") {
		t.Errorf("got %s", long.Info)
	}
	short := made(t, hexMACs+"0800"+ipOf("0800", 17, "00010002000a0000"+"616263")) // of 10
	if !strings.HasSuffix(short.Info, "Len=2") {
		t.Errorf("got %s", short.Info)
	}
}

func TestIPv6WithoutALengthIsAsLongAsItsFrame(t *testing.T) {
	packets, _ := readAll(t, "kinds/bigtcp_ipv6_no_hbh.pcap")
	for i, want := range []string{"443 → 5000 [PSH, ACK] Seq=1 Ack=1 Win=64240 Len=66000", "[VXLAN] 443 → 5000 [PSH, ACK] Seq=1 Ack=1 Win=64240 Len=66000"} {
		p := &packets[i]
		if p.Info != want || !strings.HasSuffix(p.tree(), "IPv6, TCP, Data, "+cutOff) {
			t.Errorf("got %s; %s", p.Info, p.tree())
		}
	}
}

func TestAnEmptyDatagramIsOneOnEveryPort(t *testing.T) {
	packets, _ := readAll(t, "kinds/udp53_empty.pcap")
	empty := []read{packets[0]}
	for port := range uint16(10000) {
		empty = append(empty, made(t, hexMACs+"0800"+ipOf("0800", 17, udpOf(40000, port, ""))))
	}
	for _, p := range empty {
		if p.Protocol != "UDP" || !strings.HasSuffix(p.Info, "Len=0") || p.tree() != "Ethernet, IPv4, UDP" {
			t.Errorf("port %d: %s %s; %s", p.DstPort, p.Protocol, p.Info, p.tree())
		}
	}
}

func TestEveryTypeOfICMPHasANameOrItsNumbers(t *testing.T) {
	for kind := range 256 {
		for ether, protocol := range map[string]byte{"0800": pcap.ICMP, "86dd": pcap.ICMPv6} {
			p := made(t, hexMACs+ether+ipOf(ether, protocol, fmt.Sprintf("%02x070000", kind)+strings.Repeat("00", 24)))
			field := p.layers[2].Fields[0]
			if p.Info == "" || strings.Contains(p.Info, "(7)") || strings.HasPrefix(p.Info, "Unknown") || !strings.HasPrefix(p.Info, field.Value) {
				t.Errorf("%s type %d: %q, in the tree %q", p.Protocol, kind, p.Info, field.Value)
			}
		}
	}
}
