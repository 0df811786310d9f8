package packet

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// message is a DNS message: RFC 1035, 4.
type message struct {
	id, flags uint16
	counts    [4]int // of questions, answers, authorities and additional records, by the header
	questions []question
	records   [3][]record
	cut       bool   // the bytes end before the message does
	wrong     string // why the rest cannot be read
	until     int    // bytes that could be read
}

// read is the offset in a packet at which reading ended; start is where the message begins.
func (m *message) read(start int) int { return start + m.until }

type question struct {
	name  string
	kind  recordType
	class uint16
	at    span
}

type record struct {
	question
	ttl   uint32
	value string
}

// span is where something is in a message.
type span struct{ start, end int }

const dnsHeader = 12 // bytes

// parseMessage reads as much of a message as possible. What it has read is valid, whatever follows.
func parseMessage(p []byte) (m message) {
	if len(p) < dnsHeader {
		m.cut = true
		return m
	}
	m.id, m.flags = binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
	for i := range m.counts {
		m.counts[i] = int(binary.BigEndian.Uint16(p[4+2*i:]))
	}
	r := dnsReader{p: p, at: dnsHeader}
	m.until = dnsHeader
	for range m.counts[0] {
		q := r.question()
		if !r.good() {
			break
		}
		m.questions, m.until = append(m.questions, q), r.at
	}
	for i := range m.records {
		for range m.counts[1+i] {
			if !r.good() {
				break
			}
			if rr := r.record(); r.good() {
				m.records[i], m.until = append(m.records[i], rr), r.at
			}
		}
	}
	m.cut, m.wrong = r.cut, r.wrong
	return m
}

func (m *message) response() bool { return m.flags&0x8000 != 0 }

// plausible says whether arbitrary bytes are a message. It is for TCP streams, in which the beginnings of messages are not known.
func (m *message) plausible() bool {
	const opcodes, reserved = 0x7800, 0x0040
	return m.wrong == "" && m.flags&(opcodes|reserved) == 0 && m.counts[0] <= 1 && (len(m.questions) == m.counts[0] || m.cut)
}

// line returns a message as a line.
func (m *message) line() string {
	var b strings.Builder
	b.WriteString(m.operation())
	if m.response() {
		b.WriteString(" response")
	}
	b.WriteString(" 0x" + hex16(m.id))
	if m.response() && m.code() != 0 {
		b.WriteString(" " + codeName(m.code()))
	}
	for _, q := range m.questions {
		b.WriteString(" " + q.kind.String() + " " + q.name)
	}
	for _, a := range m.records[0] {
		b.WriteString(" " + a.kind.String() + " " + a.value)
	}
	return b.String()
}

// operation is what the message asks for.
func (m *message) operation() string {
	names := [...]string{"Standard query", "Inverse query", "Server status request", "Operation 3", "Zone change notification", "Dynamic update", "DSO"}
	if op := int(m.flags >> 11 & 0xf); op < len(names) {
		return names[op]
	}
	return "Operation " + strconv.Itoa(int(m.flags>>11&0xf))
}

func (m *message) code() int { return int(m.flags & 0xf) }

// codeName is the error of a response, in tcpdump's words.
func codeName(code int) string {
	names := [...]string{"NoError", "FormErr", "ServFail", "NXDomain", "NotImp", "Refused", "YXDomain", "YXRRSet", "NXRRSet", "NotAuth", "NotZone"}
	if code < len(names) {
		return names[code]
	}
	return "Resp" + strconv.Itoa(code)
}

func hex16(n uint16) string { return strconv.FormatUint(uint64(n)|0x10000, 16)[1:] }

// dnsReader reads a message from the front. After bytes that are wrong or missing it reads nothing.
type dnsReader struct {
	p     []byte
	at    int
	cut   bool
	wrong string
}

func (r *dnsReader) good() bool { return !r.cut && r.wrong == "" }

// take returns the next n bytes; nil if they are not all there.
func (r *dnsReader) take(n int) []byte {
	if !r.good() || len(r.p)-r.at < n {
		r.cut = r.wrong == ""
		return nil
	}
	r.at += n
	return r.p[r.at-n : r.at]
}

func (r *dnsReader) number(size int) (n uint32) {
	for _, b := range r.take(size) {
		n = n<<8 | uint32(b)
	}
	return n
}

func (r *dnsReader) question() (q question) {
	q.at.start = r.at
	q.name = r.name()
	q.kind, q.class = recordType(r.number(2)), uint16(r.number(2))
	q.at.end = r.at
	return q
}

func (r *dnsReader) record() (rr record) {
	rr.question = r.question()
	rr.ttl = r.number(4)
	size := int(r.number(2))
	start := r.at
	if r.take(size) == nil {
		return rr
	}
	value := dnsReader{p: r.p[:r.at], at: start}
	rr.value = value.value(rr.kind, size)
	if !value.good() { // the value is complete
		rr.value = "malformed, " + figuresOf(size)
	}
	rr.at.end = r.at
	return rr
}

func figuresOf(bytes int) string {
	if bytes == 1 {
		return "1 byte"
	}
	return strconv.Itoa(bytes) + " bytes"
}

// name reads a name, which may continue at an earlier place (compression).
func (r *dnsReader) name() string {
	const pointer, longest = 0xc0, 255
	var b strings.Builder
	jumped := -1 // where reading goes on after the first pointer
	floor := r.at
	for {
		size := r.number(1)
		switch {
		case !r.good():
			return ""
		case size == 0:
			if jumped >= 0 {
				r.at = jumped
			}
			if b.Len() == 0 {
				return "."
			}
			return b.String()
		case size&pointer == pointer:
			to := int(size&^pointer)<<8 | int(r.number(1))
			if !r.good() {
				return ""
			}
			if jumped < 0 {
				jumped = r.at
			}
			if to >= floor { // pointers that only go back cannot loop
				r.wrong = "a name continues at byte " + strconv.Itoa(to) + ", which is not before it"
				return ""
			}
			r.at, floor = to, to
		case size&pointer != 0:
			r.wrong = "a label of an unknown kind"
			return ""
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.Write(r.take(int(size)))
			if b.Len() > longest {
				r.wrong = "a name of more than 255 bytes"
				return ""
			}
		}
	}
}
