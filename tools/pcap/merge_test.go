package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is a stream of packets for a merge.
type source struct {
	order binary.ByteOrder
	nanos bool
	times []int64 // nanoseconds since 1970
}

// stream returns the source as pcap. The data of each packet says which one it is.
func (s source) stream(number int) []byte {
	magic := uint32(0xa1b2c3d4)
	if s.nanos {
		magic = 0xa1b23c4d
	}
	b := make([]byte, FileHeaderLen)
	s.order.PutUint32(b, magic)
	s.order.PutUint32(b[16:], 262144)
	s.order.PutUint32(b[20:], linkEthernet)
	for i, at := range s.times {
		p := make([]byte, PacketHeaderLen+8+i%3)
		fraction := at % 1e9
		if !s.nanos {
			fraction /= 1e3
		}
		s.order.PutUint32(p, uint32(at/1e9))
		s.order.PutUint32(p[4:], uint32(fraction))
		s.order.PutUint32(p[8:], uint32(len(p)-PacketHeaderLen))
		s.order.PutUint32(p[12:], uint32(len(p)-PacketHeaderLen))
		binary.BigEndian.PutUint32(p[PacketHeaderLen:], uint32(number))
		binary.BigEndian.PutUint32(p[PacketHeaderLen+4:], uint32(i))
		b = append(b, p...)
	}
	return b
}

// merged is a packet as a Merger returns it.
type merged struct {
	stream, number int
	at             int64
}

func mergeAll(t *testing.T, sources []source) (out []merged) {
	t.Helper()
	var streams []io.Reader
	for i, s := range sources {
		streams = append(streams, bytes.NewReader(s.stream(i)))
	}
	m, err := NewMerger(streams)
	if err != nil {
		t.Fatal(err)
	}
	for {
		stream, packet, err := m.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		data := packet[PacketHeaderLen:]
		if says := int(binary.BigEndian.Uint32(data)); says != stream {
			t.Fatalf("a packet of stream %d is said to be of stream %d", says, stream)
		}
		out = append(out, merged{stream, int(binary.BigEndian.Uint32(data[4:])), m.Header(stream).Time(packet).UnixNano()})
	}
}

// kept is the time of a packet in the resolution of its stream.
func (s source) kept(i int) int64 {
	if s.nanos {
		return s.times[i]
	}
	return s.times[i] / 1e3 * 1e3
}

// plainly merges as a person would: it looks at the next packet of each stream, and takes the earliest, of equal ones the first.
func plainly(sources []source) (out []merged) {
	next := make([]int, len(sources))
	for {
		best := -1
		for i, s := range sources {
			if next[i] < len(s.times) && (best < 0 || s.kept(next[i]) < sources[best].kept(next[best])) {
				best = i
			}
		}
		if best < 0 {
			return out
		}
		out = append(out, merged{best, next[best], sources[best].kept(next[best])})
		next[best]++
	}
}

// checkMerged checks that a merge is the plain one, and that time goes back only where a stream itself does, and then within that
// stream.
func checkMerged(t *testing.T, sources []source) {
	t.Helper()
	out, want := mergeAll(t, sources), plainly(sources)
	if !slices.Equal(out, want) {
		t.Fatalf("got\n%v, want\n%v", out, want)
	}
	for i := 1; i < len(out); i++ {
		if before := out[i-1]; out[i].at < before.at && (out[i].stream != before.stream || out[i].number != before.number+1) {
			t.Fatalf("%+v comes after %+v", out[i], before)
		}
	}
}

