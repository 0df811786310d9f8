package tools

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/spool"
)

// spoolOf makes a spool of a capture, with a ring of so many bytes.
func spoolOf(t *testing.T, ring int64) *spool.File {
	t.Helper()
	s, err := spool.New(owndirtest.Make(t, t.TempDir()), "1.spool", spool.Kind{Capture: true, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writeAll writes a stream in pieces that have nothing to do with its packets.
func writeAll(t *testing.T, s *spool.File, stream []byte) {
	t.Helper()
	for piece := range slices.Chunk(stream, 4099) {
		if _, err := s.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
}

// indexedRun is a run over a spool, which is read for its packets until the test ends.
func indexedRun(t *testing.T, s *spool.File) *run {
	t.Helper()
	r := &run{spool: s}
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan struct{})
	go func() { // ends with ctx
		defer close(read)
		r.index.build(ctx, s)
	}()
	t.Cleanup(func() { cancel(); <-read })
	return r
}

// untilRead waits until the index has come to a packet.
func untilRead(t *testing.T, r *run, packets int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var seen uint64
	for {
		now, version, err := r.index.changed.Next(ctx, seen)
		if err != nil {
			t.Fatalf("read %+v of %d packets", now, packets)
		}
		if seen = version; now.at.Packets >= packets {
			return
		}
	}
}

func numbersOf(t *testing.T, r *run, first, last int64) (numbers []int64) {
	t.Helper()
	err := r.walk(first, last, func(h pcap.Header, number int64, raw []byte) {
		if at := h.Time(raw).Unix(); at != number { // as pcaptest.Stream makes them
			t.Errorf("packet %d is of second %d", number, at)
		}
		numbers = append(numbers, number)
	})
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}

func TestEveryPacketIsFoundByItsNumber(t *testing.T) {
	const packets = 5000
	s := spoolOf(t, 0)
	stream := pcaptest.Stream(packets)
	r := indexedRun(t, s)
	writeAll(t, s, stream)
	s.Finish()
	untilRead(t, r, packets)
	for _, c := range [][2]int64{{1, 1}, {1, 3}, {255, 259}, {4990, 5000}, {5000, 5000}, {2500, 2600}, {1, packets}} {
		got := numbersOf(t, r, c[0], c[1])
		if int64(len(got)) != c[1]-c[0]+1 || got[0] != c[0] {
			t.Errorf("%v: got %d packets, %v", c, len(got), got[:min(3, len(got))])
		}
	}
	if len(r.index.places) > packets/firstStride+1 {
		t.Errorf("%d places", len(r.index.places))
	}
	if state := r.packetState(); !(state.First == 1 && state.Last == packets && state.Read == state.Bytes) {
		t.Errorf("got %+v", state)
	}
}

func TestTheNewestPacketsAreFoundBeforeTheOthersWereRead(t *testing.T) {
	const packets = 200_000
	s := spoolOf(t, 0)
	writeAll(t, s, pcaptest.Stream(packets))
	r := &run{spool: s} // nothing is read
	r.index.stride = firstStride
	if got := numbersOf(t, r, packets-20, packets); len(got) != 21 {
		t.Errorf("got %v", got)
	}
	if got := numbersOf(t, r, packets/2, packets/2+10); len(got) != 0 {
		t.Errorf("it walked there: %v", got)
	}
}

func TestPacketsThatLeftTheRingAreNotFoundAndTheOthersAre(t *testing.T) {
	const packets = 20_000
	s := spoolOf(t, 8<<20)
	r := indexedRun(t, s)
	writeAll(t, s, pcaptest.Stream(packets))
	s.Finish()
	untilRead(t, r, packets)
	state := r.packetState()
	if state.First < 2 || state.Last != packets {
		t.Fatalf("got %+v", state)
	}
	if got := numbersOf(t, r, 1, 5); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	for _, first := range []int64{state.First, (state.First + packets) / 2, packets} {
		if got := numbersOf(t, r, first, first); fmt.Sprint(got) != fmt.Sprint([]int64{first}) {
			t.Errorf("packet %d: got %v", first, got)
		}
	}
}

func TestTheIndexStaysSmallWhateverComes(t *testing.T) {
	x := &index{stride: firstStride}
	for at := int64(0); at < 40_000_000; at += x.stride {
		x.note(spool.Mark{Offset: at * 100, Packets: at})
	}
	if len(x.places) > maxPlaces || x.stride != 4*firstStride {
		t.Errorf("%d places, every %d packets", len(x.places), x.stride)
	}
	for _, number := range []int64{0, 1, 1023, 1024, 39_999_999} {
		if m, ok := x.before(number); !ok || m.Packets > number || number-m.Packets >= x.stride {
			t.Errorf("before %d: %+v", number, m)
		}
	}
}
