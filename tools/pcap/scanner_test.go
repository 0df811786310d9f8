package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

// scan feeds a stream in pieces of that size, and returns the offsets at which something whole ended.
func scan(s *Scanner, stream []byte, piece int) (ends []int64, err error) {
	for chunk := range slices.Chunk(stream, piece) {
		for len(chunk) > 0 {
			n, whole, err := s.Next(chunk)
			if err != nil {
				return ends, err
			}
			if whole {
				ends = append(ends, s.Whole())
			}
			chunk = chunk[n:]
		}
	}
	return ends, nil
}

func TestAScannerFindsEveryPacketHoweverTheStreamIsCut(t *testing.T) {
	data := stream(binary.LittleEndian, 0xa1b2c3d4, "one", "", "three and more")
	want := []int64{24, 24 + 16 + 3, 24 + 16 + 3 + 16, int64(len(data))}
	for piece := 1; piece <= len(data); piece++ {
		s := NewScanner()
		ends, err := scan(s, data, piece)
		if err != nil || !slices.Equal(ends, want) || s.Packets() != 3 || s.Header().SnapLen != 262144 {
			t.Fatalf("pieces of %d bytes: %v, %v, %d packets", piece, ends, err, s.Packets())
		}
		if !bytes.Equal(s.RawHeader(), data[:24]) {
			t.Fatalf("the head is %x", s.RawHeader())
		}
	}
}

func TestAScannerStopsAtWhatCannotBeAPacket(t *testing.T) {
	data := stream(binary.BigEndian, 0xa1b2c3d4, "one")
	broken := append(slices.Clone(data), bytes.Repeat([]byte{0xff}, 32)...)
	s := NewScanner()
	if ends, err := scan(s, broken, 1000); !errors.Is(err, ErrFormat) || len(ends) != 2 || s.Whole() != int64(len(data)) {
		t.Errorf("got %v, %v, whole up to %d", ends, err, s.Whole())
	}
	if _, _, err := NewScanner().Next([]byte("this is text, not a capture")); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v", err)
	}
}

func TestAScannerSaysThatAPacketIsNotWholeYet(t *testing.T) {
	data := stream(binary.LittleEndian, 0xa1b2c3d4, "one")
	s := NewScanner()
	if _, err := scan(s, data[:len(data)-1], 1000); err != nil || s.Packets() != 0 || s.Whole() != 24 || !s.Started() {
		t.Errorf("%v, %d packets, whole up to %d", err, s.Packets(), s.Whole())
	}
}
