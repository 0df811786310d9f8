package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/printable"
	"time"
)

// Seeds that are too large to write down are the captures of golden_test.go.
func addCaptures(f *testing.F, add func(stream []byte)) {
	f.Helper()
	for _, c := range golden {
		add(capture(f, c.file))
	}
}

func FuzzReader(f *testing.F) {
	addCaptures(f, func(stream []byte) { f.Add(stream) })
	f.Fuzz(func(t *testing.T, stream []byte) {
		r, err := NewReader(bytes.NewReader(stream))
		if err != nil {
			return
		}
		got := bytes.Clone(r.RawHeader())
		for {
			p, err := r.Next()
			if err != nil {
				checkEnd(t, err, len(got) == len(stream))
				break
			}
			got = append(got, p...)
		}
		if !bytes.HasPrefix(stream, got) {
			t.Errorf("%d bytes that are not the stream's first", len(got))
		}
	})
}

// checkEnd checks that a reader ends for one of its three reasons, with io.EOF exactly if everything was returned.
func checkEnd(t *testing.T, err error, whole bool) {
	t.Helper()
	switch {
	case errors.Is(err, io.EOF):
		if !whole {
			t.Error("io.EOF, although bytes are left")
		}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, ErrFormat):
		if whole {
			t.Errorf("everything was read, but the error is %v", err)
		}
	default:
		t.Errorf("got %v", err)
	}
}

