package packets

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// three are an HTTP request of cart-0 to payments, an answer that there is no such name, and one from a port that is 44046.
func three() [3]capture.Packet {
	http, dns := fakes.Traffic(4)[2], fakes.Traffic(4)[3]
	dns.Info, dns.Src, dns.Dst, dns.SrcPort, dns.DstPort = "Standard query response 0x3f1a NXDomain A nope.example", dns.Dst, dns.Src, 53, 53211
	tunnelled := fakes.Traffic(1)[0]
	tunnelled.SrcPort, tunnelled.Info, tunnelled.Tunnel = 44046, "[VXLAN] 44046 → 8080 [SYN] Seq=0 Win=64240 Len=0", "VXLAN"
	tunnelled.OuterSrc, tunnelled.OuterDst = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	http.Info = "HTTP/1.1 404 Not Found"
	return [3]capture.Packet{http, dns, tunnelled}
}

func TestAFilterTakesWhatAPersonMeans(t *testing.T) {
	packets := three()
	for text, want := range map[string]string{ // which of the three
		"": "123", "  ": "123",
		"10.0.0.1": "123", ":8080": "13", "10.96.0.80:8080": "13", "cart-0.shop": "123", "payments": "13", ":443": "",
		"http": "1", "HTTP": "1", "nxdomain": "2", "NXDomain": "2", "NXDOMAIN": "2",
		"404": "1", "4404": "", "44046": "3", "40": "", "10.96": "123", "10.0.0.11": "", "0.0.0.1": "", "seq=0": "3", "[syn]": "3",
		`"404 Not"`: "1", `"404 not found"`: "1", `"Not 404"`: "", `'404 Not'`: "1", `"404 Not`: "1", `"or"`: "", `"port 53"`: "",
		"!dns": "13", "-dns": "13", "not dns": "13", "! dns": "13", "not not dns": "2", "-dns -http": "3", `-"404 not"`: "23",
		"dns or http": "12", "dns || http": "12", "dns and nxdomain": "2", "dns && http": "", "dns http": "",
		"(dns or http) and not 404": "2", "not (dns or http)": "3", "dns or http 404": "12",
		"port 53": "2", "udp port 53": "2", "tcp port 53": "", "tcp port 8080": "13", "src port 53": "2", "dst port 53": "", "port 44046": "3",
		"tcp dst port 8080": "13", "not port 53": "13", "tcp": "13", "udp": "2", "port 80": "",
		"host 10.0.0.1": "123", "host cart-0": "123", "src 10.0.0.1": "13", "dst 10.0.0.1": "2", "src host cart-0": "13", "dst host 10.96.0.80": "13",
		"net 10.96.0.0/16": "123", "src net 10.96.0.0/16": "2", "net 172.16.0.0/12": "", "vxlan": "3", "host 192.0.2.1": "3", "192.0.2": "3",
		"net 192.0.2.0/24": "3", "less": "", "proto": "", "contains": "", `http "contains"`: "",
	} {
		f, got := filterFor(text, nil), ""
		for i := range packets {
			if f.takes(&packets[i], fakes.ShopNames, "") {
				got += string(rune('1' + i))
			}
		}
		if f.err != nil || got != want {
			t.Errorf("%s: takes %q, want %q; %v", text, got, want, f.err)
		}
	}
}

func TestWhatAFilterCannotUnderstandIsSaidAndTakesEverything(t *testing.T) {
	packets := three()
	for _, text := range []string{
		"tcp.port==8080", "tcp.port == 8080", "ip.addr != 10.0.0.1", "tcp.analysis.retransmission", "dns.qry.name", "http.request", "frame.len > 100", "a>5",
		"tcp[13] & 4 != 0", "tcp[tcpflags]", "ether host 02:00:00:00:00:01", "portrange 80-90", "greater 1000", "proto icmp",
		"dns or", "or dns", "and", "dns and and http", "not", "!", "dns -", "(dns", "dns)", "()", "port", "port http", "port 70000", "src", "dst port", "host or dns",
		"net 10", "net", "10.0.0.0/40", "src 10.0.0/8", "port=53", "port:53", "src=10.0.0.1", "host=web", "dns | http", "dns & http", "=", "tcp port", "frame contains x", `http matches "404"`, "flags [S]", "[S.]", "[.]", "[R]",
	} {
		f := filterFor(text, nil)
		if f.err == nil || f.err.Error() == "" || f.on() || !f.takes(&packets[0], nil, "") {
			t.Errorf("%s: %v, on %v", text, f.err, f.on())
		}
	}
}

