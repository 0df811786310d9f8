package packet

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// place is where a field is in its layer: offset and size in bytes.
type place struct{ from, size int }

// places are the places of the fields of common headers, under gopacket's names.
var places = map[gopacket.LayerType]map[string]place{
	layers.LayerTypeEthernet: {"DstMAC": {0, 6}, "SrcMAC": {6, 6}, "EthernetType": {12, 2}},
	layers.LayerTypeDot1Q:    {"Priority": {0, 1}, "DropEligible": {0, 1}, "VLANIdentifier": {0, 2}, "Type": {2, 2}},
	layers.LayerTypeLinuxSLL: {"PacketType": {0, 2}, "AddrType": {2, 2}, "AddrLen": {4, 2}, "Addr": {6, 8}, "EthernetType": {14, 2}},
	layers.LayerTypeLinuxSLL2: {"ProtocolType": {0, 2}, "InterfaceIndex": {4, 4}, "ARPHardwareType": {8, 2}, "PacketType": {10, 1},
		"AddrLength": {11, 1}, "Addr": {12, 8}},
	layers.LayerTypeARP: {"AddrType": {0, 2}, "Protocol": {2, 2}, "HwAddressSize": {4, 1}, "ProtAddressSize": {5, 1}, "Operation": {6, 2},
		"SourceHwAddress": {8, 6}, "SourceProtAddress": {14, 4}, "DstHwAddress": {18, 6}, "DstProtAddress": {24, 4}},
	layers.LayerTypeIPv4: {"Version": {0, 1}, "IHL": {0, 1}, "TOS": {1, 1}, "Length": {2, 2}, "Id": {4, 2}, "Flags": {6, 1}, "FragOffset": {6, 2},
		"TTL": {8, 1}, "Protocol": {9, 1}, "Checksum": {10, 2}, "SrcIP": {12, 4}, "DstIP": {16, 4}},
	layers.LayerTypeIPv6: {"Version": {0, 1}, "TrafficClass": {0, 2}, "FlowLabel": {1, 3}, "Length": {4, 2}, "NextHeader": {6, 1}, "HopLimit": {7, 1},
		"SrcIP": {8, 16}, "DstIP": {24, 16}},
	layers.LayerTypeTCP: {"SrcPort": {0, 2}, "DstPort": {2, 2}, "Seq": {4, 4}, "Ack": {8, 4}, "DataOffset": {12, 1}, "Flags": {13, 1},
		"Window": {14, 2}, "Checksum": {16, 2}, "Urgent": {18, 2}},
	layers.LayerTypeUDP:    {"SrcPort": {0, 2}, "DstPort": {2, 2}, "Length": {4, 2}, "Checksum": {6, 2}},
	layers.LayerTypeICMPv4: {"TypeCode": {0, 2}, "Checksum": {2, 2}, "Id": {4, 2}, "Seq": {6, 2}},
	layers.LayerTypeICMPv6: {"TypeCode": {0, 2}, "Checksum": {2, 2}},
}

// layerOf returns the Layer for a layer that gopacket has decoded.
func layerOf(l gopacket.Layer, start, end int) Layer {
	out := Layer{Name: l.LayerType().String(), Start: start, End: end}
	v := reflect.Indirect(reflect.ValueOf(l))
	if v.Kind() != reflect.Struct {
		return out
	}
	if tcp, ok := l.(*layers.TCP); ok {
		out.Fields = append(out.Fields, tcpFlags(tcp, start))
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Anonymous || isFlag(l, field.Name) || absent(l, field.Name) {
			continue
		}
		f := Field{field.Name, valueText(v.Field(i)), start, end}
		if at, ok := places[l.LayerType()][field.Name]; ok && start+at.from+at.size <= end {
			f.Start, f.End = start+at.from, start+at.from+at.size
		}
		if f.Value != "" {
			out.Fields = append(out.Fields, f)
		}
	}
	if icmp, ok := l.(*layers.ICMPv4); ok {
		out.Fields = append(out.Fields, icmpRest(icmp, start)...)
	}
	return out
}

// absent says whether the library has a field that this packet's layer does not have. The library then reports 0, which the packet
// does not say.
func absent(l gopacket.Layer, name string) bool {
	switch l := l.(type) {
	case *layers.Ethernet:
		return name == "Length" && l.EthernetType != layers.EthernetTypeLLC
	case *layers.GRE:
		switch name {
		case "Checksum":
			return !l.ChecksumPresent
		case "Offset":
			return !l.ChecksumPresent && !l.RoutingPresent
		case "Key":
			return !l.KeyPresent
		case "Seq":
			return !l.SeqPresent
		case "Ack":
			return !l.AckPresent
		}
	case *layers.VXLAN:
		return name == "GBPGroupPolicyID" && !l.GBPExtension
	case *layers.ICMPv4:
		return (name == "Id" || name == "Seq") && !hasID(l.TypeCode.Type())
	}
	return false
}

// isFlag says whether a field is one of TCP's flags, which are shown together.
func isFlag(l gopacket.Layer, name string) bool {
	_, tcp := l.(*layers.TCP)
	return tcp && (strings.ToUpper(name) == name || name == "Multipath")
}

func tcpFlags(t *layers.TCP, start int) Field {
	return Field{"Flags", flagNames(t.Contents[13] & 0x3f), start + 13, start + 14}
}

// valueText returns a value in a form for people; "" for an empty one.
func valueText(v reflect.Value) string {
	const most = 400
	var text string
	switch x := v.Interface().(type) {
	case layers.ICMPv4TypeCode:
		text = icmp4Type(x.Type(), x.Code())
	case layers.ICMPv6TypeCode:
		text = icmp6Type(x.Type(), x.Code())
	case fmt.Stringer:
		if v.Kind() == reflect.Slice && v.Len() == 0 {
			return ""
		}
		text = x.String()
	case []byte:
		if len(x) == 0 {
			return ""
		}
		text = hex.EncodeToString(x[:min(len(x), most/2)])
	default:
		if v.Kind() == reflect.Slice && v.Len() == 0 || v.Kind() == reflect.Pointer && v.IsNil() {
			return ""
		}
		text = fmt.Sprint(x)
	}
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.TrimSpace(text)
}
