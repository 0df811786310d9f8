package pcap

import "encoding/binary"

// findIPv4 follows an IPv4 header (RFC 791). Anything else is not understood.
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
	const more, place = 0x2000, 0x1fff
	f := found{src: offset + 12, dst: offset + 16, end: offset + size, carried: carries(4, p[9], 0)}
	fragment := binary.BigEndian.Uint16(p[6:])
	if fragment&place == 0 { // not a later fragment
		proto, at := p[9], f.end
		if proto == protoAH {
			proto, at = skipAH(data, at)
		}
		f.end, f.carried = transportEnd(data, at, proto), carries(4, proto, at)
	}
	if fragment&(more|place) != 0 {
		f.carried |= isFragment
	}
	return f
}

// skipAH skips an authentication header: next header, length in units of 4 bytes less 8. If the header was cut off, end is after
// the end of data.
func skipAH(data []byte, at int) (next byte, end int) {
	if len(data) < at+2 {
		return protoAH, at
	}
	return data[at], at + (int(data[at+1])+2)*4
}

// findIPv6 follows an IPv6 header (RFC 8200). Anything else is not understood.
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

// followExtensions follows IPv6 extension headers from offset on, the first of type next, and then the transport. Each has a
// length that is a multiple of 8 bytes: next header, length in units of 8 less 8 bytes, contents. A fragment header always has 8.
func followExtensions(data []byte, offset int, next byte) (end int, c carried) {
	var fragment carried
	for isExtension(next) {
		if len(data) < offset+8 {
			return offset + 8, carries(16, next, 0) | fragment
		}
		p := data[offset:]
		switch next {
		case protoFragment:
			const more, place = 0x0001, 0xfff8
			offset += 8
			if binary.BigEndian.Uint16(p[2:])&(more|place) != 0 {
				fragment = isFragment
			}
			if binary.BigEndian.Uint16(p[2:])&place != 0 { // a later fragment
				return offset, carries(16, p[0], 0) | fragment
			}
		case protoAH:
			offset += (int(p[1]) + 2) * 4
		default:
			offset += (int(p[1]) + 1) * 8
		}
		next = p[0]
	}
	return transportEnd(data, offset, next), carries(16, next, offset) | fragment
}

// isExtension says whether a next header is an IPv6 extension header.
func isExtension(next byte) bool {
	switch next {
	case protoHopByHop, protoRouting, protoDestOpts, protoFragment, protoAH, protoMobility, protoHIP, protoShim6:
		return true
	}
	return false
}

// transportEnd returns where the transport header at offset ends: RFC 9293 (TCP), 768 (UDP), 792 and 4443 (ICMP: type, code,
// checksum and 4 more bytes), 9260 (SCTP: the common header).
func transportEnd(data []byte, offset int, proto byte) int {
	size := 0
	switch proto {
	case protoTCP:
		size = 20
		if len(data) > offset+12 {
			size = int(data[offset+12]>>4) * 4
		}
		if size < 20 { // not TCP
			size = 0
		}
	case protoUDP, protoICMP, protoICMPv6:
		size = 8
	case protoSCTP:
		size = 12
	}
	return offset + size
}
