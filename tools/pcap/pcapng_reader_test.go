package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"
)

// ngBlock returns a block of pcapng with its body, padded.
func ngBlock(order binary.AppendByteOrder, kind uint32, body ...[]byte) []byte {
	all := slices.Concat(body...)
	all = append(all, make([]byte, -len(all)&3)...)
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(len(all)+12))
	b = append(b, all...)
	return order.AppendUint32(b, uint32(len(all)+12))
}

// ngOption returns an option, or a name record.
func ngOption(order binary.AppendByteOrder, code uint16, value string) []byte {
	b := order.AppendUint16(nil, code)
	b = order.AppendUint16(b, uint16(len(value)))
	return append(b, value+"\x00\x00\x00"[:-len(value)&3]...)
}

func words(order binary.AppendByteOrder, values ...uint32) (b []byte) {
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return b
}

// halves returns the bytes of a 32-bit word made of two 16-bit values.
func halves(order binary.AppendByteOrder, one, two uint16) []byte {
	return order.AppendUint16(order.AppendUint16(nil, one), two)
}

func ngSection(order binary.AppendByteOrder, options ...[]byte) []byte {
	return ngBlock(order, blockSection, words(order, byteOrderMagic), halves(order, 1, 0), words(order, 0xffffffff, 0xffffffff),
		slices.Concat(options...))
}

func ngInterface(order binary.AppendByteOrder, options ...[]byte) []byte {
	return ngBlock(order, blockInterface, halves(order, 1, 0), words(order, 256), slices.Concat(options...))
}

func TestBothByteOrdersAreReadAndWhatIsNotKnownIsSkipped(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		eight := func(v uint64) string { return string(order.AppendUint64(nil, v)) }
		file := slices.Concat(
			ngSection(order, ngOption(order, 2, "hardware"), ngOption(order, 4, "app"), ngOption(order, 0, "")),
			ngBlock(order, 0x80000001, []byte("of somebody else")),
			ngInterface(order, ngOption(order, 2, "eth0"), ngOption(order, 12, "os"), ngOption(order, 9, "\x09"),
				ngOption(order, 11, "\x01bytecode"), ngOption(order, 0, ""), []byte("rubbish")),
			ngBlock(order, 4, ngOption(order, 1, "\x0a\x00\x00\x01a\x00bc\x00"), ngOption(order, 3, "eui"), ngOption(order, 0, ""),
				ngOption(order, 2, "dns")),
			ngBlock(order, 6, words(order, 0, 1, 2, 5, 9), []byte("hello\x00\x00\x00"), ngOption(order, 1, "comment")),
			ngBlock(order, 5, words(order, 0, 0, 0), ngOption(order, 2, string(words(order, 1, 2))), ngOption(order, 7, eight(1<<40)),
				ngOption(order, 99, "?")),
			ngInterface(order),
			ngBlock(order, 3, words(order, 4), []byte("data")),
			ngBlock(order, 6, words(order, 1, 0, 1_000_001, 0, 0)),
		)
		r, packets := readNG(t, bytes.NewReader(file))
		equal(t, "section", r.Section(), Section{Application: "app"})
		equal(t, "interfaces", r.Interfaces(), []Interface{{Name: "eth0", LinkType: 1, SnapLen: 256, Nanos: true}, {LinkType: 1, SnapLen: 256}})
		equal(t, "names", r.Names(), []NameRecord{{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{"a", "bc"}}})
		equal(t, "statistics", r.Statistics(), map[uint32]Statistics{0: {Start: time.Unix(4, 294967298), OSDropped: count(1 << 40)}})
		equal(t, "packets", packets, []NGPacket{
			{Seconds: 4, Fraction: 294967298, Captured: 5, Original: 9, Data: []byte("hello")},
			{Interface: 1, Seconds: 1, Fraction: 1, Data: []byte{}},
		})
	}
}

