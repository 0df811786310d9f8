package pcap

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// Parts of packets, in hexadecimal.
const (
	hexMACs   = "020000000002" + "020000000001"
	hexSLL    = "0000" + "0001" + "0006" + "0200000000010000" // and the protocol
	hexSLL2   = "0000" + "00000002" + "0001" + "00" + "06" + "0200000000010000"
	hexRest4  = "0001" + "0000" + "40"               // IPv4: identification, not a fragment, time to live; then the protocol
	hexAddrs4 = "0000" + "0a000001" + "0a000002"     // IPv4: checksum, 10.0.0.1 to 10.0.0.2
	hexAddrs6 = "20010db8000000000000000000000001" + // IPv6: 2001:db8::1 to 2001:db8::2
		"20010db8000000000000000000000002"
	hexIPv4  = "45000000" + hexRest4 + "11" + hexAddrs4 // and UDP
	hexIPv6  = "60000000" + "0000" + "11" + "40" + hexAddrs6
	hexUDP   = "0035" + "0035" + "0010" + "0000"
	hexTCP   = "0050" + "0050" + "00000001" + "00000002" + "50" + "18" + "ffff" + "0000" + "0000"
	hexTCP32 = "0050" + "0050" + "00000001" + "00000002" + "80" + "18" + "ffff" + "0000" + "0000" + "0101080a0000000100000002"
	hexARP   = "0001" + "0800" + "06" + "04" + "0001" + "020000000001" + "0a000001" + "000000000000" + "0a000002"
	payload  = "5345435245542d5345435245542d5345435245542d5345435245542d" // SECRET-SECRET-…
)

func ipv6With(next, extensions string) string {
	return "60000000" + "0000" + next + "40" + hexAddrs6 + extensions
}

func TestHeadersEndWhereThePayloadBegins(t *testing.T) {
	const none, v4, v6 = "", "10.0.0.1 10.0.0.2", "2001:db8::1 2001:db8::2"
	for _, c := range []struct {
		name    string
		link    uint32
		headers string // the part that is understood; a payload follows
		addrs   string
	}{
		{"Ethernet, IPv4, UDP", 1, hexMACs + "0800" + hexIPv4 + hexUDP, v4},
		{"Ethernet, IPv4 with options, TCP", 1, hexMACs + "0800" + "47000000" + hexRest4 + "06" + hexAddrs4 + "0101010101010101" + hexTCP, v4},
		{"Ethernet, IPv4, TCP with options", 1, hexMACs + "0800" + "45000000" + hexRest4 + "06" + hexAddrs4 + hexTCP32, v4},
		{"Ethernet, IPv4, ICMP", 1, hexMACs + "0800" + "45000000" + hexRest4 + "01" + hexAddrs4 + "0800000000010001", v4},
		{"Ethernet, IPv4, SCTP", 1, hexMACs + "0800" + "45000000" + hexRest4 + "84" + hexAddrs4 + "0001000200000003" + "00000000", v4},
		{"Ethernet, IPv4, a transport that is not known", 1, hexMACs + "0800" + "45000000" + hexRest4 + "2f" + hexAddrs4, v4},
		{"the first fragment", 1, hexMACs + "0800" + "45000000" + "0001" + "2000" + "40" + "11" + hexAddrs4 + hexUDP, v4},
		{"a later fragment", 1, hexMACs + "0800" + "45000000" + "0001" + "2001" + "40" + "11" + hexAddrs4, v4},
		{"Ethernet, IPv6, UDP", 1, hexMACs + "86dd" + hexIPv6 + hexUDP, v6},
		{"Ethernet, IPv6, ICMPv6", 1, hexMACs + "86dd" + ipv6With("3a", "8000000000010001"), v6},
		{"IPv6 with every extension", 229, ipv6With("00", "2b00000000000000"+"3c01000000000000"+"0000000000000000"+
			"2c00000000000000"+"0600000100000001"+hexTCP), v6},
		{"a later fragment of IPv6", 229, ipv6With("2c", "0600000800000001"), v6},
		{"no next header", 229, ipv6With("3b", ""), v6},
		{"IPv4 in IPv6 addresses", 229, "60000000" + "0000" + "11" + "40" + "00000000000000000000ffff0a000001" +
			"00000000000000000000ffff0a000002" + hexUDP, v4},
		{"one VLAN tag", 1, hexMACs + "8100" + "0001" + "0800" + hexIPv4 + hexUDP, v4},
		{"three VLAN tags", 1, hexMACs + "88a8" + "0001" + "9100" + "0002" + "8100" + "0003" + "86dd" + hexIPv6 + hexUDP, v6},
		{"ARP", 1, hexMACs + "0806" + hexARP, v4},
		{"ARP for no IPv4", 1, hexMACs + "0806" + strings.Replace(hexARP, "0800", "86dd", 1), none},
		{"an EtherType that is not known", 1, hexMACs + "88cc", none},
		{"a length instead of an EtherType", 1, hexMACs + "0026", none},
		{"IPv6 where the EtherType says IPv4", 1, hexMACs + "0800", none},
		{"raw IPv4", 101, hexIPv4 + hexUDP, v4},
		{"raw IPv6", 101, hexIPv6 + hexUDP, v6},
		{"raw IPv4 as numbered by BSD", 12, hexIPv4 + hexUDP, v4},
		{"raw IPv6 as numbered by OpenBSD", 14, hexIPv6 + hexUDP, v6},
		{"IPv4 only", 228, hexIPv4 + hexUDP, v4},
		{"IPv6 only", 229, hexIPv6 + hexUDP, v6},
		{"BSD loopback, little endian", 0, "02000000" + hexIPv4 + hexUDP, v4},
		{"BSD loopback, big endian", 0, "0000001c" + hexIPv6 + hexUDP, v6},
		{"BSD loopback, another family", 0, "07000000", none},
		{"OpenBSD loopback", 108, "00000018" + hexIPv6 + hexUDP, v6},
		{"Darwin loopback", 0, "1e000000" + hexIPv6 + hexUDP, v6},
		{"any interface", 113, hexSLL + "0800" + hexIPv4 + hexUDP, v4},
		{"any interface, VLAN tag", 113, hexSLL + "8100" + "0001" + "86dd" + hexIPv6 + hexUDP, v6},
		{"any interface, version 2", 276, "86dd" + hexSLL2 + hexIPv6 + hexUDP, v6},
		{"any interface, version 2, ARP", 276, "0806" + hexSLL2 + hexARP, v4},
		{"no IPv4 header is so short", 228, "", none},
		{"a link type that is not known", 147, "", none},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers, err := hex.DecodeString(c.headers)
			if err != nil {
				t.Fatal(err)
			}
			rest, _ := hex.DecodeString(payload)
			l := Parse(c.link, append(headers, rest...))
			if l.Headers != len(headers) {
				t.Errorf("the headers have %d bytes, want %d", l.Headers, len(headers))
			}
			var src, dst netip.Addr
			if from, to, ok := strings.Cut(c.addrs, " "); ok {
				src, dst = netip.MustParseAddr(from), netip.MustParseAddr(to)
			}
			if l.Src != src || l.Dst != dst {
				t.Errorf("from %v to %v, want %q", l.Src, l.Dst, c.addrs)
			}
			for cut := range headers {
				short := Parse(c.link, headers[:cut])
				if short.Headers > cut || short.Src.IsValid() && (short.Src != src || short.Dst != dst) {
					t.Errorf("cut at %d: got %+v", cut, short)
				}
			}
		})
	}
}

