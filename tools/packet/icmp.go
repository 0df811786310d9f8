package packet

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gopacket/gopacket/layers"
)

// icmp4Names and icmp6Names are the names of types that the library does not name, from IANA's registries.
var icmp4Names = map[byte]string{
	6: "AlternateHostAddress", 30: "Traceroute", 31: "DatagramConversionError", 32: "MobileHostRedirect", 37: "DomainNameRequest",
	38: "DomainNameReply", 40: "Photuris", 41: "Experimental", 42: "ExtendedEchoRequest", 43: "ExtendedEchoReply",
}

var icmp6Names = map[byte]string{
	100: "PrivateError", 101: "PrivateError", 130: "MulticastListenerQuery", 131: "MulticastListenerReport", 132: "MulticastListenerDone",
	138: "RouterRenumbering", 139: "NodeInformationQuery", 140: "NodeInformationResponse", 141: "InverseNeighborSolicitation",
	142: "InverseNeighborAdvertisement", 143: "MulticastListenerReportV2", 144: "HomeAgentDiscoveryRequest", 145: "HomeAgentDiscoveryReply",
	146: "MobilePrefixSolicitation", 147: "MobilePrefixAdvertisement", 148: "CertificationPathSolicitation",
	149: "CertificationPathAdvertisement", 151: "MulticastRouterAdvertisement", 152: "MulticastRouterSolicitation",
	153: "MulticastRouterTermination", 154: "FMIPv6", 155: "RPL", 156: "ILNPv6LocatorUpdate", 157: "DuplicateAddressRequest",
	158: "DuplicateAddressConfirmation", 159: "MPL", 160: "ExtendedEchoRequest", 161: "ExtendedEchoReply", 200: "PrivateExperimentation",
	201: "PrivateExperimentation",
}

// icmpType names a type and a code. known is the library's name; it begins with a number if the library has no name.
func icmpType(known string, kind, code byte, names map[byte]string) string {
	if known != "" && (known[0] < '0' || known[0] > '9') && !strings.HasPrefix(known, "Unknown") {
		return known
	}
	text := names[kind]
	if text == "" {
		text = "type " + strconv.Itoa(int(kind))
	}
	if code != 0 || names[kind] == "" {
		text += " code " + strconv.Itoa(int(code))
	}
	return text
}

func icmp4Type(kind, code byte) string {
	return icmpType(layers.CreateICMPv4TypeCode(kind, code).String(), kind, code, icmp4Names)
}

func icmp6Type(kind, code byte) string {
	return icmpType(layers.CreateICMPv6TypeCode(kind, code).String(), kind, code, icmp6Names)
}

// hasID says whether an ICMP message has an identifier and a sequence number; other messages have something else there, or nothing.
func hasID(kind byte) bool {
	switch kind {
	case layers.ICMPv4TypeEchoRequest, layers.ICMPv4TypeEchoReply, layers.ICMPv4TypeTimestampRequest, layers.ICMPv4TypeTimestampReply,
		layers.ICMPv4TypeInfoRequest, layers.ICMPv4TypeInfoReply, layers.ICMPv4TypeAddressMaskRequest, layers.ICMPv4TypeAddressMaskReply:
		return true
	}
	return false
}

// icmpRest returns the fields that an ICMP message without an identifier has in its place.
func icmpRest(l *layers.ICMPv4, start int) []Field {
	rest := l.Contents[4:8]
	switch kind := l.TypeCode.Type(); {
	case kind == layers.ICMPv4TypeDestinationUnreachable && l.TypeCode.Code() == layers.ICMPv4CodeFragmentationNeeded:
		return []Field{{"MTU", strconv.Itoa(int(binary.BigEndian.Uint16(rest[2:]))), start + 6, start + 8}}
	case kind == layers.ICMPv4TypeRedirect:
		return []Field{{"Gateway", netip.AddrFrom4([4]byte(rest)).String(), start + 4, start + 8}}
	case kind == layers.ICMPv4TypeParameterProblem && l.TypeCode.Code() == layers.ICMPv4CodePointerIndicatesError:
		return []Field{{"Pointer", strconv.Itoa(int(rest[0])), start + 4, start + 5}}
	}
	return nil
}

func icmpInfo(p []byte) string {
	return echo(icmp4Type(p[0], p[1]), p, p[0] == layers.ICMPv4TypeEchoRequest || p[0] == layers.ICMPv4TypeEchoReply)
}

func icmp6Info(p []byte) string {
	text := icmp6Type(p[0], p[1])
	if neighbour := p[0] == layers.ICMPv6TypeNeighborSolicitation || p[0] == layers.ICMPv6TypeNeighborAdvertisement; neighbour && len(p) >= 24 {
		return text + " " + netip.AddrFrom16([16]byte(p[8:24])).String()
	}
	return echo(text, p, p[0] == layers.ICMPv6TypeEchoRequest || p[0] == layers.ICMPv6TypeEchoReply)
}

func echo(kind string, p []byte, isEcho bool) string {
	if !isEcho || len(p) < 8 {
		return kind
	}
	return kind + " id=0x" + hex16(binary.BigEndian.Uint16(p[4:])) + " seq=" + strconv.Itoa(int(binary.BigEndian.Uint16(p[6:])))
}
