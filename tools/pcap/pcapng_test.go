package pcap

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// record returns a packet as a record of a pcap stream.
func record(order binary.AppendByteOrder, seconds, fraction, original uint32, data string) []byte {
	b := order.AppendUint32(nil, seconds)
	b = order.AppendUint32(b, fraction)
	b = order.AppendUint32(b, uint32(len(data)))
	b = order.AppendUint32(b, original)
	return append(b, data...)
}

func count(n uint64) *uint64 { return &n }

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// readNG reads a whole file.
func readNG(t testing.TB, file io.Reader) (*NGReader, []NGPacket) {
	t.Helper()
	r := must(NewNGReader(file))(t)
	var packets []NGPacket
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, packets
		}
		check(t, err)
		p.Data = bytes.Clone(p.Data)
		packets = append(packets, p)
	}
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	section := Section{Application: "podtracer 1.0", OS: "linux", Comments: []string{"one", "two ö lines"}}
	interfaces := []Interface{
		{Name: "shop/cart-0:eth0", Description: "node-1", Filter: "port 80", LinkType: 1, SnapLen: 256, Comments: []string{"ü"}},
		{Name: "shop/cart-1:eth0", LinkType: 276, Nanos: true},
	}
	names := []NameRecord{
		{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{"cart-0.shop"}},
		{Addr: netip.MustParseAddr("2001:db8::1"), Names: []string{"cart-0.shop", "payments.shop.svc"}},
	}
	statistics := map[uint32]Statistics{
		0: {Start: time.Unix(1000, 999_999_000), End: time.Unix(2000, 1000), Received: count(7), OSDropped: count(0)},
		1: {
			Start: time.Unix(1000, 999_999_999), End: time.Unix(2000, 1), Received: count(1), InterfaceDropped: count(2),
			Accepted: count(3), OSDropped: count(4), Delivered: count(math.MaxUint64), Comments: []string{"whole"},
		},
	}
	var file bytes.Buffer
	w := must(NewNGWriter(&file, section))(t)
	for want, i := range interfaces {
		if id := must(w.AddInterface(i))(t); id != uint32(want) {
			t.Errorf("interface %d is number %d", want, id)
		}
	}
	micros := Header{Order: binary.BigEndian, LinkType: 1}
	nanos := Header{Order: binary.LittleEndian, LinkType: 276, Nanos: true}
	check(t,
		w.WritePacket(0, micros, record(binary.BigEndian, math.MaxUint32, 999_999, 1500, "one")),
		w.WriteNames(names[:1]),
		w.WritePacket(1, nanos, record(binary.LittleEndian, math.MaxUint32, 999_999_999, 0, "")),
		w.WriteStatistics(0, Statistics{Received: count(1)}),
		w.WriteNames(names[1:]),
		w.WriteStatistics(0, statistics[0]),
		w.WriteStatistics(1, statistics[1]),
		w.Flush())

	r, packets := readNG(t, iotest.OneByteReader(&file))
	equal(t, "section", r.Section(), section)
	equal(t, "interfaces", r.Interfaces(), interfaces)
	equal(t, "names", r.Names(), names)
	equal(t, "statistics", r.Statistics(), statistics)
	equal(t, "packets", packets, []NGPacket{
		{Interface: 0, Seconds: math.MaxUint32, Fraction: 999_999, Captured: 3, Original: 1500, Data: []byte("one")},
		{Interface: 1, Seconds: math.MaxUint32, Fraction: 999_999_999, Captured: 0, Original: 0, Data: []byte{}},
	})
}

