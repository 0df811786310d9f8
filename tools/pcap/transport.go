package pcap

import "encoding/binary"

// TCP flags, RFC 9293.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// Protocol numbers, from IANA's registry.
const (
	ICMP    = protoICMP
	TCP     = protoTCP
	UDP     = protoUDP
	DCCP    = protoDCCP
	ICMPv6  = protoICMPv6
	SCTP    = protoSCTP
	UDPLite = protoUDPLite
)

// Transport describes the transport header of a packet, and where it and the payload are.
type Transport struct {
	Layers
	IP               bool   // there is an IP header; else Src and Dst are those of ARP, or invalid
	Protocol         byte   // carried by IP
	Interface        uint32 // interface index, if the link header has it; else 0
	Passage          uint64 // if the link header has no interface but direction and sender (SLL): a number for both; else 0
	Fragment         bool   // only a part of what IP carries is here: the first part, if Start is not 0
	Start            int    // offset of the transport header; 0: there is none, as in a later fragment
	End              int    // offset of the packet's end by the IP header; after the captured bytes, if the packet was cut
	SrcPort, DstPort uint16 // of TCP, UDP, SCTP, DCCP and UDP-Lite

	// Only for TCP with a complete header:
	Whole    bool
	Flags    byte
	Window   uint16 // not scaled
	Scale    int8   // window scale option of a SYN in bits; -1: none
	Seq, Ack uint32

	// Payload is the number of bytes sent after the headers, by the IP and UDP headers: more than were captured if the packet was cut,
	// and fewer than are there if the link padded it.
	Payload int

	// Overrun says that the headers end after the packet, which is impossible in a valid packet.
	Overrun bool
}

// ParseTransport does what Parse does, and reads the transport header, too. original is the packet's length in bytes before it was
// cut. It allocates nothing, and any bytes may be given.
func ParseTransport(linkType uint32, data []byte, original int) Transport {
	way := follow(linkType, data)
	f := way.inner
	t := Transport{Layers: way.layers(data), IP: f.isIP(), Interface: interfaceOf(linkType, data), Passage: passageOf(linkType, data), Scale: -1}
	if !t.IP {
		return t
	}
	t.Protocol, t.Start, t.Fragment = f.carried.proto(), f.carried.transport(), f.carried&isFragment != 0
	t.End = f.ip() + f.sent(data, original)
	t.Overrun = f.end > t.End
	if t.Start == 0 {
		return t
	}
	t.Payload = max(0, t.End-f.end)
	p := data[min(t.Start, len(data)):]
	if len(p) < 4 {
		return t
	}
	switch t.Protocol {
	case protoTCP, protoUDP, protoSCTP, protoDCCP, protoUDPLite:
		t.SrcPort, t.DstPort = binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
	}
	if t.Protocol == protoUDP && len(p) >= 8 {
		if says := int(binary.BigEndian.Uint16(p[4:])); says >= 8 { // else it is as long as IP says: RFC 2675
			t.Payload = min(t.Payload, says-8)
		}
	}
	if t.Protocol == protoTCP && len(p) >= 20 && f.end >= t.Start+20 {
		t.Whole = true
		t.Seq, t.Ack = binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p[8:])
		t.Flags, t.Window = p[13], binary.BigEndian.Uint16(p[14:])
		if t.Flags&SYN != 0 {
			t.Scale = windowScale(p[20:max(20, min(len(p), f.end-t.Start))])
		}
	}
	return t
}

// isIP says whether the addresses that were found are those of an IP header.
func (f found) isIP() bool {
	switch f.carried.size() {
	case 4:
		return f.carried&isARP == 0
	case 16:
		return true
	}
	return false
}

// ip is where the IP header begins.
func (f found) ip() int {
	if f.carried.size() == 4 {
		return f.src - 12
	}
	return f.src - 8
}

// sent is the length of the packet from its IP header on, in bytes, but at most its length on the wire. The kernel's offloads and BIG
// TCP, with a jumbo option or without, leave the length field 0: then the length on the wire counts.
func (f found) sent(data []byte, original int) int {
	p := data[f.ip():]
	there := original - f.ip()
	length := int(binary.BigEndian.Uint16(p[2:]))
	if f.carried.size() == 16 {
		if length = int(binary.BigEndian.Uint16(p[4:])); length > 0 {
			length += 40
		}
	}
	if length == 0 {
		return there
	}
	return min(length, there)
}

// interfaceOf returns the interface index in the link header; 0 if there is none.
func interfaceOf(linkType uint32, data []byte) uint32 {
	if linkType == linkSLL2 && len(data) >= 8 {
		return binary.BigEndian.Uint32(data[4:])
	}
	return 0
}

// passageOf tells apart the copies of a packet that passes several interfaces in a cooked capture of version 1: by whether the
// packet came in or went out, and by the hardware address of its sender.
func passageOf(linkType uint32, data []byte) uint64 {
	if linkType != linkSLL || len(data) < 14 {
		return 0
	}
	const known = 1 << 63
	return known | uint64(data[1])<<48 | binary.BigEndian.Uint64(data[6:14])>>16
}

// windowScale returns the window scale option (RFC 7323); -1 if there is none.
func windowScale(options []byte) int8 {
	const end, nop, scale = 0, 1, 3
	for len(options) > 0 && options[0] != end {
		if options[0] == nop {
			options = options[1:]
			continue
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			break
		}
		if options[0] == scale && options[1] == 3 {
			return int8(min(options[2], 14))
		}
		options = options[options[1]:]
	}
	return -1
}
