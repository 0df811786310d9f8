package packet

import (
	"errors"
	"fmt"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// linkStage returns the stage that dissects the header of a link.
func linkStage(linkType uint32, bytes []byte) stage {
	switch linkType {
	case linkNull, linkLoop:
		return loopback
	case linkEthernet:
		return by(layers.LayerTypeEthernet, "Ethernet", true)
	case linkRawBSD, linkRawOpen, linkRaw:
		if len(bytes) > 0 && bytes[0]>>4 == 6 {
			return ipv6
		}
		return ipv4
	case linkSLL:
		return by(layers.LayerTypeLinuxSLL, "Linux cooked capture", true)
	case linkIPv4:
		return ipv4
	case linkIPv6:
		return ipv6
	case linkNFLOG:
		return nflog
	case linkSLL2:
		return by(layers.LayerTypeLinuxSLL2, "Linux cooked capture, version 2", true)
	}
	return func(d *decoder) stage {
		d.add(Layer{Name: fmt.Sprintf("link type %d", linkType), End: d.end})
		return nil
	}
}

func ipv4(d *decoder) stage {
	if p := d.left(); len(p) > 0 && p[0]>>4 != 4 {
		return d.fail("IPv4", true, errors.New(whyNotIP(p, 4, true)))
	}
	return by(layers.LayerTypeIPv4, "IPv4", true)(d)
}

// etherStage returns the stage for an EtherType.
func etherStage(kind layers.EthernetType) stage {
	what := etherName(uint16(kind))
	if _, named := etherTypes[uint16(kind)]; named {
		what = fmt.Sprintf("%s (0x%04x)", what, uint16(kind))
	}
	switch kind {
	case layers.EthernetTypeIPv4:
		return ipv4
	case layers.EthernetTypeIPv6:
		return ipv6
	case layers.EthernetTypeDot1Q, layers.EthernetTypeQinQ, etherOld:
		return by(layers.LayerTypeDot1Q, "VLAN tag", true)
	case layers.EthernetTypeARP:
		return by(layers.LayerTypeARP, "ARP", true)
	case 0x6558:
		return by(layers.LayerTypeEthernet, "Ethernet", true)
	case 0x88be: // ERSPAN type I, which has no header of its own; type II does not get here
		return by(layers.LayerTypeEthernet, "Ethernet", true)
	case 0x22eb:
		return erspan3
	case 0, 4: // a length, or 4, with which Linux announces LLC in a cooked capture
		return by(layers.LayerTypeLLC, "LLC", false)
	}
	if kind.LayerType() == layers.LayerTypeEthernet || !decodes(kind.LayerType()) {
		return data(what)
	}
	return by(kind, what, false)
}

// decodes says whether the library has a decoder for a type of layers.
func decodes(t gopacket.LayerType) bool {
	switch t {
	case 0, gopacket.LayerTypeZero, gopacket.LayerTypePayload, gopacket.LayerTypeDecodeFailure, gopacket.LayerTypeFragment:
		return false
	}
	return true
}

// ipStage returns the stage for what IP carries.
func ipStage(protocol layers.IPProtocol) stage {
	what := fmt.Sprintf("%s (IP protocol %d)", protocolName(byte(protocol)), byte(protocol))
	switch byte(protocol) {
	case pcap.TCP, pcap.UDP, pcap.ICMP, pcap.ICMPv6, 0, 43, 44, 60: // and the extension headers of IPv6
		return by(protocol, what, true)
	case 4:
		return ipv4
	case 41:
		return ipv6
	case 47:
		return gre
	}
	if !decodes(protocol.LayerType()) {
		return data(what)
	}
	return by(protocol, what, false)
}

// after returns the stage that follows a layer.
func (d *decoder) after(last gopacket.Layer, next gopacket.Decoder) stage {
	switch l := last.(type) {
	case *layers.Ethernet:
		return etherStage(l.EthernetType)
	case *layers.Dot1Q:
		return etherStage(l.Type)
	case *layers.LinuxSLL:
		return etherStage(l.EthernetType)
	case *layers.LinuxSLL2:
		return etherStage(l.ProtocolType)
	case *layers.IPv4:
		if l.FragOffset != 0 {
			return data("a fragment of " + protocolName(byte(l.Protocol)))
		}
		d.fragment = d.fragment || l.Flags&layers.IPv4MoreFragments != 0
		if isExtension(l.Protocol) { // IPv4 has no extension headers
			return data(fmt.Sprintf("IP protocol %d", byte(l.Protocol)))
		}
		return ipStage(l.Protocol)
	case *layers.IPv6HopByHop:
		return ipStage(l.NextHeader)
	case *layers.IPv6Routing:
		return ipStage(l.NextHeader)
	case *layers.IPv6Destination:
		return ipStage(l.NextHeader)
	case *layers.IPv6Fragment:
		if l.FragmentOffset != 0 {
			return data("a fragment of " + protocolName(byte(l.NextHeader)))
		}
		d.fragment = d.fragment || l.MoreFragments
		return ipStage(l.NextHeader)
	case *layers.TCP:
		return tcpStage(pcap.Transport{SrcPort: uint16(l.SrcPort), DstPort: uint16(l.DstPort)})
	case *layers.UDP:
		return d.udpStage(uint16(l.SrcPort), uint16(l.DstPort), l.NextLayerType())
	case *layers.VXLAN:
		return by(layers.LayerTypeEthernet, "Ethernet", true)
	case *layers.GRE:
		if l.Protocol == 0x88be && l.SeqPresent {
			return by(layers.LayerTypeERSPANII, "ERSPAN, type II", true)
		}
		return etherStage(l.Protocol)
	case *layers.Geneve:
		return etherStage(l.Protocol)
	case *layers.SNAP:
		return etherStage(l.Type)
	}
	return d.libraryStage(next)
}

func isExtension(p layers.IPProtocol) bool {
	switch p {
	case 0, 43, 44, 60:
		return true
	}
	return false
}

// libraryStage returns the stage that the library says is next.
func (d *decoder) libraryStage(next gopacket.Decoder) stage {
	switch next := next.(type) {
	case nil:
		return data("")
	case layers.EthernetType:
		return etherStage(next)
	case layers.IPProtocol:
		return ipStage(next)
	case gopacket.LayerType:
		if !decodes(next) {
			return data("")
		}
		return by(next, next.String(), next == layers.LayerTypeIPv4 || next == layers.LayerTypeEthernet)
	}
	return by(next, "", false)
}

// udpStage returns the stage for the payload of a datagram, chosen by its ports.
func (d *decoder) udpStage(src, dst uint16, known gopacket.LayerType) stage {
	if d.at == d.end { // an empty datagram is valid on every port
		return nil
	}
	for _, port := range []uint16{dst, src} {
		if dnsPorts[port] != "" {
			return dnsDatagram
		}
	}
	switch dst {
	case 4789, 8472:
		return vxlan
	}
	if !decodes(known) || known == layers.LayerTypeDNS {
		return data("")
	}
	return by(known, known.String(), false)
}