func TestBlocksAreLaidOutAsTheDraftSays(t *testing.T) {
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{Application: "abc", OS: "linux", Comments: []string{"c"}}))(t)
	must(w.AddInterface(Interface{Name: "eth0", Description: "de", Filter: "tcp", LinkType: 1, SnapLen: 256}))(t)
	check(t,
		w.WritePacket(0, Header{Order: binary.BigEndian, LinkType: 1}, record(binary.BigEndian, 0x10000, 1, 9, "hello")),
		w.WriteNames([]NameRecord{{Addr: netip.MustParseAddr("::ffff:10.0.0.1"), Names: []string{"a", "bc"}}, {Addr: netip.IPv6Loopback()}}),
		w.WriteStatistics(0, Statistics{
			Start: time.Unix(0, 1000), End: time.Unix(0x10000, 1000), Received: count(0x0102030405060708), InterfaceDropped: count(5),
			Accepted: count(6), OSDropped: count(7), Delivered: count(8), Comments: []string{"c"},
		}),
		w.Flush())
	want := []string{
		"0a0d0d0a" + "3c000000" + "4d3c2b1a" + "0100" + "0000" + "ffffffffffffffff" + // section: order, version, length
			"01000100" + "63000000" + "03000500" + "6c696e7578000000" + "04000300" + "61626300" + "00000000" + "3c000000",
		"01000000" + "38000000" + "0100" + "0000" + "00010000" + // interface: link type, reserved, snapshot length
			"02000400" + "65746830" + "03000200" + "64650000" + "09000100" + "06000000" + "0b000400" + "00746370" +
			"00000000" + "38000000",
		"06000000" + "28000000" + "00000000" + "0f000000" + "01004042" + "05000000" + "09000000" + // packet: 0xf42400001 µs
			"68656c6c6f000000" + "28000000",
		"04000000" + "20000000" + "01000900" + "0a000001" + "6100" + "626300" + "000000" + "00000000" + "20000000", // names
		"05000000" + "78000000" + "00000000" + "0f000000" + "01004042" + // statistics: interface, time
			"01000100" + "63000000" + "02000800" + "00000000" + "01000000" + "03000800" + "0f000000" + "01004042" +
			"04000800" + "0807060504030201" + "05000800" + "0500000000000000" + "06000800" + "0600000000000000" +
			"07000800" + "0700000000000000" + "08000800" + "0800000000000000" + "00000000" + "78000000",
	}
	if got, want := hex.EncodeToString(file.Bytes()), strings.Join(want, ""); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestATimeInMicrosecondsIsTheSameInNanoseconds(t *testing.T) {
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{}))(t)
	must(w.AddInterface(Interface{LinkType: 1, Nanos: true}))(t)
	check(t, w.WritePacket(0, Header{Order: binary.LittleEndian, LinkType: 1}, record(binary.LittleEndian, 7, 999_999, 0, "")), w.Flush())
	if _, p := readNG(t, &file); len(p) != 1 || p[0].Seconds != 7 || p[0].Fraction != 999_999_000 {
		t.Errorf("got %+v", p)
	}
}

func TestWhatDoesNotFitItsInterfaceIsRefusedAndNothingIsWritten(t *testing.T) {
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{}))(t)
	must(w.AddInterface(Interface{LinkType: 1}))(t)
	h, whole := Header{Order: binary.LittleEndian, LinkType: 1}, record(binary.LittleEndian, 1, 2, 3, "data")
	other, nanos := h, h
	other.LinkType, nanos.Nanos = 276, true
	for name, err := range map[string]error{
		"an interface that is not there": w.WritePacket(1, h, whole),
		"another link type":              w.WritePacket(0, other, whole),
		"nanoseconds":                    w.WritePacket(0, nanos, whole),
		"a record that is too short":     w.WritePacket(0, h, whole[:len(whole)-1]),
		"a record that is too long":      w.WritePacket(0, h, append(bytes.Clone(whole), 0)),
		"half a header":                  w.WritePacket(0, h, whole[:8]),
		"statistics of no interface":     w.WriteStatistics(1, Statistics{}),
		"no address":                     w.WriteNames([]NameRecord{{Names: []string{"a"}}}),
		"an empty name":                  w.WriteNames([]NameRecord{{Addr: netip.IPv6Loopback(), Names: []string{"a", ""}}}),
		"two names in one":               w.WriteNames([]NameRecord{{Addr: netip.IPv6Loopback(), Names: []string{"a\x00b"}}}),
		"an endless name":                w.WriteNames([]NameRecord{{Addr: netip.IPv6Loopback(), Names: []string{strings.Repeat("a", 65_001)}}}),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := w.AddInterface(Interface{LinkType: 0x10000}); err == nil {
		t.Error("a link type of 17 bits is accepted")
	}
	check(t, w.WritePacket(0, h, whole), w.Flush())
	r, packets := readNG(t, &file)
	if len(packets) != 1 || len(r.Interfaces()) != 1 || len(r.Names())+len(r.Statistics()) != 0 {
		t.Errorf("got %+v, %+v", packets, r)
	}
}

