package capture

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

// spoolOf makes a spool of a capture, with a ring of that size in bytes.
func spoolOf(t *testing.T, ring int64) *spool.File {
	t.Helper()
	s, err := spool.New(owndirtest.Make(t, t.TempDir()), "1.spool", spool.Kind{Capture: true, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writeAll writes a stream in pieces that do not match its packets.
func writeAll(t *testing.T, s *spool.File, stream []byte) {
	t.Helper()
	for piece := range slices.Chunk(stream, 4099) {
		if _, err := s.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
}

// readAlong makes an index of a spool, which is read until the test ends.
func readAlong(t *testing.T, s *spool.File) *Index {
	t.Helper()
	x := New(s)
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan struct{})
	go func() { // ends with ctx
		defer close(read)
		x.Build(ctx)
	}()
	t.Cleanup(func() { cancel(); <-read })
	return x
}

// untilRead waits until the index has reached a packet.
func untilRead(t *testing.T, x *Index, packets int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var seen uint64
	for {
		now, version, err := x.changed.Next(ctx, seen)
		if err != nil {
			t.Fatalf("read %+v of %d packets", now, packets)
		}
		if seen = version; now.at.Packets >= packets {
			return
		}
	}
}

func numbersOf(t *testing.T, x *Index, first, last int64) (numbers []int64) {
	t.Helper()
	err := x.walk(first, last, func(h pcap.Header, number int64, raw []byte) {
		if at := h.Time(raw).Unix(); at != number { // pcaptest.Stream sets the time to the number
			t.Errorf("packet %d has the time of packet %d", number, at)
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
	x := readAlong(t, s)
	writeAll(t, s, stream)
	s.Finish()
	untilRead(t, x, packets)
	for _, c := range [][2]int64{{1, 1}, {1, 3}, {255, 259}, {4990, 5000}, {5000, 5000}, {2500, 2600}, {1, packets}} {
		got := numbersOf(t, x, c[0], c[1])
		if int64(len(got)) != c[1]-c[0]+1 || got[0] != c[0] {
			t.Errorf("%v: got %d packets, %v", c, len(got), got[:min(3, len(got))])
		}
	}
	if len(x.places) > packets/firstStride+1 {
		t.Errorf("%d places", len(x.places))
	}
	if state := x.State(); !(state.First == 1 && state.Last == packets && state.Read == state.Bytes) {
		t.Errorf("got %+v", state)
	}
}

func TestTheNewestPacketsAreFoundBeforeTheOthersWereRead(t *testing.T) {
	const packets = 200_000
	s := spoolOf(t, 0)
	writeAll(t, s, pcaptest.Stream(packets))
	x := New(s) // an index that has read nothing
	if got := numbersOf(t, x, packets-20, packets); len(got) != 21 {
		t.Errorf("got %v", got)
	}
	if got := numbersOf(t, x, packets/2, packets/2+10); len(got) != 0 {
		t.Errorf("it walked there: %v", got)
	}
}

func TestPacketsThatLeftTheRingAreNotFoundAndTheOthersAre(t *testing.T) {
	const packets = 20_000
	s := spoolOf(t, 8<<20)
	x := readAlong(t, s)
	writeAll(t, s, pcaptest.Stream(packets))
	s.Finish()
	untilRead(t, x, packets)
	state := x.State()
	if state.First < 2 || state.Last != packets {
		t.Fatalf("got %+v", state)
	}
	if got := numbersOf(t, x, 1, 5); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	for _, first := range []int64{state.First, (state.First + packets) / 2, packets} {
		if got := numbersOf(t, x, first, first); fmt.Sprint(got) != fmt.Sprint([]int64{first}) {
			t.Errorf("packet %d: got %v", first, got)
		}
	}
}

func TestTheIndexStaysSmallWhateverComes(t *testing.T) {
	x := &Index{stride: firstStride}
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

func TestWhatComesToACaptureIsWaitedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for name, broken := range map[string]bool{"whole": false, "with a packet that cannot be one": true} {
		t.Run(name, func(t *testing.T) {
			s := spoolOf(t, 0)
			x := readAlong(t, s)
			until := func(want string, is func(State) bool) {
				t.Helper()
				for seen := (State{}); !is(seen); {
					now, err := x.Next(ctx, seen)
					if err != nil || now == seen {
						t.Fatalf("%s: %+v, %v", want, now, err)
					}
					seen = now
				}
			}
			until("begin", func(s State) bool { return s.First == 1 && s.Last == 0 })
			stream := pcaptest.Stream(10)
			if broken {
				stream = append(stream, make([]byte, 8)...)
				stream = append(stream, 255, 255, 255, 255, 255, 255, 255, 255)
			}
			written := make(chan struct{})
			go func() { writeSlowly(s, stream); close(written) }()
			until("packets", func(s State) bool { return s.Last == 10 && s.Read >= s.Bytes-16 })
			go func() { <-written; s.Finish() }()
			until("the end", func(s State) bool { return s.Ended })
		})
	}
	x := New(spoolOf(t, 0))
	cancelled, stop := context.WithCancel(ctx)
	stop()
	if now, err := x.Next(cancelled, x.State()); err == nil {
		t.Errorf("nothing has come, but the state changed to %+v", now)
	}
}

// writeSlowly writes one byte at a time.
func writeSlowly(s *spool.File, stream []byte) {
	for i := range stream {
		_, _ = s.Write(stream[i : i+1])
	}
}