// sourcesOf makes streams of any bytes. Of each pair, the first says which stream has the next packet, the second how much later,
// or earlier, than the one before it that is.
func sourcesOf(kinds, packets []byte) []source {
	sources := make([]source, len(kinds))
	now := make([]int64, len(kinds))
	for i, kind := range kinds {
		sources[i] = source{order: binary.LittleEndian, nanos: kind&1 != 0}
		if kind&2 != 0 {
			sources[i].order = binary.BigEndian
		}
		now[i] = 1_800_000_000_000_000_000 + int64(kind>>2)
	}
	for ; len(kinds) > 0 && len(packets) >= 2; packets = packets[2:] {
		i, step := int(packets[0])%len(kinds), int64(int8(packets[1]))
		if packets[0] >= 250 { // the clock is set
			step *= 1e9
		}
		now[i] += step * 100 // ns: some microseconds are the same, and some nanoseconds
		sources[i].times = append(sources[i].times, now[i])
	}
	return sources
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{0, 1, 2, 3}, []byte{0, 9, 1, 9, 2, 9, 3, 9, 0, 0, 1, 0, 2, 0, 3, 0})   // equal times, both resolutions and byte orders
	f.Add([]byte{1, 1}, []byte{250, 20, 251, 20, 250, 236, 251, 236, 0, 1, 1, 2, 0, 3}) // both clocks go back
	f.Add([]byte{1, 1}, []byte{0, 5, 1, 6, 0, 255, 0, 254, 1, 1, 0, 9})                 // out of order within a stream
	f.Add([]byte{0}, []byte{0, 1, 0, 1})
	f.Add([]byte{0, 0, 0}, []byte{1, 1, 1, 1}) // two are empty
	f.Fuzz(func(t *testing.T, kinds, packets []byte) {
		checkMerged(t, sourcesOf(kinds[:min(len(kinds), 64)], packets))
	})
}

func TestAMergeOfManyStreamsIsInTheOrderOfTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, streams := range []int{1, 2, 3, 50, 1000} {
		kinds, packets := make([]byte, streams), make([]byte, 20_000)
		for _, b := range [][]byte{kinds, packets} {
			for i := range b {
				b[i] = byte(random.Uint32())
			}
		}
		sources := sourcesOf(kinds, packets)
		if streams > 256 { // a byte does not name all of them
			for i := 256; i < streams; i++ {
				sources[i].times = slices.Clone(sources[i%256].times)
			}
		}
		checkMerged(t, sources)
	}
}

func TestAMergeSaysWhichStreamIsBroken(t *testing.T) {
	good := source{order: binary.LittleEndian, times: []int64{1e9, 2e9}}.stream(0)
	for name, c := range map[string]struct {
		streams [][]byte
		want    string
	}{
		"no capture":           {[][]byte{good, []byte("no capture at all, but text")}, "stream 1: not a pcap stream"},
		"nothing":              {[][]byte{{}, good}, "stream 0: EOF"},
		"cut in a packet":      {[][]byte{good, good[:len(good)-1]}, "stream 1: unexpected EOF"},
		"a packet too long":    {[][]byte{append(bytes.Clone(good), bytes.Repeat([]byte{255}, 16)...), good}, "stream 0: not a pcap stream: a packet of"},
		"cut in its beginning": {[][]byte{good[:FileHeaderLen+3], good}, "stream 0: unexpected EOF"},
	} {
		var streams []io.Reader
		for _, s := range c.streams {
			streams = append(streams, bytes.NewReader(s))
		}
		m, err := NewMerger(streams)
		for err == nil {
			_, _, err = m.Next()
		}
		if !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	for _, streams := range []int{1, 2, 50} {
		b.Run(strconv.Itoa(streams), func(b *testing.B) {
			const packets = 100_000
			var in []io.ReadSeeker
			for i := range streams {
				s := source{order: binary.LittleEndian}
				for n := range packets / streams {
					s.times = append(s.times, int64(n*streams+i)*1e3)
				}
				in = append(in, bytes.NewReader(s.stream(i)))
			}
			b.ReportAllocs()
			for b.Loop() {
				var readers []io.Reader
				for _, s := range in {
					_, _ = s.Seek(0, io.SeekStart)
					readers = append(readers, s)
				}
				m, err := NewMerger(readers)
				n := 0
				for err == nil {
					_, _, err = m.Next()
					n++
				}
				if n != packets/streams*streams+1 {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
		})
	}
}
