package pcap

import (
	"net/netip"
	"strconv"
)

// Link types that Parse understands, numbered as in https://www.tcpdump.org/linktypes.html.
const (
	linkNull     = 0   // BSD loopback: 4 bytes of address family, in the byte order of the machine that captured
	linkEthernet = 1   // Ethernet
	linkRawBSD   = 12  // raw IP, as some systems number it
	linkRawOpen  = 14  // raw IP, as OpenBSD numbers it
	linkRaw      = 101 // raw IP; the first four bits tell IPv4 from IPv6
	linkLoop     = 108 // OpenBSD loopback: linkNull in network byte order
	linkSLL      = 113 // Linux cooked capture: 16 bytes, the protocol last
	linkIPv4     = 228
	linkIPv6     = 229
	linkNFLOG    = 239 // netfilter log: values with lengths and types, one of which is the packet
	linkSLL2     = 276 // Linux cooked capture, version 2: 20 bytes, the protocol first
)

// LinkName is a short name for a link type, for file names: letters, digits and dashes.
func LinkName(linkType uint32) string {
	switch linkType {
	case linkEthernet:
		return "ethernet"
	case linkRaw:
		return "raw"
	case linkSLL:
		return "sll"
	case linkSLL2:
		return "sll2"
	case linkNFLOG:
		return "nflog"
	default:
		return "link-" + strconv.FormatUint(uint64(linkType), 10)
	}
}

// EtherTypes, from the IEEE's registry.
const (
	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherVLAN  = 0x8100 // IEEE 802.1Q
	etherIPv6  = 0x86dd
	etherQinQ  = 0x88a8 // IEEE 802.1ad
	etherQinQ2 = 0x9100 // used before 802.1ad
	etherMPLS  = 0x8847
	etherMPLS2 = 0x8848 // for multicast
	etherPPPoE = 0x8864
)

// Protocol numbers of IPv4 and next headers of IPv6, from IANA's registry.
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoDCCP     = 33
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoAH       = 51
	protoICMPv6   = 58
	protoDestOpts = 60
	protoEtherIP  = 97
	protoSCTP     = 132
	protoMobility = 135
	protoUDPLite  = 136
	protoHIP      = 139
	protoShim6    = 140
)

// Layers says between which addresses a packet was sent, and where its headers end.
type Layers struct {
	// Src and Dst are the addresses of the innermost IPv4, IPv6 or ARP header; invalid if there is none, or if the capture cut the
	// addresses off. IPv4-mapped IPv6 addresses are unmapped.
	Src, Dst netip.Addr

	// Tunnel is the tunnel of the innermost header with addresses; OuterSrc and OuterDst are then the addresses of the outermost
	// header.
	Tunnel             Tunnel
	OuterSrc, OuterDst netip.Addr

	// Headers is the number of bytes from the start of the packet to the end of the innermost header that is understood. A header
	// that the capture cut off counts as far as it was captured, so Headers is at most the packet's length. 0: nothing is
	// understood, because the link type is unknown.
	Headers int
}

// Parse follows the headers of one packet: the link header with VLAN tags, IPv4 with options or IPv6 with extension headers,
// tunnels with all of these inside, then TCP with options, UDP, ICMP, ICMPv6 or SCTP; or ARP. In a later fragment it stops after
// the IP header. It ignores the lengths in IP and UDP headers, because the kernel's offloads leave them 0 or wrong. It
// allocates nothing, and any bytes may be given.
func Parse(linkType uint32, data []byte) Layers {
	p := follow(linkType, data)
	l := p.layers(data)
	l.Headers = min(p.end, len(data))
	return l
}

// layers returns the Layers of the innermost header with addresses.
func (p passage) layers(data []byte) Layers {
	l := p.inner.layers(data)
	if p.tunnel != NoTunnel {
		outer := p.outer.layers(data)
		l.Tunnel, l.OuterSrc, l.OuterDst = p.tunnel, outer.Src, outer.Dst
	}
	return l
}

// found is what was found in a packet: the offsets of the addresses, the end of the headers, which may be after the end of the
// packet, and what is carried. It has four words, so that functions return it in registers.
type found struct {
	src, dst, end int
	carried       carried
}

// carried packs what an IP or ARP header carries: the size of the addresses (0: none), the protocol of IP, and the offset of the
// protocol's header (0: none).
type carried uint64

const (
	isARP      carried = 1 << 63
	isFragment carried = 1 << 62 // the rest of what IP carries is in other packets
)

func carries(size int, proto byte, transport int) carried {
	return carried(size) | carried(proto)<<8 | carried(transport)<<16
}

func (c carried) size() int      { return int(c & 0xff) }
func (c carried) proto() byte    { return byte(c >> 8) }
func (c carried) transport() int { return int(c &^ (isARP | isFragment) >> 16) }

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
		return findRaw(data, 0)
	case linkNull, linkLoop:
		return findFamily(data)
	case linkNFLOG:
		return findNFLOG(data)
	}
	return found{}
}
