package packet

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// tcpInfo is the line of a segment: 41822 → 8080 [SYN] Seq=0 Win=64240 Len=0.
func tcpInfo(t pcap.Transport, bases Bases) string {
	if !t.Whole {
		return ports(t) + " (its header was cut off)"
	}
	var b strings.Builder
	b.WriteString(ports(t) + " [" + flagNames(t.Flags) + "] Seq=" + strconv.FormatUint(uint64(t.Seq-bases.Seq), 10))
	if t.Flags&pcap.ACK != 0 {
		b.WriteString(" Ack=" + strconv.FormatUint(uint64(t.Ack-bases.Ack), 10))
	}
	window := int(t.Window)
	if bases.Known && bases.Scale > 0 && t.Flags&pcap.SYN == 0 {
		window <<= bases.Scale
	}
	b.WriteString(" Win=" + strconv.Itoa(window) + " Len=" + strconv.Itoa(t.Payload))
	return b.String()
}

func flagNames(flags byte) string {
	var names []string
	for _, f := range []struct {
		bit  byte
		name string
	}{{pcap.FIN, "FIN"}, {pcap.SYN, "SYN"}, {pcap.RST, "RST"}, {pcap.PSH, "PSH"}, {pcap.ACK, "ACK"}, {pcap.URG, "URG"}} {
		if flags&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ", ")
}

// tcpPayload looks what a segment begins with; protocol is "" if that is not known.
func tcpPayload(t pcap.Transport, p []byte) (protocol, info string) {
	const dnsPort, lengthPrefix = 53, 2
	if len(p) == 0 {
		return "", ""
	}
	if line := httpLine(p); line != "" {
		return "HTTP", line
	}
	if info := tlsInfo(p); info != "" {
		return "TLS", info
	}
	if (t.SrcPort == dnsPort || t.DstPort == dnsPort) && len(p) > lengthPrefix {
		if info := dnsInfo(p[lengthPrefix:]); info != "" {
			return "DNS", info
		}
	}
	return "", ""
}

func udpPayload(t pcap.Transport, p []byte) (protocol, info string) {
	const dns, mdns, ntp, vxlan = 53, 5353, 123, 4789
	for _, port := range []uint16{t.DstPort, t.SrcPort} {
		switch port {
		case dns, mdns:
			info := cmpText(dnsInfo(p), ports(t)+" Len="+strconv.Itoa(t.Payload)+" (malformed)")
			return map[uint16]string{dns: "DNS", mdns: "MDNS"}[port], info
		case ntp:
			return "NTP", ports(t)
		case vxlan:
			return "VXLAN", ports(t) + " Len=" + strconv.Itoa(t.Payload)
		}
	}
	return "", ""
}

var httpBegins = []string{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "PATCH ", "OPTIONS ", "CONNECT ", "HTTP/1."}

// httpLine is the first line of a message of HTTP/1.
func httpLine(p []byte) string {
	const longest = 512
	if bytes.HasPrefix(p, []byte("PRI * HTTP/2.0\r\n")) {
		return "HTTP/2 connection preface"
	}
	for _, begin := range httpBegins {
		if bytes.HasPrefix(p, []byte(begin)) {
			line, _, _ := bytes.Cut(p[:min(len(p), longest)], []byte("\r\n"))
			return string(line)
		}
	}
	return ""
}

// tlsInfo describes the record that a segment begins with: RFC 8446, 5.1 and 4.
func tlsInfo(p []byte) string {
	const changeCipher, alert, handshake, data = 20, 21, 22, 23
	if len(p) < 6 || p[1] != 3 || p[2] > 4 {
		return ""
	}
	switch p[0] {
	case changeCipher:
		return "Change Cipher Spec"
	case alert:
		return "Alert"
	case data:
		return "Application Data"
	case handshake:
		return handshakeInfo(p[5:])
	}
	return ""
}

func handshakeInfo(p []byte) string {
	const clientHello = 1
	names := map[byte]string{
		2: "Server Hello", 4: "New Session Ticket", 11: "Certificate", 12: "Server Key Exchange", 14: "Server Hello Done",
		16: "Client Key Exchange",
	}
	if p[0] == clientHello {
		if name := serverName(p); name != "" {
			return "Client Hello (SNI=" + name + ")"
		}
		return "Client Hello"
	}
	return cmpText(names[p[0]], "Encrypted Handshake Message")
}

