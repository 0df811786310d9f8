package pcap

import (
	"encoding/binary"
	"net/netip"
)

// Link types that Parse understands, by their numbers in the registry at https://www.tcpdump.org/linktypes.html.
const (
	linkNull     = 0   // BSD loopback: 4 bytes of address family, in the byte order of the machine that captured
	linkEthernet = 1   // Ethernet
	linkRawBSD   = 12  // raw IP, as some systems number it
	linkRawOpen  = 14  // raw IP, as OpenBSD numbers it
	linkRaw      = 101 // raw IP; the first four bits tell IPv4 from IPv6
	linkLoop     = 108 // OpenBSD loopback: as linkNull, in network byte order
	linkSLL      = 113 // Linux cooked capture: 16 bytes, the protocol last
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276 // Linux cooked capture, version 2: 20 bytes, the protocol first
)

// EtherTypes, of the IEEE's registry.
const (
	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherVLAN  = 0x8100 // IEEE 802.1Q
	etherIPv6  = 0x86dd
	etherQinQ  = 0x88a8 // IEEE 802.1ad
	etherQinQ2 = 0x9100 // what was used before 802.1ad
)

// Protocol numbers of IPv4 and next headers of IPv6, of IANA's registry.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoRouting  = 43
	protoFragment = 44
	protoICMPv6   = 58
	protoDestOpts = 60
	protoSCTP     = 132
)

// Layers says whose packet it is and where its headers end.
type Layers struct {
	// Src and Dst are the addresses of the outermost IPv4, IPv6 or ARP header; invalid if there is none, or if the capture
	// cut it off before the end of the addresses. IPv4 addresses inside IPv6 are unmapped.
	Src, Dst netip.Addr

	// Headers is the number of bytes from the start of the packet to the end of the innermost header that is understood. A
	// header that the capture cut off counts as far as it goes, so it is at most the packet's length. 0: nothing is
	// understood, because the link type is unknown.
	Headers int
}

// Parse looks through the headers of one packet: the link's with its VLAN tags, IPv4 with options or IPv6 with its
// extension headers, then TCP with options, UDP, ICMP, ICMPv6 or SCTP; or ARP. Of a fragment that is not the first
// nothing behind the IP header is looked at. Lengths that IP and UDP declare are not: the kernel's offloads leave them 0
// or wrong. It allocates nothing, and any bytes may be given.
func Parse(linkType uint32, data []byte) Layers {
	f := find(linkType, data)
	return f.layers(data)
}

// found is what was found in a packet, in four words, because many functions hand it up in registers: the places of the
// addresses, where the headers end, which may lie behind the end of the packet, and what is carried.
type found struct {
	src, dst, end int
	carried       carried
}

// carried is what an IP header, or ARP, says of what it carries: the size of the addresses, which is 0 if there are none, the
// protocol behind IP, and where its header stands, which is 0 if it does not.
type carried uint64

const isARP carried = 1 << 63

func carries(size int, proto byte, transport int) carried {
	return carried(size) | carried(proto)<<8 | carried(transport)<<16
}

func (c carried) size() int      { return int(c & 0xff) }
func (c carried) proto() byte    { return byte(c >> 8) }
func (c carried) transport() int { return int(c >> 16) }

func (f found) layers(data []byte) Layers {
	l := Layers{Headers: min(f.end, len(data))}
	switch f.carried.size() {
	case 4:
		l.Src = netip.AddrFrom4([4]byte(data[f.src:]))
		l.Dst = netip.AddrFrom4([4]byte(data[f.dst:]))
	case 16:
		l.Src = netip.AddrFrom16([16]byte(data[f.src:])).Unmap()
		l.Dst = netip.AddrFrom16([16]byte(data[f.dst:])).Unmap()
	}
	return l
}

func find(linkType uint32, data []byte) found {
	switch linkType {
	case linkEthernet:
		return findEther(data, 14, 12)
	case linkSLL:
		return findEther(data, 16, 14)
	case linkSLL2:
		return findEther(data, 20, 0)
	case linkIPv4:
		return findIPv4(data, 0)
	case linkIPv6:
		return findIPv6(data, 0)
	case linkRaw, linkRawBSD, linkRawOpen:
		return findRaw(data)
	case linkNull, linkLoop:
		return findFamily(data)
	}
	return found{}
}