func TestWhatToolsPrintOfAFileDoesNothingToATerminal(t *testing.T) {
	const hostile = "x\x1b]52;c;aGk=\a\x1b[2J\u009b31m\x9b\u202e\n\r"
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{Application: hostile, OS: hostile, Comments: []string{hostile}}))(t)
	must(w.AddInterface(Interface{Name: hostile, Description: hostile, Filter: hostile, Comments: []string{hostile}}))(t)
	check(t, w.WriteNames([]NameRecord{{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{hostile}}}))
	check(t, w.WriteStatistics(0, Statistics{Comments: []string{hostile}}), w.Flush())
	r, _ := readNG(t, &file)
	i := r.Interfaces()[0]
	texts := append([]string{r.Section().Application, r.Section().OS, i.Name, i.Description, i.Filter}, r.Names()[0].Names...)
	texts = slices.Concat(texts, r.Section().Comments, i.Comments, r.Statistics()[0].Comments)
	for _, text := range texts {
		equal(t, "text", text, `x\x1b]52;c;aGk=\x07\x1b[2J<U+009B>31m\x9b<U+202E>\x0a\x0d`)
	}
	if len(texts) != 9 {
		t.Errorf("%d texts", len(texts))
	}
}

func TestATextIsMadeSafeAndCutAtACharacter(t *testing.T) {
	long := strings.Repeat("a", 64_999) + "é" + strings.Repeat("b", 10_000)
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{Application: "a\xffb", Comments: []string{long, "", "next"}}))(t)
	must(w.AddInterface(Interface{Filter: strings.Repeat("é", 40_000)}))(t)
	check(t, w.Flush())
	r, _ := readNG(t, &file)
	equal(t, "comments", r.Section().Comments, []string{long[:64_999], "next"})
	equal(t, "application", r.Section().Application, `a\xffb`)
	if f := r.Interfaces()[0].Filter; len(f) != 65_000 || !utf8.ValidString(f) {
		t.Errorf("the filter has %d bytes", len(f))
	}
}

func TestNamesThatHaveNoRoomGoToFurtherRecordsAndBlocks(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")}
	var want []NameRecord
	for _, a := range addrs {
		r := NameRecord{Addr: a, Names: []string{strings.Repeat("x", maxText)}}
		for i := range 100_000 {
			r.Names = append(r.Names, strings.Repeat("n", 1+i%20))
		}
		want = append(want, r)
	}
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{}))(t)
	check(t, w.WriteNames(want), w.Flush())
	for b := file.Bytes(); len(b) > 0; b = b[binary.LittleEndian.Uint32(b[4:]):] {
		if size := binary.LittleEndian.Uint32(b[4:]); size > 1<<20+1<<17 {
			t.Errorf("a block of %d bytes", size)
		}
	}
	r, _ := readNG(t, &file)
	var got []NameRecord
	for _, n := range r.Names() {
		if len(got) == 0 || got[len(got)-1].Addr != n.Addr {
			got = append(got, NameRecord{Addr: n.Addr})
		}
		last := &got[len(got)-1]
		last.Names = append(last.Names, n.Names...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the names differ")
	}
}

func TestATimeBefore1970IsNotKnown(t *testing.T) {
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{}))(t)
	must(w.AddInterface(Interface{}))(t)
	check(t, w.WriteStatistics(0, Statistics{Start: time.Unix(-1, 0), End: time.Unix(0, 0)}), w.Flush())
	r, _ := readNG(t, &file)
	equal(t, "statistics", r.Statistics()[0], Statistics{End: time.Unix(0, 0)})
}

// brokenPipe fails after some bytes.
type brokenPipe struct{ left int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestAnErrorOfTheWriterBelowStays(t *testing.T) {
	w := must(NewNGWriter(&brokenPipe{left: 2 << 20}, Section{}))(t)
	must(w.AddInterface(Interface{LinkType: 1}))(t)
	h, p := Header{Order: binary.LittleEndian, LinkType: 1}, record(binary.LittleEndian, 1, 2, 3, strings.Repeat("a", 65_000))
	var err error
	for n := 0; err == nil && n < 100; n++ {
		err = w.WritePacket(0, h, p)
	}
	_, added := w.AddInterface(Interface{})
	for i, err := range []error{err, added, w.WritePacket(0, h, p), w.WriteStatistics(0, Statistics{}), w.Flush()} {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

func TestAPacketIsWrittenAndReadWithoutAllocation(t *testing.T) {
	var file bytes.Buffer
	w := must(NewNGWriter(&file, Section{}))(t)
	must(w.AddInterface(Interface{LinkType: 1}))(t)
	h, p := Header{Order: binary.BigEndian, LinkType: 1}, record(binary.BigEndian, 1, 2, 3, strings.Repeat("a", 1001))
	file.Grow(4 << 20)
	if n := testing.AllocsPerRun(2000, func() { check(t, w.WritePacket(0, h, p)) }); n > 0 {
		t.Errorf("%v allocations for a packet written", n)
	}
	check(t, w.Flush())
	r := must(NewNGReader(&file))(t)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1500, func() { must(r.Next())(t) }); n > 0 {
		t.Errorf("%v allocations for a packet read", n)
	}
}
