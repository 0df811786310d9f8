package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
)

func newCaptureSpool(t *testing.T, ring int64, limits Limits) *File {
	t.Helper()
	s, err := New(owndirtest.Make(t, t.TempDir()), "1.spool", Kind{Capture: true, Ring: ring, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writeInPieces writes a stream in pieces, as it comes out of a pipe.
func writeInPieces(s *File, stream []byte) error {
	rng := rand.New(rand.NewPCG(1, 2))
	for len(stream) > 0 {
		n := min(len(stream), 1+rng.IntN(5000))
		if _, err := s.Write(stream[:n]); err != nil {
			return err
		}
		stream = stream[n:]
	}
	return nil
}

func kept(t *testing.T, s *File) []byte {
	t.Helper()
	c, release := s.Pin()
	defer release()
	all, err := io.ReadAll(c.Open())
	if err != nil || int64(len(all)) != c.Size() {
		t.Fatalf("%d bytes of %d, %v", len(all), c.Size(), err)
	}
	return all
}

func TestASpoolOfACaptureShowsWholePacketsOnlyUntilItsEnd(t *testing.T) {
	s := newCaptureSpool(t, 0, Limits{})
	stream := pcaptest.Stream(3)
	for i := range stream {
		if _, err := s.Write(stream[i : i+1]); err != nil {
			t.Fatal(err)
		}
		if _, n := (pcap.Header{Order: binary.LittleEndian}).Whole(stream[min(24, i+1) : i+1]); s.readable().Packets != int64(n) {
			t.Fatalf("after %d bytes %d packets can be read, want %d", i+1, s.readable().Packets, n)
		}
	}
	if _, err := s.Write([]byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, s); !bytes.Equal(got, stream) {
		t.Errorf("%d bytes of %d can be read", len(got), len(stream))
	}
	if s.Finish(); s.CutOff(0) == "" || s.Size() != int64(len(stream))+3 {
		t.Errorf("cut off: %q, %d bytes", s.CutOff(0), s.Size())
	}
}

func TestASpoolIsCutAtItsLimitsToThePacket(t *testing.T) {
	stream := pcaptest.Stream(100)
	ends := []int{24}
	for at := 24; at < len(stream); ends = append(ends, at) {
		at += 16 + int(binary.LittleEndian.Uint32(stream[at+8:]))
	}
	for _, c := range []struct {
		name   string
		limits Limits
		want   int // bytes
		err    error
	}{
		{"packets", Limits{Packets: 7}, ends[7], ErrMaxPackets},
		{"a size inside of a packet", Limits{Size: int64(ends[5] + 1)}, ends[5], ErrMaxSize},
		{"a size at the end of a packet", Limits{Size: int64(ends[5])}, ends[5], ErrMaxSize},
		{"a size that is smaller than the first packet", Limits{Size: 30}, 24, ErrMaxSize},
		{"a size that is reached and not passed", Limits{Size: int64(len(stream))}, len(stream), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newCaptureSpool(t, 0, c.limits)
			if err := writeInPieces(s, stream); !errors.Is(err, c.err) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			s.Finish()
			if got := kept(t, s); len(got) != c.want || s.CutOff(0) != "" || s.Failed() != nil {
				t.Errorf("%d bytes, want %d; %q, %v", len(got), c.want, s.CutOff(0), s.Failed())
			}
			if info, err := os.Stat(s.dir.Join(s.name)); err != nil || info.Size() != int64(c.want) {
				t.Errorf("the file has %d bytes, %v", info.Size(), err)
			}
		})
	}
}

func TestAStreamThatBreaksIsKeptAsItCameAndSaysSo(t *testing.T) {
	s := newCaptureSpool(t, 0, Limits{})
	stream := append(pcaptest.Stream(4), bytes.Repeat([]byte{0xff}, 100)...)
	if err := writeInPieces(s, stream); err != nil {
		t.Fatal(err)
	}
	s.Finish()
	if got := kept(t, s); !bytes.Equal(got, stream) || s.broken == nil || s.readable().Packets != 4 {
		t.Errorf("%d bytes of %d, %d packets, %v", len(got), len(stream), s.readable().Packets, s.broken)
	}
}

func TestARingHoldsItsSizeAndEachSegmentIsACaptureByItself(t *testing.T) {
	const ring = MinRing
	s := newCaptureSpool(t, ring, Limits{})
	stream := pcaptest.Stream(60_000) // some 45 MiB
	for piece := range slices.Chunk(stream, 100_000) {
		if _, err := s.Write(piece); err != nil {
			t.Fatal(err)
		}
		if size := sizeOfAll(s.dir.Join(s.name + "*")); size > ring+ring/ringSegments {
			t.Fatalf("%d bytes are on the disk", size)
		}
	}
	s.Finish()
	if size := sizeOfAll(s.dir.Join(s.name + "*")); size < ring {
		t.Errorf("only %d bytes are kept", size)
	}
	for _, file := range globbed(s.dir.Join(s.name + "*")) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := (pcap.Header{Order: binary.LittleEndian}).Whole(content[24:]); !bytes.Equal(content[:24], stream[:24]) || n != len(content)-24 {
			t.Errorf("%s: %d bytes of %d are packets", file, n, len(content)-24)
		}
	}
	got := kept(t, s)
	if !bytes.Equal(got[:24], stream[:24]) || !bytes.HasSuffix(stream, got[24:]) {
		t.Error("what is kept is not the end of the stream")
	}
	if aged := s.Oldest(); aged.Offset != int64(len(stream)-len(got)+24) || aged.Packets == 0 {
		t.Errorf("aged out: %+v", aged)
	}
}

func TestWhatIsPinnedStaysUntilItIsReleased(t *testing.T) {
	s := newCaptureSpool(t, MinRing, Limits{})
	stream := pcaptest.Stream(40_000)
	half := 24
	for half < len(stream)/2 {
		half += 16 + int(binary.LittleEndian.Uint32(stream[half+8:]))
	}
	if err := writeInPieces(s, stream[:half]); err != nil {
		t.Fatal(err)
	}
	want := kept(t, s)
	c, release := s.Pin()
	if err := writeInPieces(s, stream[half:]); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c.Open()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	release()
	if got, err := io.ReadAll(c.Open()); err == nil && len(got) > 0 {
		t.Errorf("after the release there are still %d bytes", len(got))
	}
}

// sizeOfAll returns the total size in bytes of the files whose names match.
func sizeOfAll(pattern string) (total int64) {
	for _, path := range globbed(pattern) {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	return total
}

func globbed(pattern string) []string {
	files, _ := filepath.Glob(pattern) // the pattern is valid
	return files
}
