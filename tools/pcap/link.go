package pcap

import "encoding/binary"

// findEther follows a link header of size bytes with its EtherType at typeAt, and the VLAN tags after it, of 4 bytes: 2 bytes of
// tag, 2 bytes of the next EtherType.
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
	firstEtherType = 0x600                      // smaller values are lengths, and LLC follows
	etherLLC       = 4                          // announces LLC in a cooked capture of Linux
	snap           = "\xaa\xaa\x03\x00\x00\x00" // the LLC and SNAP header before an EtherType: RFC 1042
)

// findNetwork follows what an EtherType announces.
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

// findMPLS follows MPLS labels of 4 bytes, one bit of which marks the last label. No field says what follows: IP is recognized by
// its version.
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

// findPPPoE follows the 6 bytes of RFC 2516 and PPP's protocol field.
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

// findFamily follows the BSD loopback header. The family is a small number, which shows its byte order. IPv6 has three numbers:
// that of NetBSD and OpenBSD, that of FreeBSD, that of Darwin.
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

// findARP follows ARP (RFC 826): 8 bytes, then hardware and protocol address of the sender, then of the target. It reads IPv4
// addresses only.
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