// findEther follows a link header of size bytes with its EtherType at typeAt, and the VLAN tags behind it, of 4 bytes: 2 of
// tag, 2 of the next EtherType.
func findEther(data []byte, size, typeAt int) found {
	if len(data) < size {
		return found{end: size}
	}
	etherType := binary.BigEndian.Uint16(data[typeAt:])
	for etherType == etherVLAN || etherType == etherQinQ || etherType == etherQinQ2 {
		if len(data) < size+4 {
			return found{end: size + 4}
		}
		etherType = binary.BigEndian.Uint16(data[size+2:])
		size += 4
	}
	switch etherType {
	case etherIPv4:
		return findIPv4(data, size)
	case etherIPv6:
		return findIPv6(data, size)
	case etherARP:
		return findARP(data, size)
	}
	return found{end: size}
}

func findRaw(data []byte) found {
	if len(data) > 0 && data[0]>>4 == 6 {
		return findIPv6(data, 0)
	}
	return findIPv4(data, 0)
}

// findFamily follows the loopback header of BSD. The family is a small number, so its byte order shows. IPv6 has three
// numbers: NetBSD's and OpenBSD's, FreeBSD's, Darwin's.
func findFamily(data []byte) found {
	if len(data) < 4 {
		return found{end: 4}
	}
	family := binary.LittleEndian.Uint32(data)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(data)
	}
	switch family {
	case 2:
		return findIPv4(data, 4)
	case 24, 28, 30:
		return findIPv6(data, 4)
	}
	return found{end: 4}
}

// findIPv4 follows RFC 791. What is not IPv4 is not understood.
func findIPv4(data []byte, offset int) found {
	p := data[offset:]
	if len(p) > 0 && p[0]>>4 != 4 {
		return found{end: offset}
	}
	if len(p) < 20 {
		return found{end: offset + 20}
	}
	size := int(p[0]&0xf) * 4
	if size < 20 {
		return found{end: offset}
	}
	end, transport := offset+size, 0
	if binary.BigEndian.Uint16(p[6:])&0x1fff == 0 { // no later fragment
		transport, end = end, transportEnd(data, end, p[9])
	}
	return found{offset + 12, offset + 16, end, carries(4, p[9], transport)}
}

// findIPv6 follows RFC 8200. What is not IPv6 is not understood.
func findIPv6(data []byte, offset int) found {
	p := data[offset:]
	if len(p) > 0 && p[0]>>4 != 6 {
		return found{end: offset}
	}
	if len(p) < 40 {
		return found{end: offset + 40}
	}
	end, carried := followExtensions(data, offset+40, p[6])
	return found{offset + 8, offset + 24, end, carried}
}

// followExtensions walks the extension headers from offset on, of which next is the first, and what follows them. Each is a
// multiple of 8 bytes long: the next header, the length in units of 8 without the first 8, its contents. A fragment header
// has always 8.
func followExtensions(data []byte, offset int, next byte) (end int, c carried) {
	for next == protoHopByHop || next == protoRouting || next == protoDestOpts || next == protoFragment {
		if len(data) < offset+8 {
			return offset + 8, carries(16, next, 0)
		}
		p := data[offset:]
		if next == protoFragment {
			offset += 8
			if binary.BigEndian.Uint16(p[2:])&0xfff8 != 0 { // a later fragment
				return offset, carries(16, p[0], 0)
			}
		} else {
			offset += (int(p[1]) + 1) * 8
		}
		next = p[0]
	}
	return transportEnd(data, offset, next), carries(16, next, offset)
}

// transportEnd is where the transport's header at offset ends: RFC 9293 (TCP), 768 (UDP), 792 and 4443 (ICMP: type, code,
// checksum and the 4 bytes of every kind), 9260 (SCTP's common header).
func transportEnd(data []byte, offset int, proto byte) int {
	size := 0
	switch proto {
	case protoTCP:
		size = 20
		if len(data) > offset+12 {
			size = int(data[offset+12]>>4) * 4
		}
		if size < 20 { // no TCP
			size = 0
		}
	case protoUDP, protoICMP, protoICMPv6:
		size = 8
	case protoSCTP:
		size = 12
	}
	return offset + size
}

// findARP follows RFC 826: 8 bytes, then hardware and protocol address of the sender, then of the target. Addresses of
// other protocols than IPv4 are not looked at.
func findARP(data []byte, offset int) found {
	p := data[offset:]
	if len(p) < 8 {
		return found{end: offset + 8}
	}
	hard, proto := int(p[4]), int(p[5])
	f := found{src: offset + 8 + hard, dst: offset + 12 + 2*hard, end: offset + 8 + 2*hard + 2*proto}
	if binary.BigEndian.Uint16(p[2:]) == etherIPv4 && proto == 4 && len(data) >= f.end {
		f.carried = carries(4, 0, 0) | isARP
	}
	return f
}