// FuzzScanner compares the scanner, which gets a stream in pieces, with the reader.
func FuzzScanner(f *testing.F) {
	addCaptures(f, func(stream []byte) { f.Add(stream, 5) })
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		piece = max(1, piece%1000)
		s := NewScanner()
		var broken error
		for rest := stream; len(rest) > 0 && broken == nil; {
			var n int
			n, _, broken = s.Next(rest[:min(piece, len(rest))])
			rest = rest[n:]
		}
		var whole, packets int64
		r, err := NewReader(bytes.NewReader(stream))
		if err == nil {
			whole = FileHeaderLen
		}
		for err == nil {
			var p []byte
			if p, err = r.Next(); err == nil {
				whole, packets = whole+int64(len(p)), packets+1
			}
		}
		if s.Whole() != whole || s.Packets() != packets || errors.Is(err, ErrFormat) != (broken != nil) {
			t.Errorf("scanned %d packets in %d bytes, %v; read %d in %d, %v", s.Packets(), s.Whole(), broken, packets, whole, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	addCaptures(f, func(stream []byte) {
		h, all := records(f, stream)
		for _, p := range all {
			f.Add(h.LinkType, p[PacketHeaderLen:])
		}
	})
	f.Fuzz(func(t *testing.T, link uint32, packet []byte) {
		l := Parse(link, packet)
		if l.Headers < 0 || l.Headers > len(packet) {
			t.Errorf("headers of %d bytes in %d", l.Headers, len(packet))
		}
		if l.Src.IsValid() != l.Dst.IsValid() || l.Src.Is4In6() || l.Dst.Is4In6() {
			t.Errorf("from %v to %v", l.Src, l.Dst)
		}
		if again := Parse(link, packet[:l.Headers]); again != l {
			t.Errorf("%+v, but the headers alone are %+v", l, again)
		}
	})
}

// fuzzed cuts the fuzzer's bytes into values.
type fuzzed []byte

func (f *fuzzed) take(n int) []byte {
	n = min(n, len(*f))
	b := (*f)[:n]
	*f = (*f)[n:]
	return b
}

func (f *fuzzed) number() uint64 {
	return binary.LittleEndian.Uint64(append(bytes.Clone(f.take(8)), make([]byte, 8)...))
}
func (f *fuzzed) byte() byte { return append(f.take(1), 0)[0] }

// text returns 0 to 255 bytes of valid text.
func (f *fuzzed) text() string { return printable.Line(string(f.take(int(f.byte())))) }

func (f *fuzzed) texts() (all []string) {
	for range f.byte() % 4 {
		if s := f.text(); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// names returns nil if there are no names; such a record is left out.
func (f *fuzzed) names() (all []NameRecord) {
	addr := netip.AddrFrom16([16]byte(append(bytes.Clone(f.take(16)), make([]byte, 16)...))).Unmap()
	if f.byte()%2 == 0 {
		addr = netip.AddrFrom4([4]byte(addr.AsSlice()))
	}
	names := f.texts()
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, "\x00", ".")
	}
	if len(names) == 0 {
		return nil
	}
	return []NameRecord{{Addr: addr, Names: names}}
}

// time returns a time in the resolution of an interface, or an unknown one.
func (f *fuzzed) time(nanos bool) time.Time {
	seconds, fraction := f.number()%(1<<34), f.number()%1e9
	if seconds == 0 {
		return time.Time{}
	}
	if !nanos {
		fraction -= fraction % 1e3
	}
	return time.Unix(int64(seconds), int64(fraction))
}

func (f *fuzzed) counter() *uint64 {
	if f.byte()%2 == 0 {
		return nil
	}
	return count(f.number())
}

func (f *fuzzed) statistics(nanos bool) Statistics {
	return Statistics{
		Start: f.time(nanos), End: f.time(nanos), Received: f.counter(), InterfaceDropped: f.counter(), Accepted: f.counter(),
		OSDropped: f.counter(), Delivered: f.counter(), Comments: f.texts(),
	}
}

// ngFile is what was written to a file or read from it.
type ngFile struct {
	section    Section
	interfaces []Interface
	names      []NameRecord
	statistics map[uint32]Statistics
	packets    []NGPacket
}

// write writes what the fuzzer's bytes say, and returns what should be read back.
func (f *fuzzed) write(t *testing.T, to io.Writer) ngFile {
	t.Helper()
	want := ngFile{statistics: map[uint32]Statistics{}}
	want.section = Section{Application: f.text(), OS: f.text(), Comments: f.texts()}
	w := must(NewNGWriter(to, want.section))(t)
	for len(*f) > 0 {
		kind, id := f.byte()%8, uint32(f.byte())
		if len(want.interfaces) == 0 {
			kind = 0
		} else {
			id %= uint32(len(want.interfaces))
		}
		switch kind {
		case 0:
			i := Interface{Name: f.text(), Description: f.text(), Filter: f.text(), Comments: f.texts(),
				LinkType: uint32(f.number() % (1 << 16)), SnapLen: uint32(f.number()), Nanos: f.byte()%2 == 0}
			if id := must(w.AddInterface(i))(t); id != uint32(len(want.interfaces)) {
				t.Errorf("interface %d is number %d", len(want.interfaces), id)
			}
			want.interfaces = append(want.interfaces, i)
		case 1:
			names := f.names()
			check(t, w.WriteNames(names))
			want.names = append(want.names, names...)
		case 2:
			s := f.statistics(want.interfaces[id].Nanos)
			check(t, w.WriteStatistics(id, s))
			want.statistics[id] = s
		default:
			h, p := f.packet(id, want.interfaces[id])
			check(t, w.WritePacket(id, h, asRecord(h, want.interfaces[id].Nanos, p)))
			want.packets = append(want.packets, p)
		}
	}
	check(t, w.Flush())
	return want
}

// packet returns a packet of an interface, and the header of its stream.
func (f *fuzzed) packet(id uint32, i Interface) (Header, NGPacket) {
	h := Header{Order: binary.LittleEndian, Nanos: i.Nanos, LinkType: i.LinkType}
	kind := f.byte()
	if kind&1 != 0 {
		h.Order = binary.BigEndian
	}
	p := NGPacket{Interface: id, Seconds: uint64(uint32(f.number())), Fraction: uint32(f.number() % 1e6), Original: uint32(f.number())}
	switch {
	case !i.Nanos:
	case kind&2 != 0: // a stream in microseconds
		h.Nanos = false
		p.Fraction *= 1e3
	default:
		p.Fraction = p.Fraction*1e3 + uint32(kind)
	}
	p.Data = bytes.Repeat(f.take(int(f.byte())), 1+int(kind)/32) // up to 2 KB
	p.Captured = uint32(len(p.Data))
	return h, p
}

func FuzzNG(f *testing.F) {
	addCaptures(f, func(stream []byte) { f.Add(stream) })
	f.Fuzz(func(t *testing.T, data []byte) {
		var file bytes.Buffer
		want := (*fuzzed)(&data).write(t, &file)
		r, packets := readNG(t, &file)
		got := ngFile{r.Section(), r.Interfaces(), r.Names(), r.Statistics(), packets}
		if len(got.packets) != len(want.packets) {
			t.Fatalf("%d packets, want %d", len(got.packets), len(want.packets))
		}
		for n, p := range want.packets {
			if q := got.packets[n]; !reflect.DeepEqual(q, p) {
				t.Errorf("packet %d: got %+v, want %+v", n, q, p)
			}
		}
		got.packets, want.packets = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func FuzzNGReader(f *testing.F) {
	addCaptures(f, func(stream []byte) {
		var file bytes.Buffer
		w := must(NewNGWriter(&file, Section{Application: "podtracer", Comments: []string{"comment"}}))(f)
		h, all := records(f, stream)
		must(w.AddInterface(Interface{Name: "eth0", Filter: "tcp", LinkType: h.LinkType, Nanos: h.Nanos}))(f)
		check(f, w.WriteNames([]NameRecord{{Addr: netip.IPv6Loopback(), Names: []string{"a", "b"}}}))
		for _, p := range all[:min(2, len(all))] {
			check(f, w.WritePacket(0, h, p))
		}
		check(f, w.WriteStatistics(0, Statistics{Start: time.Unix(1, 1), Received: count(math.MaxUint64)}), w.Flush())
		f.Add(file.Bytes())
	})
	order := binary.BigEndian
	f.Add(slices.Concat(ngSection(order), ngInterface(order, ngOption(order, 9, "\x09")),
		ngBlock(order, 6, words(order, 0, 1, 2, 4, 9), []byte("data"))))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewNGReader(bytes.NewReader(file))
		left := len(file)
		for err == nil {
			var p NGPacket
			p, err = r.Next()
			if err == nil && (len(p.Data) != int(p.Captured) || int(p.Interface) >= len(r.Interfaces())) {
				t.Errorf("got %+v", p)
			}
			if left -= len(p.Data); left < 0 {
				t.Error("more data than there is in the file")
			}
		}
		if r != nil && cap(r.body) > 2*len(file)+128<<10 {
			t.Errorf("room of %d bytes for a file of %d", cap(r.body), len(file))
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrFormat) {
			t.Errorf("got %v", err)
		}
	})
}
