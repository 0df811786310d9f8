package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// loopback dissects the header of BSD loopback: an address family. The version in the IP header decides what follows.
func loopback(d *decoder) stage {
	const size = 4
	p := d.left()
	if len(p) < size {
		return d.fail("loopback", true, errors.New("a header of "+figuresOf(len(p))))
	}
	family := binary.LittleEndian.Uint32(p)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(p)
	}
	d.add(Layer{"Loopback", d.at, d.at + size, []Field{{"Family", strconv.Itoa(int(family)), d.at, d.at + size}}})
	d.at += size
	switch family {
	case 2:
		return ipv4
	case 24, 28, 30:
		return ipv6
	}
	return data("family " + strconv.Itoa(int(family)))
}

// nflog dissects the header of an NFLOG record, up to the packet in it.
func nflog(d *decoder) stage {
	n := pcap.ParseNFLOG(d.data)
	at := min(n.Headers, d.end)
	l := Layer{Name: "NFLOG", End: at, Fields: []Field{{"Family", strconv.Itoa(int(n.Family)), 0, min(1, at)}}}
	for _, f := range []Field{{Name: "Prefix", Value: n.Prefix}, {Name: "InInterface", Value: indexText(n.In)}, {Name: "OutInterface", Value: indexText(n.Out)}} {
		if f.Value != "" {
			l.Fields = append(l.Fields, Field{f.Name, f.Value, 0, at})
		}
	}
	d.add(l)
	d.at = at
	if n.Payload == 0 {
		if d.cut {
			return d.fail("NFLOG", true, nil)
		}
		return data("")
	}
	d.end = n.PayloadEnd
	if n.EtherType != 0 {
		return etherStage(layers.EthernetType(n.EtherType))
	}
	return linkStage(linkRaw, d.left())
}

func indexText(index uint32) string {
	if index == 0 {
		return ""
	}
	return strconv.Itoa(int(index))
}

// ipv6 dissects IPv6 without the library's checks of its length: BIG TCP leaves the length 0, and a packet that claims more bytes
// than there are has the bytes that there are.
func ipv6(d *decoder) stage {
	const size = 40
	p := d.left()
	if len(p) < size || p[0]>>4 != 6 {
		return d.fail("IPv6", true, errors.New(whyNotIP(p, 6, true)))
	}
	l := &layers.IPv6{}
	_ = l.DecodeFromBytes(p[:size], gopacket.NilDecodeFeedback) // the error only says that the payload is missing
	l.HopByHop = nil
	d.add(layerOf(l, d.at, d.at+size))
	d.at += size
	if l.Length > 0 {
		d.end = min(d.end, d.at+int(l.Length))
	}
	if l.NextHeader == 59 || d.at == d.end { // no next header
		return data("")
	}
	return ipStage(l.NextHeader)
}

// gre dissects GRE, and ERSPAN in it.
func gre(d *decoder) stage {
	const version = 0x0007
	if p := d.left(); len(p) >= 4 && binary.BigEndian.Uint16(p)&version != 0 {
		return by(layers.LayerTypeGRE, "GRE", false)
	}
	return by(layers.LayerTypeGRE, "GRE", true)
}

// erspan3 dissects the header of ERSPAN type III: draft-foschiano-erspan.
func erspan3(d *decoder) stage {
	const size, trailer, hasTrailer = 12, 8, 1
	p := d.left()
	if len(p) < size {
		return d.fail("ERSPAN, type III", true, errors.New("a header of "+figuresOf(len(p))))
	}
	end := d.at + size
	if p[size-1]&hasTrailer != 0 {
		end = min(d.end, end+trailer)
	}
	l := Layer{Name: "ERSPAN Type III", Start: d.at, End: end}
	l.Fields = append(l.Fields,
		Field{"VLANIdentifier", strconv.Itoa(int(binary.BigEndian.Uint16(p) & 0xfff)), d.at, d.at + 2},
		Field{"SessionID", strconv.Itoa(int(binary.BigEndian.Uint16(p[2:]) & 0x3ff)), d.at + 2, d.at + 4},
		Field{"Timestamp", strconv.Itoa(int(binary.BigEndian.Uint32(p[4:]))), d.at + 4, d.at + 8})
	d.add(l)
	d.at = end
	return by(layers.LayerTypeEthernet, "Ethernet", true)
}

// vxlan dissects VXLAN, unless its flags say that something else uses the port.
func vxlan(d *decoder) stage {
	const hasIdentifier = 0x08
	if p := d.left(); len(p) > 0 && p[0]&hasIdentifier == 0 {
		return data("")
	}
	return by(layers.LayerTypeVXLAN, "VXLAN", true)
}

// dnsDatagram dissects a DNS message in a datagram.
func dnsDatagram(d *decoder) stage {
	if d.at == d.end {
		return nil
	}
	m := parseMessage(d.left())
	wrong := m.wrong
	if m.cut {
		wrong = "it is shorter than it claims"
	}
	if d.end-d.at >= dnsHeader {
		d.add(dnsLayer(&m, d.at, d.end))
		d.at = m.read(d.at)
	}
	if wrong != "" {
		return d.fail("DNS", true, errors.New(wrong))
	}
	return nil
}

// tcpStage returns the stage for what a segment begins with, if that is recognized.
func tcpStage(t pcap.Transport) stage {
	return func(d *decoder) stage {
		p := d.left()
		start, end := d.at, d.end
		if len(p) == 0 {
			return nil
		}
		switch info := tlsInfo(p); {
		case httpLine(p) != "":
			d.add(httpLayer(p, start))
		case info != "":
			d.add(Layer{"TLS", start, end, []Field{{"Record", info, start, end}}})
		default:
			m, size, ok := dnsInStream(t, p)
			if !ok {
				return data("")
			}
			d.add(dnsLayer(&m, start+2, start+size))
			if d.at = start + size; d.at < d.end {
				return tcpStage(t)
			}
			if m.cut && d.cut {
				return d.fail("DNS", true, nil)
			}
			if m.cut {
				d.add(Layer{"continues in the next segment", end, end, []Field{{"Layer", fmt.Sprintf("DNS, of which this segment has %d bytes", size), end, end}}})
			}
		}
		return nil
	}
}
