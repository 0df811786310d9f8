package pcap

import "encoding/binary"

// Tunnel is a protocol that carries packets inside packets.
type Tunnel byte

// Tunnels that are followed.
const (
	NoTunnel   Tunnel = iota
	VXLAN             // RFC 7348
	VXLANLinux        // VXLAN on Linux' own port, which is another network than VXLAN on the registered port
	Geneve            // RFC 8926
	GRE               // RFC 2784 and 2890, with IP, Ethernet or ERSPAN in it
	IPIP              // RFC 2003, 2473 and 4213: IP in IP, of any versions
	EtherIP           // RFC 3378
)

func (t Tunnel) String() string {
	return [...]string{"", "VXLAN", "VXLAN", "GENEVE", "GRE", "IPIP", "EtherIP"}[t]
}

// UDP ports of tunnels.
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472 // Linux' own, older than the registered one; flannel and Cilium use it
	portGeneve     = 6081
)

// What GRE and Geneve carry, besides EtherTypes.
const (
	etherBridging = 0x6558 // an Ethernet frame
	etherERSPAN2  = 0x88be // types I and II
	etherERSPAN3  = 0x22eb
)

// mostTunnels is how many nested tunnels are followed.
const mostTunnels = 8

// passage is what was found in a packet, from the outside to the inside.
type passage struct {
	outer, inner found  // equal without a tunnel; inner is the last header with addresses
	tunnel       Tunnel // the tunnel of inner
	end          int    // of the innermost header, with or without addresses
}

// follow finds the headers of a packet, through its tunnels.
func follow(linkType uint32, data []byte) passage {
	f := find(linkType, data)
	p := passage{outer: f, inner: f, end: f.end}
	for range mostTunnels {
		if !f.isIP() || f.carried.transport() == 0 || f.carried.transport() > len(data) {
			break
		}
		next, tunnel := f.enter(data)
		if tunnel == NoTunnel {
			break
		}
		p.end = max(p.end, next.end)
		if next.carried.size() == 0 {
			break
		}
		f = next
		p.inner, p.tunnel = f, tunnel
	}
	return p
}

// enter finds what a tunnel carries, if f is one.
func (f found) enter(data []byte) (found, Tunnel) {
	at := f.carried.transport()
	switch f.carried.proto() {
	case protoIPv4:
		return findIPv4(data, at), IPIP
	case protoIPv6:
		return findIPv6(data, at), IPIP
	case protoGRE:
		return findGRE(data, at)
	case protoEtherIP:
		return findFrame(data, at+2), EtherIP
	case protoUDP:
		if len(data) < at+8 {
			return found{}, NoTunnel
		}
		switch binary.BigEndian.Uint16(data[at+2:]) {
		case portVXLAN:
			return findVXLAN(data, at+8, VXLAN)
		case portVXLANLinux:
			return findVXLAN(data, at+8, VXLANLinux)
		case portGeneve:
			return findGeneve(data, at+8)
		}
	}
	return found{}, NoTunnel
}

// findFrame follows an Ethernet frame inside a packet.
func findFrame(data []byte, at int) found { return findEther(data, at+14, at+12) }

// findVXLAN follows the 8 bytes of VXLAN: flags, one of which says that there is a network identifier; the identifier; reserved.
func findVXLAN(data []byte, at int, which Tunnel) (found, Tunnel) {
	const size, hasIdentifier = 8, 0x08
	if len(data) > at && data[at]&hasIdentifier == 0 {
		return found{}, NoTunnel
	}
	if len(data) < at+size {
		return found{end: at + size}, which
	}
	return findFrame(data, at+size), which
}

// findGeneve follows the 8 bytes of Geneve and its options: version and options' length in units of 4, flags, protocol, identifier.
func findGeneve(data []byte, at int) (found, Tunnel) {
	const size = 8
	if len(data) > at && data[at]>>6 != 0 {
		return found{}, NoTunnel
	}
	if len(data) < at+size {
		return found{end: at + size}, Geneve
	}
	return findCarried(data, at+size+int(data[at]&0x3f)*4, binary.BigEndian.Uint16(data[at+2:])), Geneve
}

// findGRE follows the 4 bytes of GRE and what its flags announce: checksum, key and sequence number, of 4 bytes each.
func findGRE(data []byte, at int) (found, Tunnel) {
	const checksum, routing, key, sequence, version = 0x8000, 0x4000, 0x2000, 0x1000, 0x0007
	if len(data) < at+4 {
		return found{end: at + 4}, GRE
	}
	flags, protocol := binary.BigEndian.Uint16(data[at:]), binary.BigEndian.Uint16(data[at+2:])
	if flags&(routing|version) != 0 {
		return found{}, NoTunnel
	}
	at += 4
	for _, flag := range []uint16{checksum, key, sequence} {
		if flags&flag != 0 {
			at += 4
		}
	}
	switch {
	case protocol == etherERSPAN2 && flags&sequence == 0: // ERSPAN type I has no header of its own
		protocol = etherBridging
	case protocol == etherERSPAN2:
		at, protocol = at+8, etherBridging
	case protocol == etherERSPAN3:
		const size, trailer, hasTrailer = 12, 8, 1
		if len(data) >= at+size && data[at+size-1]&hasTrailer != 0 {
			at += trailer
		}
		at, protocol = at+size, etherBridging
	}
	return findCarried(data, at, protocol), GRE
}

// findCarried follows what an EtherType announces, from offset at on.
func findCarried(data []byte, at int, protocol uint16) found {
	if len(data) < at {
		return found{end: at}
	}
	if protocol == etherBridging {
		return findFrame(data, at)
	}
	return findNetwork(data, at, protocol)
}
