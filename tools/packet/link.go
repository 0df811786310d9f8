package packet

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// Link types of which parts other than IP are described, with the numbers of tcpdump.org.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawBSD   = 12
	linkRawOpen  = 14
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkNFLOG    = 239
	linkSLL2     = 276
)

// frame is what a link header says.
type frame struct {
	src, dst string // hardware addresses
	kind     uint16 // EtherType, or a length
	at       int    // offset of the payload, after VLAN tags
	whole    bool   // the header is complete
	known    bool   // the link type is known
}

// frameOf reads the header of a link that has an EtherType.
func frameOf(linkType uint32, data []byte) (f frame) {
	f.known = true
	switch linkType {
	case linkEthernet:
		if len(data) < 14 {
			return f
		}
		f.dst, f.src = hardware(data[:6]), hardware(data[6:12])
		f.kind, f.at = binary.BigEndian.Uint16(data[12:]), 14
	case linkSLL:
		if len(data) < 16 {
			return f
		}
		f.src = cookedAddress(data[6:14], binary.BigEndian.Uint16(data[4:]))
		f.kind, f.at = binary.BigEndian.Uint16(data[14:]), 16
	case linkSLL2:
		if len(data) < 20 {
			return f
		}
		f.src = cookedAddress(data[12:20], uint16(data[11]))
		f.kind, f.at = binary.BigEndian.Uint16(data), 20
	default:
		return frame{}
	}
	f.whole = true
	for f.kind == etherVLAN || f.kind == etherQinQ || f.kind == etherOld {
		if len(data) < f.at+4 {
			f.whole = false
			return f
		}
		f.kind, f.at = binary.BigEndian.Uint16(data[f.at+2:]), f.at+4
	}
	return f
}

// cookedAddress returns the address in a cooked capture. size is its length in bytes, by the header.
func cookedAddress(b []byte, size uint16) string { return hardware(b[:min(len(b), int(size))]) }

// describeLink describes packets that are not IP, or too short for IP addresses.
func (s *Summary) describeLink(linkType uint32, data []byte, cut bool) {
	f := frameOf(linkType, data)
	s.SrcText, s.DstText = f.src, f.dst
	size := strconv.Itoa(max(0, len(data)-f.at)) + " bytes"
	switch {
	case !f.known:
		s.describeRaw(linkType, data, cut)
	case !f.whole:
		s.Protocol, s.Info = "?", unfinished(cut, "a link header of "+figuresOf(len(data)))
	case f.kind < 0x600 && (linkType == linkEthernet || f.kind == 4):
		s.Protocol, s.Info = llc(data[f.at:], size)
	case f.kind == etherSlow && len(data) > f.at:
		s.Protocol, s.Info = slowName(data[f.at]), size
	case f.kind == etherIPv4:
		s.Protocol, s.Info = "IPv4", whyNotIP(data[f.at:], 4, cut)
	case f.kind == etherIPv6:
		s.Protocol, s.Info = "IPv6", whyNotIP(data[f.at:], 6, cut)
	case f.kind == etherARP:
		s.Protocol, s.Info = "ARP", whyNotARP(data[f.at:], cut)
	case f.kind == 0x88cc:
		s.Protocol, s.Info = "LLDP", "link layer discovery"
	default:
		s.Protocol, s.Info = etherName(f.kind), size
	}
}

// describeRaw describes packets of links without an EtherType.
func (s *Summary) describeRaw(linkType uint32, data []byte, cut bool) {
	s.Protocol, s.Info = "?", "link type "+strconv.Itoa(int(linkType))+", "+figuresOf(len(data))
	version := byte(4)
	switch linkType {
	case linkIPv6:
		version = 6
	case linkIPv4:
	case linkRaw, linkRawBSD, linkRawOpen:
		if len(data) > 0 && data[0]>>4 == 6 {
			version = 6
		}
	default:
		return
	}
	s.Protocol, s.Info = "IPv"+strconv.Itoa(int(version)), whyNotIP(data, version, cut)
}

// whyNotIP says what is wrong with an IP header that has no readable addresses.
func whyNotIP(p []byte, version byte, cut bool) string {
	if len(p) == 0 {
		return unfinished(cut, "no header")
	}
	smallest := map[byte]int{4: 20, 6: 40}[version]
	switch {
	case p[0]>>4 != version:
		return impossible(cut, fmt.Sprintf("version %d", p[0]>>4))
	case version == 4 && int(p[0]&0xf)*4 < smallest:
		return impossible(cut, "a header of "+figuresOf(int(p[0]&0xf)*4))
	default:
		return unfinished(cut, "a header of "+figuresOf(len(p)))
	}
}

// whyNotARP says why an ARP packet has no IPv4 addresses.
func whyNotARP(p []byte, cut bool) string {
	const head = 8
	if len(p) < head || len(p) < head+2*int(p[4])+2*int(p[5]) {
		return unfinished(cut, figuresOf(len(p)))
	}
	return fmt.Sprintf("for protocol 0x%04x and hardware %d", binary.BigEndian.Uint16(p[2:]), binary.BigEndian.Uint16(p))
}

// unfinished says that something ends too early; if the capture cut the packet, the capture is the reason.
func unfinished(cut bool, what string) string {
	if cut {
		return cutOff
	}
	return "malformed: " + what
}

// impossible says that a value is impossible. Only a whole packet can be called malformed.
func impossible(cut bool, what string) string {
	if cut {
		return what + " is impossible"
	}
	return "malformed: " + what + " is impossible"
}

const cutOff = "cut off by the capture"

// llc describes what follows a length: IEEE 802.2.
func llc(p []byte, size string) (protocol, info string) {
	const spanningTree, snap, control, xid, test = 0x42, 0xaa, 0xef, 0xaf, 0xe3
	if len(p) < 3 {
		return "LLC", size
	}
	switch {
	case p[0] == spanningTree:
		return "STP", "spanning tree"
	case p[0] == snap && len(p) >= 8:
		if kind := binary.BigEndian.Uint16(p[6:]); kind >= 0x600 {
			return etherName(kind), size
		}
	case p[0] == 0xe0:
		return "IPX", size
	case p[0] == 0xfe:
		return "OSI", size
	case p[2]&control == xid:
		return "XID", size
	case p[2]&control == test:
		return "LLC", "test, " + size
	}
	return "LLC", size
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
