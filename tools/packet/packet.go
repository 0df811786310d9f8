// Package packet says what is in packets: each in a line, like Wireshark's list; one of them as a tree of its layers and
// fields, with the bytes that they stand for; all of them as conversations, with who talks to whom and how it goes.
//
// Any bytes may be given: what cannot be understood is shown as malformed, and nothing panics. Streams are not put together: a
// message of HTTP or TLS is seen where it begins at the beginning of a packet. No goroutines are started, nothing is read or
// written.
package packet

import (
	"net/netip"
	"strconv"

	"github.com/gopacket/gopacket/layers"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// Summary is a packet in a line. Its texts hold what came over the network, and are not safe for a terminal.
type Summary struct {
	Src, Dst         netip.Addr // of IP or ARP; invalid if there are none
	SrcPort, DstPort uint16     // 0 where there are none
	SrcText, DstText string     // hardware addresses, where there are no others
	Protocol         string     // the highest that is known: "TCP", "DNS", "HTTP", …
	Over             string     // the one of its conversation: "TCP", "UDP", "ARP", …; "" if it is in none
	Info             string
	Reset            bool // TCP takes the connection down
	Retransmit       bool
}

// Bases are what the numbers of a packet's connection count from, so that they can be shown as small numbers.
type Bases struct {
	Known      bool
	Seq, Ack   uint32
	Scale      int8 // of the window that this packet tells, in bits; -1: not known
	Retransmit bool // it was sent before
}

// Summarize describes a packet. original is its length in bytes before it was cut.
func Summarize(linkType uint32, data []byte, original int, bases Bases) (s Summary) {
	t := pcap.ParseTransport(linkType, data, original)
	s = Summary{Src: t.Src, Dst: t.Dst, SrcPort: t.SrcPort, DstPort: t.DstPort, Over: over(t), Retransmit: bases.Retransmit}
	defer func() {
		if recover() != nil { // a decoder that was not ready for this
			s.Protocol, s.Info = cmpText(s.Protocol, "?"), "malformed packet"
		}
	}()
	switch {
	case !t.IP && t.Src.IsValid():
		s.Protocol, s.Info = "ARP", arpInfo(data, t)
	case !t.IP:
		s.describeLink(linkType, data)
	case t.Start == 0:
		s.Protocol, s.Info = ipVersion(t.Src), "fragment of "+protocolName(t.Protocol)
	default:
		s.describeTransport(data, t, bases)
	}
	return s
}

// over is the protocol of a packet's conversation; "" if it is in none.
func over(t pcap.Transport) string {
	switch {
	case !t.Src.IsValid():
		return ""
	case !t.IP:
		return "ARP"
	default:
		return protocolName(t.Protocol)
	}
}

func cmpText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (s *Summary) describeTransport(data []byte, t pcap.Transport, bases Bases) {
	s.Protocol = protocolName(t.Protocol)
	payload := data[min(t.Headers, len(data)):]
	payload = payload[:min(len(payload), t.Payload)]
	switch t.Protocol {
	case pcap.TCP:
		s.Reset = t.Flags&pcap.RST != 0
		s.Info = tcpInfo(t, bases)
		if protocol, info := tcpPayload(t, payload); protocol != "" {
			s.Protocol, s.Info = protocol, info
		}
		if bases.Retransmit {
			s.Info = "[retransmission] " + s.Info
		}
	case pcap.UDP:
		s.Info = ports(t) + " Len=" + strconv.Itoa(t.Payload)
		if protocol, info := udpPayload(t, payload); protocol != "" {
			s.Protocol, s.Info = protocol, info
		}
	case pcap.ICMP:
		s.Info = icmpInfo(data[min(t.Start, len(data)):])
	case pcap.ICMPv6:
		s.Info = icmp6Info(data[min(t.Start, len(data)):])
	case pcap.SCTP:
		s.Info = ports(t)
	default:
		s.Info = strconv.Itoa(t.Payload) + " bytes"
	}
}

// describeLink is for what is not IP.
func (s *Summary) describeLink(linkType uint32, data []byte) {
	const ethernet, sll, sll2 = 1, 113, 276
	var kind layers.EthernetType
	switch {
	case linkType == ethernet && len(data) >= 14:
		s.DstText, s.SrcText = hardware(data[:6]), hardware(data[6:12])
		kind = layers.EthernetType(uint16(data[12])<<8 | uint16(data[13]))
		if kind < 0x600 {
			s.Protocol, s.Info = "LLC", strconv.Itoa(len(data)-14)+" bytes"
			return
		}
	case linkType == sll && len(data) >= 16:
		s.SrcText = hardware(data[6:12])
		kind = layers.EthernetType(uint16(data[14])<<8 | uint16(data[15]))
	case linkType == sll2 && len(data) >= 20:
		s.SrcText = hardware(data[12:18])
		kind = layers.EthernetType(uint16(data[0])<<8 | uint16(data[1]))
	default:
		s.Protocol, s.Info = "?", "link type "+strconv.Itoa(int(linkType))+", "+strconv.Itoa(len(data))+" bytes"
		return
	}
	s.Protocol, s.Info = "0x"+strconv.FormatUint(uint64(kind)|0x10000, 16)[1:], strconv.Itoa(len(data))+" bytes"
	switch kind {
	case layers.EthernetTypeIPv4, layers.EthernetTypeIPv6, layers.EthernetTypeARP:
		s.Protocol, s.Info = kind.String(), "malformed packet"
	case layers.EthernetTypeLinkLayerDiscovery:
		s.Protocol, s.Info = "LLDP", "link layer discovery"
	}
}

func hardware(b []byte) string {
	const digits = "0123456789abcdef"
	var out []byte
	for i, c := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

func ipVersion(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

func protocolName(protocol byte) string {
	switch protocol {
	case pcap.TCP:
		return "TCP"
	case pcap.UDP:
		return "UDP"
	case pcap.ICMP:
		return "ICMP"
	case pcap.ICMPv6:
		return "ICMPv6"
	case pcap.SCTP:
		return "SCTP"
	case 2:
		return "IGMP"
	case 4:
		return "IPIP"
	case 47:
		return "GRE"
	case 50:
		return "ESP"
	case 89:
		return "OSPF"
	case 112:
		return "VRRP"
	}
	return "IP/" + strconv.Itoa(int(protocol))
}

func ports(t pcap.Transport) string {
	return strconv.Itoa(int(t.SrcPort)) + " → " + strconv.Itoa(int(t.DstPort))
}
