package packet

import (
	"net/netip"
	"strconv"
	"time"
)

// Line is a packet as a line of text that begins with its time, as tcpdump writes it. It contains what came over the network, and is not
// safe for a terminal.
func Line(linkType uint32, at time.Time, data []byte, original int) string {
	s := Summarize(linkType, data, original, Bases{})
	return at.Format("15:04:05.000000") + " " + s.Protocol + " " + end(s.Src, s.SrcText, s.SrcPort) + " > " + end(s.Dst, s.DstText, s.DstPort) +
		": " + s.Info + ", length " + strconv.Itoa(original)
}

// end is one end of a conversation, as tcpdump writes it.
func end(addr netip.Addr, text string, port uint16) string {
	if addr.IsValid() {
		text = addr.String()
	}
	if port != 0 {
		text += "." + strconv.Itoa(int(port))
	}
	return cmpText(text, "?")
}
