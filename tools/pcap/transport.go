package pcap

import "encoding/binary"

// Flags of TCP, RFC 9293.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// Protocol numbers, of IANA's registry.
const (
	ICMP    = protoICMP
	TCP     = protoTCP
	UDP     = protoUDP
	DCCP    = protoDCCP
	ICMPv6  = protoICMPv6
	SCTP    = protoSCTP
	UDPLite = protoUDPLite
)

// Transport says who talks to whom in a packet, and where they are in it.
type Transport struct {
	Layers
	IP               bool   // there is an IP header; else Src and Dst are those of ARP, or invalid
	Protocol         byte   // that IP carries
	Interface        uint32 // its index, where the link tells it; 0: not known
	Passage          uint64 // where the link does not tell the interface, but which way a packet went and who sent it there: both; else 0
	Fragment         bool   // only a part of what IP carries is here: the first one, if Start is not 0
	Start            int    // of the transport's header, from the start of the packet; 0: there is none, as in a later fragment
	End              int    // where the packet ends that IP tells of, from the start; behind what was captured, if that was cut
	SrcPort, DstPort uint16 // of TCP, UDP, SCTP, DCCP and UDP-Lite

	// Of TCP whose header is whole:
	Whole    bool
	Flags    byte
	Window   uint16 // as it stands there
	Scale    int8   // of the windows of this side, in a SYN: a number of bits; -1 if it says none
	Seq, Ack uint32

	// Payload is the number of bytes behind the headers that were sent, by what IP says, and UDP: more than were captured of a
	// packet that was cut, and less than stand there if the link filled it up.
	Payload int

	// Overrun says that the headers end behind the packet, which none that was sent well does.
	Overrun bool
}

// ParseTransport looks through the headers as Parse does, and at those of the transport. original is how long the packet was
// before it was cut. It allocates nothing, and any bytes may be given.
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

// sent is how long the packet is from its IP header on: no longer than it was on the wire, whatever it says. The kernel's offloads
// leave the length 0, and so does BIG TCP, with a jumbo option or without: then it is as long as it was there.
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

// interfaceOf is the index of the interface that the link tells.
func interfaceOf(linkType uint32, data []byte) uint32 {
	if linkType == linkSLL2 && len(data) >= 8 {
		return binary.BigEndian.Uint32(data[4:])
	}
	return 0
}

// passageOf tells apart the copies of a packet that passes several interfaces, as far as Linux's older header for all of them can: by
// whether it came in or went out, and by the address of who sent it there.
func passageOf(linkType uint32, data []byte) uint64 {
	if linkType != linkSLL || len(data) < 14 {
		return 0
	}
	const known = 1 << 63
	return known | uint64(data[1])<<48 | binary.BigEndian.Uint64(data[6:14])>>16
}

// windowScale finds the option of RFC 7323 that says how to read the windows; -1 if there is none.
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