func TestAHeaderThatWasCutOffCountsAsFarAsItGoes(t *testing.T) {
	for name, p := range map[string]string{
		"TCP":  hexMACs + "0800" + "45000000" + hexRest4 + "06" + hexAddrs4 + hexTCP32,
		"VLAN": hexMACs + "88a8" + "0001" + "8100" + "0003" + "86dd" + hexIPv6 + hexUDP,
		"IPv6": hexMACs + "86dd" + ipv6With("00", "3c02000000000000"+"00000000000000000000000000000000"+"1100000000000000"+hexUDP),
		"ARP":  hexMACs + "0806" + hexARP,
	} {
		whole, err := hex.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range len(whole) + 1 {
			if l := Parse(1, whole[:cut]); l.Headers != cut {
				t.Errorf("%s, cut at %d: got %d", name, cut, l.Headers)
			}
		}
	}
}

func TestWhatSaysThatItIsTooShortForTCPIsNot(t *testing.T) {
	p, _ := hex.DecodeString("45000000" + hexRest4 + "06" + hexAddrs4 + strings.Repeat("00", 40))
	if l := Parse(linkIPv4, p); l.Headers != 20 || !l.Src.IsValid() {
		t.Errorf("got %+v", l)
	}
}

func TestAPacketIsParsedWithoutAllocation(t *testing.T) {
	p, _ := hex.DecodeString(hexMACs + "86dd" + hexIPv6 + hexUDP + payload)
	if n := testing.AllocsPerRun(100, func() { Parse(1, p) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct {
		name, packet string
		link         uint32
	}{
		{"Ethernet IPv4 TCP", hexMACs + "0800" + "45000000" + hexRest4 + "06" + hexAddrs4 + hexTCP32, 1},
		{"Ethernet IPv6 UDP", hexMACs + "86dd" + hexIPv6 + hexUDP, 1},
		{"SLL2 IPv4 UDP", "0800" + hexSLL2 + hexIPv4 + hexUDP, 276},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, _ := hex.DecodeString(c.packet + payload)
			b.ReportAllocs()
			for b.Loop() {
				Parse(c.link, p)
			}
		})
	}
}
