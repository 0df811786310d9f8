// Package packet dissects packets: a line for each, like Wireshark's list; one as a tree of its layers and fields, with the bytes
// that they stand for; all as a list of conversations and their state.
//
// Any bytes may be given, and nothing panics. Only a whole packet can be malformed: a packet that the capture cut is called cut,
// data in other fragments is not called missing, and an unknown protocol is shown as data with its number. Streams are not
// reassembled: an HTTP, TLS or DNS message is recognized if it begins at the beginning of a packet. The package starts no
// goroutines, and reads and writes no files.
package packet

import (
	"net/netip"
	"strconv"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// Summary is a packet in a line. Its texts contain what came over the network, and are not safe for a terminal.
type Summary struct {
	Src, Dst         netip.Addr // of the innermost IP header, or of ARP; invalid if there are none
	SrcPort, DstPort uint16     // 0 if the protocol has no ports
	SrcText, DstText string     // hardware addresses, if there are no others
	Protocol         string     // the highest that is recognized: "TCP", "DNS", "HTTP", …
	Over             string     // the protocol of its conversation: "TCP", "UDP", "ARP", …; "" if it is in none
	Info             string
	Tunnel           string     // the tunnel it is in: "VXLAN", …; "" for none
	OuterSrc         netip.Addr // ends of the tunnel
	OuterDst         netip.Addr
	Interface        uint32 // interface index, if the link header has it; else 0
	Reset            bool   // TCP RST
	Retransmit       bool
}

// Bases are what the numbers of a packet's connection count from, so that they can be shown as small numbers.
type Bases struct {
	Known      bool
	Seq, Ack   uint32
	Scale      int8 // scale of this side's window in bits (RFC 7323); -1: unknown
	Retransmit bool // the packet was sent before
}

// Summarize describes a packet. original is its length in bytes before it was cut.
func Summarize(linkType uint32, data []byte, original int, bases Bases) (s Summary) {
	t := pcap.ParseTransport(linkType, data, original)
	s = Summary{
		Src: t.Src, Dst: t.Dst, SrcPort: t.SrcPort, DstPort: t.DstPort, Over: over(t), Retransmit: bases.Retransmit,
		Tunnel: t.Tunnel.String(), OuterSrc: t.OuterSrc, OuterDst: t.OuterDst, Interface: t.Interface,
	}
	defer func() {
		if recover() != nil { // a decoder has panicked
			s.Protocol, s.Info = cmpText(s.Protocol, "?"), "not understood"
		}
		if s.Tunnel != "" {
			s.Info = "[" + s.Tunnel + "] " + s.Info
		}
	}()
	cut := len(data) < original
	switch {
	case !t.IP && t.Src.IsValid():
		s.Protocol, s.Info = "ARP", arpInfo(data, t)
	case !t.IP:
		s.describeLink(linkType, data, cut)
	case t.Start == 0 && t.Fragment:
		s.Protocol, s.Info = ipVersion(t.Src), "fragment of "+protocolName(t.Protocol)
	case t.Start == 0:
		s.Protocol, s.Info = ipVersion(t.Src), unfinished(cut, "an extension header")
	default:
		s.describeTransport(data, t, bases, cut)
	}
	return s
}

// over returns the protocol of a packet's conversation; "" if it is in none.
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

func (s *Summary) describeTransport(data []byte, t pcap.Transport, bases Bases, cut bool) {
	s.Protocol = protocolName(t.Protocol)
	header := data[min(t.Start, len(data)):min(len(data), max(t.Start, t.End))]
	payload := data[min(t.Headers, len(data)):]
	payload = payload[:min(len(payload), t.Payload)]
	s.Reset = t.Protocol == pcap.TCP && t.Whole && t.Flags&pcap.RST != 0
	if s.Info = headerProblem(header, t, cut); s.Info != "" {
		return
	}
	p := piece{payload, t.Payload, cut, t.Fragment}
	switch t.Protocol {
	case pcap.TCP:
		s.Info = tcpInfo(t, bases)
		if protocol, info := tcpPayload(t, p); protocol != "" {
			s.Protocol, s.Info = protocol, info
		}
		if bases.Retransmit {
			s.Info = "[retransmission] " + s.Info
		}
	case pcap.UDP:
		s.Info = ports(t) + " Len=" + strconv.Itoa(t.Payload)
		if protocol, info := udpPayload(t, p); protocol != "" {
			s.Protocol, s.Info = protocol, info
		}
	case pcap.ICMP:
		s.Info = icmpInfo(header)
	case pcap.ICMPv6:
		s.Info = icmp6Info(header)
	case pcap.SCTP, pcap.DCCP, pcap.UDPLite:
		s.Info = ports(t)
	default:
		s.Info = strconv.Itoa(t.Payload) + " bytes"
	}
}

// piece is the payload of a transport, as far as it was captured.
type piece struct {
	bytes    []byte
	sent     int  // bytes that were sent
	cut      bool // the capture cut the packet
	fragment bool // the rest is in other fragments
}

// whole says whether the whole payload is there.
func (p piece) whole() bool { return !p.cut && !p.fragment && len(p.bytes) == p.sent }

// rest says where the rest of the payload is; "" if nothing is missing.
func (p piece) rest() string {
	if p.fragment {
		return "other fragments"
	}
	return ""
}

// headerSizes are the smallest header sizes of transports, in bytes.
var headerSizes = map[byte]int{pcap.TCP: 20, pcap.UDP: 8, pcap.ICMP: 8, pcap.ICMPv6: 4, pcap.SCTP: 12, pcap.DCCP: 12, pcap.UDPLite: 8}

// headerProblem says why the payload of a transport cannot be described; "" if it can.
func headerProblem(header []byte, t pcap.Transport, cut bool) string {
	size := headerSizes[t.Protocol]
	between := ""
	if t.SrcPort != 0 || t.DstPort != 0 {
		between = ports(t) + " "
	}
	if t.Start > t.End {
		return between + impossible(cut, "an IP header that is longer than its packet")
	}
	if t.Protocol == pcap.TCP && len(header) > 12 {
		if says := int(header[12]>>4) * 4; says < size || t.Overrun && !t.Fragment {
			return between + impossible(cut, "a header of "+figuresOf(says))
		}
	}
	if t.Protocol == pcap.UDP && len(header) >= size {
		if says := int(header[4])<<8 | int(header[5]); says > 0 && says < size {
			return between + impossible(cut, "a length of "+figuresOf(says))
		}
	}
	switch {
	case len(header) >= size:
		return ""
	case t.Fragment && !cut:
		return between + "continues in other fragments"
	case cut && len(header) >= 2 && t.Protocol == pcap.ICMP:
		return icmpInfo(header) + " (" + cutOff + ")"
	case cut && len(header) >= 2 && t.Protocol == pcap.ICMPv6:
		return icmp6Info(header) + " (" + cutOff + ")"
	}
	return between + unfinished(cut, "a header of "+figuresOf(len(header)))
}

func ipVersion(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

func ports(t pcap.Transport) string {
	return strconv.Itoa(int(t.SrcPort)) + " → " + strconv.Itoa(int(t.DstPort))
}
