package packet

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// Layer is one of a packet's, with its fields.
type Layer struct {
	Name       string
	Start, End int // of its bytes in the packet
	Fields     []Field
}

// Field is a value of a layer. Its text holds what came over the network, and is not safe for a terminal.
type Field struct {
	Name, Value string
	Start, End  int // of its bytes in the packet; those of its layer where they are not known one by one
}

// Decode takes a packet apart, from its link to what it carries. What cannot be understood is a layer "malformed".
func Decode(linkType uint32, data []byte, original int) (out []Layer) {
	defer func() {
		if recover() != nil { // a decoder that was not ready for this
			out = append(out, malformed(data, "the decoder gave up"))
		}
	}()
	first := firstLayer(linkType, data)
	if first == nil {
		return []Layer{{Name: fmt.Sprintf("link type %d", linkType), End: len(data)}}
	}
	p := gopacket.NewPacket(data, first, gopacket.DecodeOptions{NoCopy: true, SkipDecodeRecovery: true})
	for _, l := range p.Layers() {
		contents := l.LayerContents()
		start := offsetIn(data, contents)
		switch l := l.(type) {
		case *gopacket.Payload:
			out = append(out, payload(start, *l)...)
		case *gopacket.DecodeFailure:
			out = append(out, malformed(data[start:], l.Error().Error()).at(start))
		default:
			out = append(out, layerOf(l, start, start+len(contents)))
		}
	}
	return withMessage(out, linkType, data, original)
}

// withMessage shows the beginning of an HTTP or TLS message as what it is, on whatever port.
func withMessage(out []Layer, linkType uint32, data []byte, original int) []Layer {
	t := pcap.ParseTransport(linkType, data, original)
	if t.Protocol != pcap.TCP || !t.Whole || t.Payload == 0 || t.Headers >= len(data) {
		return out
	}
	start, end := t.Headers, min(len(data), t.Headers+t.Payload)
	p := data[start:end]
	var message Layer
	if httpLine(p) != "" {
		message = httpLayer(p, start)
	} else if info := tlsInfo(p); info != "" {
		message = Layer{"TLS", start, end, []Field{{"Record", info, start, end}}}
	} else {
		return out
	}
	for i := range out {
		if out[i].Start >= start {
			out = out[:i]
			break
		}
	}
	return append(out, message)
}

// httpLayer has a field for each line of the head.
func httpLayer(p []byte, start int) Layer {
	l := Layer{Name: "HTTP", Start: start, End: start + len(p)}
	at := start
	for len(p) > 0 && len(l.Fields) < 100 {
		line, rest, _ := strings.Cut(string(p), "\r\n")
		if line == "" {
			if rest != "" {
				l.Fields = append(l.Fields, Field{"Body", fmt.Sprintf("%d bytes", len(rest)), at + 2, l.End})
			}
			break
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok || at == start {
			name, value = "Line", line
		}
		l.Fields = append(l.Fields, Field{name, value, at, at + len(line)})
		step := min(len(line)+2, len(p))
		at, p = at+step, p[step:]
	}
	return l
}

func malformed(data []byte, why string) Layer {
	return Layer{"malformed", 0, len(data), []Field{{"Reason", why, 0, len(data)}}}
}

func (l Layer) at(start int) Layer {
	l.Start, l.End = l.Start+start, l.End+start
	for i := range l.Fields {
		l.Fields[i].Start, l.Fields[i].End = l.Fields[i].Start+start, l.Fields[i].End+start
	}
	return l
}

func payload(start int, p []byte) []Layer {
	if len(p) == 0 {
		return nil
	}
	return []Layer{{"Data", start, start + len(p), []Field{{"Length", fmt.Sprint(len(p)), start, start + len(p)}}}}
}

// offsetIn is where part, a piece of data's own bytes, begins; the end if it is none.
func offsetIn(data, part []byte) int {
	if len(part) == 0 {
		return len(data)
	}
	at := cap(data) - cap(part)
	if at < 0 || at+len(part) > len(data) || &data[at] != &part[0] {
		return len(data)
	}
	return at
}

func firstLayer(linkType uint32, data []byte) gopacket.Decoder {
	const null, ethernet, rawBSD, rawOpen, raw, loop, sll, ipv4, ipv6, sll2 = 0, 1, 12, 14, 101, 108, 113, 228, 229, 276
	switch linkType {
	case null, loop:
		return layers.LayerTypeLoopback
	case ethernet:
		return layers.LayerTypeEthernet
	case rawBSD, rawOpen, raw:
		if len(data) > 0 && data[0]>>4 == 6 {
			return layers.LayerTypeIPv6
		}
		return layers.LayerTypeIPv4
	case sll:
		return layers.LayerTypeLinuxSLL
	case ipv4:
		return layers.LayerTypeIPv4
	case ipv6:
		return layers.LayerTypeIPv6
	case sll2:
		return layers.LayerTypeLinuxSLL2
	}
	return nil
}

// place is where a field stands in its layer: from the start, so many bytes.
type place struct{ from, size int }

// places are those of the fields of the common headers, by the names that gopacket gives them.
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
	layers.LayerTypeDNS: {"ID": {0, 2}, "QR": {2, 1}, "OpCode": {2, 1}, "AA": {2, 1}, "TC": {2, 1}, "RD": {2, 1}, "RA": {3, 1}, "Z": {3, 1},
		"ResponseCode": {3, 1}, "QDCount": {4, 2}, "ANCount": {6, 2}, "NSCount": {8, 2}, "ARCount": {10, 2}},
}

// layerOf is a layer that gopacket has decoded.
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
		if !field.IsExported() || field.Anonymous || isFlag(l, field.Name) {
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
	return out
}

// isFlag says whether a field is one of TCP's flags, which stand together.
func isFlag(l gopacket.Layer, name string) bool {
	_, tcp := l.(*layers.TCP)
	return tcp && (strings.ToUpper(name) == name || name == "Multipath")
}

func tcpFlags(t *layers.TCP, start int) Field {
	return Field{"Flags", flagNames(t.Contents[13] & 0x3f), start + 13, start + 14}
}

// valueText writes a value as a person reads it; "" for nothing.
func valueText(v reflect.Value) string {
	const most = 400
	var text string
	switch x := v.Interface().(type) {
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
	case []layers.DNSQuestion:
		for _, q := range x {
			text += q.Type.String() + " " + string(q.Name) + "  "
		}
	case []layers.DNSResourceRecord:
		for _, a := range x {
			text += fmt.Sprintf("%s %s %s, %d s  ", a.Type, a.Name, answer(a), a.TTL)
		}
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
