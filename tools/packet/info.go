package packet

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// tcpInfo returns the line of a segment: 41822 → 8080 [SYN] Seq=0 Win=64240 Len=0.
func tcpInfo(t pcap.Transport, bases Bases) string {
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

// tcpPayload recognizes what a segment begins with; protocol is "" if it is unknown.
func tcpPayload(t pcap.Transport, p piece) (protocol, info string) {
	if len(p.bytes) == 0 {
		return "", ""
	}
	if line := httpLine(p.bytes); line != "" {
		return "HTTP", line
	}
	if info := tlsInfo(p.bytes); info != "" {
		return "TLS", info
	}
	if m, _, ok := dnsInStream(t, p.bytes); ok {
		return "DNS", m.line() + remark(&m, p, "the next segment")
	}
	return "", ""
}

// dnsInStream reads the DNS message that a segment begins with, after the message's length. If the message continues in the next
// segment, dnsInStream reads its beginning.
func dnsInStream(t pcap.Transport, p []byte) (m message, end int, ok bool) {
	const lengthPrefix = 2
	if t.SrcPort != portDNS && t.DstPort != portDNS || len(p) < lengthPrefix+dnsHeader {
		return m, 0, false
	}
	end = lengthPrefix + int(binary.BigEndian.Uint16(p))
	if end < lengthPrefix+dnsHeader {
		return m, 0, false
	}
	m = parseMessage(p[lengthPrefix:min(len(p), end)])
	return m, min(end, len(p)), m.plausible() && (!m.cut || end > len(p))
}

const (
	portDNS   = 53
	portMDNS  = 5353
	portLLMNR = 5355
	portNTP   = 123
)

var dnsPorts = map[uint16]string{portDNS: "DNS", portMDNS: "MDNS", portLLMNR: "LLMNR"}

func udpPayload(t pcap.Transport, p piece) (protocol, info string) {
	if p.sent == 0 {
		return "", ""
	}
	between := ports(t) + " Len=" + strconv.Itoa(t.Payload)
	for _, port := range []uint16{t.DstPort, t.SrcPort} {
		if protocol := dnsPorts[port]; protocol != "" {
			if len(p.bytes) < dnsHeader {
				return "UDP", between + " (" + unfinished(!p.whole(), "a message of "+figuresOf(len(p.bytes))) + ")"
			}
			m := parseMessage(p.bytes)
			if m.wrong != "" && p.whole() {
				return protocol, between + " (malformed: " + m.wrong + ")"
			}
			return protocol, m.line() + remark(&m, p, p.rest())
		}
		if port == portNTP {
			return "NTP", ports(t)
		}
	}
	if tunnel := tunnelPorts[t.DstPort]; tunnel != "" {
		return tunnel, between
	}
	return "", ""
}

// tunnelPorts are the ports of tunnels; they are used if no inner header could be read.
var tunnelPorts = map[uint16]string{4789: "VXLAN", 6081: "GENEVE"}

// remark says why a message is not complete. rest says where its rest is; "" if it should be here.
func remark(m *message, p piece, rest string) string {
	switch {
	case !m.cut && m.wrong == "":
		return ""
	case p.cut:
		return " (" + cutOff + ")"
	case rest != "":
		return " (continues in " + rest + ")"
	}
	return " (malformed: it is shorter than it claims)"
}

var httpBegins = []string{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "PATCH ", "OPTIONS ", "CONNECT ", "HTTP/1."}

// httpLine returns the first line of an HTTP/1 message.
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

// tlsInfo describes the TLS record that a segment begins with: RFC 8446, 5.1 and 4.
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

// serverName returns the server name in a TLS client hello (RFC 6066, 3); "" if there is none or the hello ends before it.
func serverName(hello []byte) string {
	c := cutter{hello}
	c.skip(4 + 2 + 32) // type, length; version; random
	c.skip(c.number(1))
	c.skip(c.number(2))
	c.skip(c.number(1))
	c.skip(2) // length of the extensions
	for len(c.p) >= 4 {
		kind, size := c.number(2), c.number(2)
		if kind != 0 {
			c.skip(size)
			continue
		}
		c.skip(2 + 1) // length of the list; type of the name
		size = c.number(2)
		if size > len(c.p) {
			return ""
		}
		return string(c.p[:size])
	}
	return ""
}

// cutter takes bytes from the front. After the end it returns no bytes, and 0 for numbers.
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

// arpInfo follows RFC 826. t has valid addresses.
func arpInfo(data []byte, t pcap.Transport) string {
	const size, operation, sender, reply = 28, 6, 8, 2
	p := data[max(0, t.Headers-size):t.Headers]
	if len(p) < size {
		return "for other hardware"
	}
	switch {
	case binary.BigEndian.Uint16(p[operation:]) == reply:
		return t.Src.String() + " is at " + hardware(p[sender:sender+6])
	case t.Src == t.Dst:
		return "announcement of " + t.Src.String()
	}
	return "Who has " + t.Dst.String() + "? Tell " + t.Src.String()
}