func TestAFileThatEndsInABlockIsToldFromOneThatEndsBehindIt(t *testing.T) {
	o := binary.LittleEndian
	blocks := [][]byte{
		ngSection(o, ngOption(o, 1, "comment")), ngInterface(o), ngBlock(o, 6, words(o, 0, 0, 0, 4, 4), []byte("data")),
		ngBlock(o, 4, ngOption(o, 1, "\x0a\x00\x00\x01a\x00"), ngOption(o, 0, "")), ngBlock(o, 77),
	}
	ends := map[int]bool{0: true}
	whole := []byte{}
	for _, b := range blocks {
		whole = append(whole, b...)
		ends[len(whole)] = true
	}
	for cut := range len(whole) + 1 {
		r, err := NewNGReader(bytes.NewReader(whole[:cut]))
		for err == nil {
			_, err = r.Next()
		}
		want := io.ErrUnexpectedEOF
		if ends[cut] {
			want = io.EOF
		}
		if !errors.Is(err, want) || errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: got %v, want %v", cut, err, want)
		}
	}
}

func TestWhatCannotBeTrueOfPcapngIsRefused(t *testing.T) {
	o := binary.LittleEndian
	section, packet := ngSection(o), ngBlock(o, 6, words(o, 0, 0, 0, 4, 4), []byte("data"))
	odd := ngBlock(o, 77, words(o, 1))
	odd[4] = 15
	for name, file := range map[string][]byte{
		"pcap":                           stream(o, 0xa1b2c3d4, "one"),
		"no byte order":                  ngBlock(o, blockSection, words(o, 1, 1, 1, 1)),
		"version 2":                      ngBlock(o, blockSection, words(o, byteOrderMagic, 2, 0, 0)),
		"half a section header":          ngBlock(o, blockSection, words(o, byteOrderMagic, 1)),
		"a second section":               slices.Concat(section, section),
		"a block shorter than its head":  slices.Concat(section, words(o, 77, 8, 8)),
		"a length that is not a four":    slices.Concat(section, odd),
		"two lengths":                    slices.Concat(section, words(o, 77, 16, 0, 20)),
		"an endless block":               slices.Concat(section, words(o, 77, 0xfffffffc)),
		"half an interface":              slices.Concat(section, ngBlock(o, 1, words(o, 1))),
		"a resolution of milliseconds":   slices.Concat(section, ngInterface(o, ngOption(o, 9, "\x03"))),
		"a time offset":                  slices.Concat(section, ngInterface(o, ngOption(o, 14, "12345678"))),
		"an option longer than its room": slices.Concat(section, ngInterface(o, words(o, 0x00090002, 1, 2))),
		"a packet of no interface":       slices.Concat(section, packet),
		"half a packet":                  slices.Concat(section, ngInterface(o), ngBlock(o, 6, words(o, 0, 0, 0, 0))),
		"a packet longer than its block": slices.Concat(section, ngInterface(o), ngBlock(o, 6, words(o, 0, 0, 0, 1, 1))),
		"statistics of no interface":     slices.Concat(section, ngBlock(o, 5, words(o, 0, 0, 0))),
		"half of statistics":             slices.Concat(section, ngInterface(o), ngBlock(o, 5, words(o, 0, 0))),
		"a count of four bytes":          slices.Concat(section, ngInterface(o), ngBlock(o, 5, words(o, 0, 0, 0), ngOption(o, 7, "1234"))),
		"an address without a name":      slices.Concat(section, ngBlock(o, 4, ngOption(o, 1, "\x0a\x00\x00\x01"))),
		"a name without an end":          slices.Concat(section, ngBlock(o, 4, ngOption(o, 1, "\x0a\x00\x00\x01name"))),
	} {
		r, err := NewNGReader(bytes.NewReader(file))
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestALengthThatIsOnlyMadeUpTakesNoRoom(t *testing.T) {
	o := binary.LittleEndian
	rest := make([]byte, 1<<20)
	for name, read := range map[string]func() error{
		"pcapng": func() error {
			r := must(NewNGReader(bytes.NewReader(slices.Concat(ngSection(o), words(o, 77, maxBlock), rest))))(t)
			_, err := r.Next()
			return err
		},
		"pcap": func() error {
			r := must(NewReader(bytes.NewReader(slices.Concat(stream(o, 0xa1b2c3d4), words(o, 0, 0, maxCaptured, 0), rest))))(t)
			_, err := r.Next()
			return err
		},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := read()
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d bytes taken for %d, and %v", name, took, len(rest), err)
		}
	}
}
