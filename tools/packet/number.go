package packet

import (
	"strconv"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// ipProtocols are names of IP protocols, from IANA's registry.
var ipProtocols = map[byte]string{
	0: "Hop-by-hop", pcap.ICMP: "ICMP", 2: "IGMP", 4: "IPIP", pcap.TCP: "TCP", 8: "EGP", 9: "IGP", pcap.UDP: "UDP", pcap.DCCP: "DCCP", 41: "IPv6",
	43: "Routing", 44: "Fragment", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 55: "Mobile", pcap.ICMPv6: "ICMPv6", 59: "No next header",
	60: "Options", 88: "EIGRP", 89: "OSPF", 94: "IPIP", 97: "EtherIP", 103: "PIM", 108: "IPComp", 112: "VRRP", 113: "PGM", 115: "L2TP",
	124: "IS-IS", pcap.SCTP: "SCTP", 133: "FC", 135: "Mobility", pcap.UDPLite: "UDPLite", 137: "MPLS", 138: "MANET", 139: "HIP",
	140: "Shim6", 142: "ROHC", 143: "Ethernet",
}

func protocolName(protocol byte) string {
	if name, ok := ipProtocols[protocol]; ok {
		return name
	}
	return "IP/" + strconv.Itoa(int(protocol))
}

// EtherTypes that are handled here.
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherVLAN = 0x8100
	etherIPv6 = 0x86dd
	etherQinQ = 0x88a8
	etherOld  = 0x9100 // used before 802.1ad
	etherSlow = 0x8809
)

// etherTypes are names of EtherTypes, from the IEEE's registry.
var etherTypes = map[uint16]string{
	etherIPv4: "IPv4", etherARP: "ARP", 0x0842: "WoL", 0x2000: "CDP", 0x22f3: "TRILL", 0x6002: "DEC", 0x6558: "Bridging", 0x8035: "RARP",
	0x809b: "AppleTalk", 0x80f3: "AARP", etherVLAN: "VLAN", 0x8137: "IPX", etherIPv6: "IPv6", 0x8808: "Pause", etherSlow: "Slow",
	0x8847: "MPLS", 0x8848: "MPLS", 0x8863: "PPPoE", 0x8864: "PPPoE", 0x886f: "NLB", 0x8870: "Jumbo", 0x888e: "EAPOL", 0x8892: "PROFINET",
	0x88a2: "AoE", 0x88a4: "EtherCAT", etherQinQ: "QinQ", 0x88ab: "POWERLINK", 0x88b8: "GOOSE", 0x88ba: "SV", 0x88c7: "EAPOL", 0x88cc: "LLDP",
	0x88cd: "SERCOS", 0x88e5: "MACsec", 0x88e7: "PBB", 0x88f5: "MVRP", 0x88f6: "MMRP", 0x88f7: "PTP", 0x88fb: "PRP", 0x8902: "CFM",
	0x8906: "FCoE", 0x8914: "FIP", 0x8915: "RoCE", 0x891d: "TTE", 0x892f: "HSR", 0x893a: "IEEE1905", 0x894f: "NSH", 0x9000: "Loopback",
	etherOld: "QinQ", 0xf1c1: "FRER", 0x88b5: "Local", 0x88b6: "Local", 0x4305: "BATMAN",
}

// etherName returns the name of an EtherType, or its number.
func etherName(kind uint16) string {
	if name, ok := etherTypes[kind]; ok {
		return name
	}
	return "0x" + hex16(kind)
}

// slowName returns the name of a slow protocol: IEEE 802.3, annex 57A.
func slowName(subtype byte) string {
	switch subtype {
	case 1:
		return "LACP"
	case 2:
		return "Marker"
	case 3:
		return "OAM"
	case 10:
		return "OSSP"
	}
	return "Slow"
}