// serverName is the name that a client says in its hello (RFC 6066, 3); "" if it says none or it was cut off before.
func serverName(hello []byte) string {
	c := cutter{hello}
	c.skip(4 + 2 + 32) // type, length; version; random
	c.skip(c.number(1))
	c.skip(c.number(2))
	c.skip(c.number(1))
	c.skip(2) // the length of the extensions
	for len(c.p) >= 4 {
		kind, size := c.number(2), c.number(2)
		if kind != 0 {
			c.skip(size)
			continue
		}
		c.skip(2 + 1) // the length of the list; the kind of name
		size = c.number(2)
		if size > len(c.p) {
			return ""
		}
		return string(c.p[:size])
	}
	return ""
}

// cutter takes bytes from the front; behind the end there are none, and numbers are 0.
type cutter struct{ p []byte }

func (c *cutter) skip(n int) { c.p = c.p[min(n, len(c.p)):] }

func (c *cutter) number(size int) int {
	n := 0
	if len(c.p) < size {
		c.p = nil
		return 0
	}
	for _, b := range c.p[:size] {
		n = n<<8 | int(b)
	}
	c.p = c.p[size:]
	return n
}

func dnsInfo(p []byte) string {
	var d layers.DNS
	if err := d.DecodeFromBytes(p, gopacket.NilDecodeFeedback); err != nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("Standard query")
	if d.OpCode != layers.DNSOpCodeQuery {
		b.Reset()
		b.WriteString(d.OpCode.String())
	}
	if d.QR {
		b.WriteString(" response")
	}
	b.WriteString(" 0x" + strconv.FormatUint(uint64(d.ID)|0x10000, 16)[1:])
	if d.QR && d.ResponseCode != layers.DNSResponseCodeNoErr {
		b.WriteString(" " + d.ResponseCode.String())
	}
	for _, q := range d.Questions {
		b.WriteString(" " + q.Type.String() + " " + string(q.Name))
	}
	for _, a := range d.Answers {
		b.WriteString(" " + a.Type.String() + " " + answer(a))
	}
	return b.String()
}

func answer(a layers.DNSResourceRecord) string {
	switch {
	case len(a.IP) > 0:
		return a.IP.String()
	case len(a.CNAME) > 0:
		return string(a.CNAME)
	case len(a.PTR) > 0:
		return string(a.PTR)
	case len(a.NS) > 0:
		return string(a.NS)
	case a.Type == layers.DNSTypeSRV:
		return string(a.SRV.Name) + ":" + strconv.Itoa(int(a.SRV.Port))
	}
	return string(a.Name)
}

// arpInfo follows RFC 826; the addresses are there.
func arpInfo(data []byte, t pcap.Transport) string {
	const size, operation, sender, reply = 28, 6, 8, 2
	p := data[max(0, t.Headers-size):t.Headers]
	if len(p) < size {
		return "malformed packet"
	}
	switch {
	case binary.BigEndian.Uint16(p[operation:]) == reply:
		return t.Src.String() + " is at " + hardware(p[sender:sender+6])
	case t.Src == t.Dst:
		return "announcement of " + t.Src.String()
	}
	return "Who has " + t.Dst.String() + "? Tell " + t.Src.String()
}

func icmpInfo(p []byte) string {
	if len(p) < 8 {
		return "its header was cut off"
	}
	kind := layers.CreateICMPv4TypeCode(p[0], p[1])
	return echo(kind.String(), p, p[0] == layers.ICMPv4TypeEchoRequest || p[0] == layers.ICMPv4TypeEchoReply)
}

func icmp6Info(p []byte) string {
	if len(p) < 8 {
		return "its header was cut off"
	}
	kind := layers.CreateICMPv6TypeCode(p[0], p[1])
	text := kind.String()
	if neighbour := p[0] == layers.ICMPv6TypeNeighborSolicitation || p[0] == layers.ICMPv6TypeNeighborAdvertisement; neighbour && len(p) >= 24 {
		return text + " " + netip.AddrFrom16([16]byte(p[8:24])).String()
	}
	return echo(text, p, p[0] == layers.ICMPv6TypeEchoRequest || p[0] == layers.ICMPv6TypeEchoReply)
}

func echo(kind string, p []byte, isEcho bool) string {
	if !isEcho {
		return kind
	}
	return kind + " id=0x" + strconv.FormatUint(uint64(binary.BigEndian.Uint16(p[4:]))|0x10000, 16)[1:] +
		" seq=" + strconv.Itoa(int(binary.BigEndian.Uint16(p[6:])))
}