func TestAFilterSaysWhoseSyntaxItDoesNotTake(t *testing.T) {
	for text, owner := range map[string]string{
		"tcp[13] & 4 != 0": "tcpdump's", "tcp[13]&2!=0": "tcpdump's", "icmp[0]==8": "tcpdump's", "portrange 80-90": "tcpdump's", "flags [S.]": "tcpdump writes",
		"tcp.port==8080": "Wireshark's", "frame.len > 100": "Wireshark's", "frame contains x": "Wireshark's", "http matches x": "Wireshark's",
	} {
		if f := filterFor(text, nil); f.err == nil || !strings.Contains(f.err.Error(), owner) {
			t.Errorf("%s: %v, want that it is %s", text, f.err, owner)
		}
	}
}

// The names of protocols are those of tcpdump and of Wireshark where podtracer has another one, and an address with its length is a net.
func TestAProtocolIsFoundByEachOfItsNames(t *testing.T) {
	var packets [4]capture.Packet
	for i := range packets {
		packets[i] = fakes.Traffic(1)[0]
	}
	packets[1].Src, packets[1].Dst = netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2")
	packets[2].Src, packets[2].Dst, packets[2].Protocol, packets[2].Over = packets[1].Src, packets[1].Dst, "ICMPv6", "ICMPv6"
	packets[2].Info, packets[2].SrcPort, packets[2].DstPort = "NeighborSolicitation fd00::2", 0, 0
	packets[3].Src, packets[3].Dst = netip.MustParseAddr("172.16.0.1"), netip.MustParseAddr("172.16.0.9")
	packets[3].Protocol, packets[3].Over, packets[3].Info, packets[3].SrcPort, packets[3].DstPort = "ARP", "ARP", "Who has 172.16.0.9? Tell 172.16.0.1", 0, 0
	for text, want := range map[string]string{
		"icmp6": "3", "icmpv6": "3", "not icmp6": "124", `"icmp6"`: "", "arp": "4",
		"ip": "1", "ipv4": "1", "ip4": "1", "ip6": "23", "ipv6": "23", "IP6 and tcp": "2", "not ip and not ip6": "4", `"ip"`: "", "ip host 10.0.0.1": "1", "ip6 src fd00::1": "23",
		"10.0.0.0/8": "1", "fd00::/16": "23", "src 10.0.0.0/24": "1", "host 10.0.0.0/8": "1", "dst fd00::/64": "23", "!10.0.0.0/8": "234", "ip net 10.0.0.0/8": "1",
	} {
		f, got := filterFor(text, nil), ""
		for i := range packets {
			if f.takes(&packets[i], nil, "") {
				got += string(rune('1' + i))
			}
		}
		if f.err != nil || got != want {
			t.Errorf("%s: takes %q, want %q; %v", text, got, want, f.err)
		}
	}
}

func TestAPodOfASetIsFoundByItsName(t *testing.T) {
	p := fakes.Traffic(1)[0]
	for text, want := range map[string]bool{"cache-0": true, "syn cache": true, "cart-9": false, "!cache-0": false} {
		if f := filterFor(text, nil); f.takes(&p, nil, "cache-0") != want {
			t.Errorf("%s: takes it: %v", text, !want)
		}
	}
}

func TestTheSameConversationInAnotherPodOfASetIsAnotherOne(t *testing.T) {
	p := fakes.Traffic(1)[0]
	of := &Talk{a: netip.AddrPortFrom(p.Src, p.SrcPort), b: netip.AddrPortFrom(p.Dst, p.DstPort), protocol: "TCP", first: p.Time}
	if f := (packetFilter{talk: of}); !f.takes(&p, nil, "") {
		t.Error("it is not taken")
	}
	p.From = 1
	if f := (packetFilter{talk: of}); f.takes(&p, nil, "") {
		t.Error("it is taken")
	}
}
