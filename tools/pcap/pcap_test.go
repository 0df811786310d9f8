package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func stream(order binary.AppendByteOrder, magic uint32, packets ...string) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, 262144)
	b = order.AppendUint32(b, 1)
	for i, p := range packets {
		b = order.AppendUint32(b, uint32(i))
		b = order.AppendUint32(b, 0)
		b = order.AppendUint32(b, uint32(len(p)))
		b = order.AppendUint32(b, uint32(len(p)+100))
		b = append(b, p...)
	}
	return b
}

func TestEveryByteOrderAndResolutionIsReadAndGivenBackAsItWas(t *testing.T) {
	for _, c := range []struct {
		name  string
		order binary.AppendByteOrder
		magic uint32
		nanos bool
	}{
		{"little endian, microseconds", binary.LittleEndian, 0xa1b2c3d4, false},
		{"little endian, nanoseconds", binary.LittleEndian, 0xa1b23c4d, true},
		{"big endian, microseconds", binary.BigEndian, 0xa1b2c3d4, false},
		{"big endian, nanoseconds", binary.BigEndian, 0xa1b23c4d, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := stream(c.order, c.magic, "one", "", "three")
			r, err := NewReader(iotest.OneByteReader(bytes.NewReader(want)))
			if err != nil {
				t.Fatal(err)
			}
			if h := r.Header(); h.Nanos != c.nanos || h.SnapLen != 262144 || h.LinkType != 1 {
				t.Errorf("got %+v", h)
			}
			got, packets := bytes.Clone(r.RawHeader()), 0
			for {
				p, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got, packets = append(got, p...), packets+1
			}
			if packets != 3 || !bytes.Equal(got, want) {
				t.Errorf("%d packets, %d bytes of %d", packets, len(got), len(want))
			}
		})
	}
}

func TestAStreamThatEndsInAPacketIsToldFromOneThatEndsBehindIt(t *testing.T) {
	whole := stream(binary.LittleEndian, 0xa1b2c3d4, "one", "two")
	for cut := len(whole) - 1; cut > FileHeaderLen; cut-- {
		r, err := NewReader(bytes.NewReader(whole[:cut]))
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
		want := io.ErrUnexpectedEOF
		if cut == FileHeaderLen+PacketHeaderLen+len("one") {
			want = io.EOF
		}
		if !errors.Is(err, want) || errors.Is(err, ErrFormat) {
			t.Errorf("cut at %d: got %v, want %v", cut, err, want)
		}
	}
}

func TestWhatIsNotPcapIsRefused(t *testing.T) {
	if _, err := NewReader(bytes.NewReader([]byte("tcpdump: listening on eth0, link-type"))); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v", err)
	}
	if _, err := NewReader(bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	broken := stream(binary.LittleEndian, 0xa1b2c3d4, "one")
	binary.LittleEndian.PutUint32(broken[FileHeaderLen+8:], 1<<30)
	r, err := NewReader(bytes.NewReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v", err)
	}
}
