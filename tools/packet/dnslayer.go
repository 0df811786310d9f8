package packet

import (
	"fmt"
	"strconv"
)

// dnsLayer returns the layer of a DNS message that begins at start of its packet and ends at end.
func dnsLayer(m *message, start, end int) Layer {
	l := Layer{Name: "DNS", Start: start, End: end}
	add := func(name, value string, from, to int) {
		l.Fields = append(l.Fields, Field{name, value, min(end, start+from), min(end, start+to)})
	}
	bit := func(name string, mask uint16, at int) { add(name, strconv.FormatBool(m.flags&mask != 0), at, at+1) }
	if end-start < dnsHeader {
		return l
	}
	add("ID", "0x"+hex16(m.id), 0, 2)
	bit("QR", 0x8000, 2)
	add("OpCode", m.operation(), 2, 3)
	bit("AA", 0x0400, 2)
	bit("TC", 0x0200, 2)
	bit("RD", 0x0100, 2)
	bit("RA", 0x0080, 3)
	add("ResponseCode", codeName(m.code()), 3, 4)
	for i, name := range []string{"QDCount", "ANCount", "NSCount", "ARCount"} {
		add(name, strconv.Itoa(m.counts[i]), 4+2*i, 6+2*i)
	}
	for _, q := range m.questions {
		add("Question", q.kind.String()+" "+q.name+className(q.class), q.at.start, q.at.end)
	}
	for i, name := range []string{"Answer", "Authority", "Additional"} {
		for _, r := range m.records[i] {
			add(name, r.text(), r.at.start, r.at.end)
		}
	}
	return l
}

func (r *record) text() string {
	if r.kind == typeOPT { // OPT uses name, class and time to live differently: RFC 6891
		return fmt.Sprintf("OPT, version %d, datagrams of up to %d bytes, %s", r.ttl>>16&0xff, r.class, r.value)
	}
	return fmt.Sprintf("%s %s %s%s, %d s", r.kind, r.name, r.value, className(r.class), r.ttl)
}

// className is the class of a name; "" for the Internet's. mDNS uses the upper bit for something else.
func className(class uint16) string {
	switch class &^ 0x8000 {
	case 1:
		return ""
	case 3:
		return " (CHAOS)"
	case 255:
		return " (any class)"
	}
	return " (class " + strconv.Itoa(int(class)) + ")"
}
