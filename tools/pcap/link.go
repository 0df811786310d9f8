package pcap

import "encoding/binary"

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
	if len(data) >= size+len(snap)+2 && string(data[size:size+len(snap)]) == snap && (etherType < firstEtherType || etherType == etherLLC) {
		return findNetwork(data, size+len(snap)+2, binary.BigEndian.Uint16(data[size+len(snap):]))
	}
	return findNetwork(data, size, etherType)
}

const (
	firstEtherType = 0x600                      // what is less is a length, and LLC follows
	etherLLC       = 4                          // how Linux says in a cooked capture that LLC follows
	snap           = "\xaa\xaa\x03\x00\x00\x00" // the LLC header that an EtherType follows: RFC 1042
)

// findNetwork follows what an EtherType says.
func findNetwork(data []byte, at int, etherType uint16) found {
	switch etherType {
	case etherIPv4:
		return findIPv4(data, at)
	case etherIPv6:
		return findIPv6(data, at)
	case etherARP:
		return findARP(data, at)
	case etherMPLS, etherMPLS2:
		return findMPLS(data, at)
	case etherPPPoE:
		return findPPPoE(data, at)
	}
	return found{end: at}
}

// findMPLS follows labels, of 4 bytes each, of which one bit says that it is the last. What follows is not told: IP shows by its
// version.
func findMPLS(data []byte, at int) found {
	const last, size = 0x01, 4
	for {
		if len(data) < at+size {
			return found{end: at + size}
		}
		at += size
		if data[at-2]&last != 0 {
			break
		}
	}
	if len(data) > at && data[at]>>4 != 4 && data[at]>>4 != 6 {
		return found{end: at}
	}
	return findRaw(data, at)
}

// findPPPoE follows RFC 2516's 6 bytes and PPP's protocol.
func findPPPoE(data []byte, at int) found {
	const size, ipv4, ipv6 = 8, 0x0021, 0x0057
	if len(data) < at+size {
		return found{end: at + size}
	}
	switch binary.BigEndian.Uint16(data[at+size-2:]) {
	case ipv4:
		return findIPv4(data, at+size)
	case ipv6:
		return findIPv6(data, at+size)
	}
	return found{end: at + size}
}

func findRaw(data []byte, at int) found {
	if len(data) > at && data[at]>>4 == 6 {
		return findIPv6(data, at)
	}
	return findIPv4(data, at)
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
