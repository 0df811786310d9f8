package pcap

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unicode/utf8"

	"github.com/fennec-project/podtracer/internal/printable"
)

// blockHeadLen is the size of the type and the length of a block, in bytes; its closing length has 4 more.
const blockHeadLen = 8

// block is a pcapng block that is being put together. Its memory is reused for the next block.
type block []byte

// begin starts a block of a kind; end fills in its length.
func (b *block) begin(kind uint32) {
	*b = (*b)[:0]
	b.uint32(kind)
	b.uint32(0)
}

// end closes the options, which began at options, if there are any, and the block.
func (b *block) end(options int) {
	if len(*b) > options {
		b.option(optEnd, nil)
	}
	b.uint32(0)
	size := uint32(len(*b))
	binary.LittleEndian.PutUint32((*b)[4:], size)
	binary.LittleEndian.PutUint32((*b)[size-4:], size)
}

func (b *block) uint16(v uint16) { *b = binary.LittleEndian.AppendUint16(*b, v) }
func (b *block) uint32(v uint32) { *b = binary.LittleEndian.AppendUint32(*b, v) }
func (b *block) uint64(v uint64) { *b = binary.LittleEndian.AppendUint64(*b, v) }

func (b *block) option(code uint16, value []byte) {
	start := b.beginOption(code)
	*b = append(*b, value...)
	b.endOption(start)
}

// beginOption starts an option, or a name record, which has the same layout, and returns its offset; endOption fills in the length
// and pads.
func (b *block) beginOption(code uint16) (start int) {
	start = len(*b)
	b.uint16(code)
	b.uint16(0)
	return start
}

func (b *block) endOption(start int) {
	binary.LittleEndian.PutUint16((*b)[start+2:], uint16(len(*b)-start-4))
	for len(*b)%4 != 0 {
		*b = append(*b, 0)
	}
}

// text appends an option with a text, unless the text is empty.
func (b *block) text(code uint16, text string) {
	if text != "" {
		b.option(code, []byte(clean(text)))
	}
}

func (b *block) comments(comments []string) {
	for _, c := range comments {
		b.text(optComment, c)
	}
}

// counter appends an option with a count, unless count is nil.
func (b *block) counter(code uint16, count *uint64) {
	if count != nil {
		b.option(code, binary.LittleEndian.AppendUint64(nil, *count))
	}
}

// time appends an option with a time, unless the time is unknown.
func (b *block) time(code uint16, t time.Time, nanos bool) {
	if t.Unix() >= 0 {
		start := b.beginOption(code)
		b.timestamp(t, nanos)
		b.endOption(start)
	}
}

// timestamp appends a time as the upper and the lower half of the micro- or nanoseconds since 1970. 64 bits of nanoseconds last
// until 2554. 0 is an unknown time.
func (b *block) timestamp(t time.Time, nanos bool) {
	var ticks uint64
	if t.Unix() >= 0 {
		ticks = uint64(t.Unix())*1e6 + uint64(t.Nanosecond())/1e3
		if nanos {
			ticks = uint64(t.Unix())*1e9 + uint64(t.Nanosecond())
		}
	}
	b.uint32(uint32(ticks >> 32))
	b.uint32(uint32(ticks))
}

// names appends a name record: an address and names that end in a zero byte. It returns the names that had no room.
func (b *block) names(addr netip.Addr, names []string) []string {
	kind := uint16(nrbIPv4)
	if addr.Is6() {
		kind = nrbIPv6
	}
	start := b.beginOption(kind)
	*b = append(*b, addr.AsSlice()...)
	for value := len(*b); len(names) > 0; names = names[1:] {
		name := clean(names[0])
		if len(*b)-value+len(name) > maxText {
			break
		}
		*b = append(*b, name...)
		*b = append(*b, 0)
	}
	b.endOption(start)
	return names
}

// clean makes a text fit an option: safe to print, and at most maxText bytes, cut between characters.
func clean(text string) string {
	text = printable.Line(text)
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}
