package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/spool"
)

// header is the file header of a capture of Ethernet.
func header() []byte { return pcaptest.Stream(0) }

// packetAt is a UDP packet that was captured so many microseconds after a moment, from port 1000 + from.
func packetAt(micros int, from byte) []byte {
	frame := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, from, 10, 0, 9, 9, 3, 232+from, 0, 53, 0, 8, 0, 0)
	p := binary.LittleEndian.AppendUint32(nil, 1_800_000_000+uint32(micros/1_000_000))
	p = binary.LittleEndian.AppendUint32(p, uint32(micros%1_000_000))
	p = binary.LittleEndian.AppendUint32(p, uint32(len(frame)))
	p = binary.LittleEndian.AppendUint32(p, uint32(len(frame)))
	return append(p, frame...)
}

func emptySet(t *testing.T) *Set {
	t.Helper()
	s := NewSet(owndirtest.Make(t, t.TempDir()), nil)
	t.Cleanup(s.Close)
	return s
}

// joined makes a set of captures that are read along; what is written to their spools is read by them.
func joined(t *testing.T, captures int) (*Set, []*spool.File) {
	t.Helper()
	s := emptySet(t)
	var spools []*spool.File
	for range captures {
		f := spoolOf(t, 0)
		spools = append(spools, f)
		s.Join(readAlong(t, f))
	}
	return s, spools
}

// write writes packets to a spool and waits until its index has read them.
func (s *Set) write(t *testing.T, from int, packets ...[]byte) {
	t.Helper()
	x := s.indexes()[from]
	kept, _ := x.spool.Get()
	if kept.End.Offset == 0 {
		packets = append([][]byte{header()}, packets...)
	}
	if _, err := x.spool.Write(bytes.Join(packets, nil)); err != nil {
		t.Fatal(err)
	}
	kept, _ = x.spool.Get()
	untilRead(t, x, kept.End.Packets)
}

// shown returns the packets of a set as FROM@MICROSECONDS.
func (s *Set) shown(t *testing.T) (out []string) {
	t.Helper()
	list, state, err := s.Packets(1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		if want := state.First + int64(i); p.Number != want {
			t.Fatalf("packet %d stands where %d should", p.Number, want)
		}
		out = append(out, fmt.Sprintf("%d@%d", p.From, p.Time.Sub(time.Unix(1_800_000_000, 0)).Microseconds()))
	}
	return out
}

func TestPacketsOfASetAreNumberedInTheOrderOfTimeOnceOlderOnesCanHaveCome(t *testing.T) {
	s, _ := joined(t, 3)
	now := time.Now()
	check := func(after time.Duration, waits bool, want ...string) {
		t.Helper()
		now = now.Add(after)
		waiting, more := s.step(now)
		if diff := cmp.Diff(want, s.shown(t)); diff != "" || waiting != waits || more {
			t.Errorf("waiting %v, more %v: %s", waiting, more, diff)
		}
	}
	check(0, false)
	s.write(t, 0, packetAt(100, 0), packetAt(300, 0))
	check(0, true)
	s.write(t, 1, packetAt(200, 1))
	check(hold/2, true)                               // the third may still have an older one
	check(hold/2, false, "0@100", "1@200", "0@300")   // 300 has waited as well
	s.write(t, 2, packetAt(250, 2))                   // it comes too late
	s.write(t, 1, packetAt(240, 1), packetAt(900, 1)) // and so does this
	check(0, true, "0@100", "1@200", "0@300")         // numbers that were given stay
	s.write(t, 0, packetAt(800, 0))                   // it came in time
	check(hold/2, true, "0@100", "1@200", "0@300")    //
	check(hold/2, false, "0@100", "1@200", "0@300", "1@240", "2@250", "0@800", "1@900")
	s.write(t, 0, packetAt(700, 0), packetAt(1000, 0)) // the clock was set back
	check(0, true, "0@100", "1@200", "0@300", "1@240", "2@250", "0@800", "1@900")
	check(hold, false, "0@100", "1@200", "0@300", "1@240", "2@250", "0@800", "1@900", "0@700", "0@1000")
}

// A capture whose node has a clock that is late never makes the others wait for longer than any packet does.
func TestAClockThatIsLateHoldsNobodyUp(t *testing.T) {
	s, _ := joined(t, 2)
	now := time.Now()
	s.write(t, 0, packetAt(5_000_000, 0))
	s.step(now)
	for i := range 4 { // the other one never stops
		now = now.Add(hold / 4)
		s.write(t, 1, packetAt(i, 1))
		s.step(now)
	}
	if got := s.shown(t); !slices.Contains(got, "0@5000000") {
		t.Errorf("got %v", got)
	}
}

func TestWhatWasNotReadYetOfACaptureIsWaitedFor(t *testing.T) {
	s := emptySet(t)
	first, second := spoolOf(t, 0), spoolOf(t, 0)
	s.Join(readAlong(t, first))
	behind := New(second)
	s.Join(behind)
	s.write(t, 0, packetAt(100, 0), packetAt(300, 0))
	if _, err := second.Write(append(header(), packetAt(200, 1)...)); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for range 3 {
		now = now.Add(2 * hold)
		if waiting, _ := s.step(now); !waiting {
			t.Error("nothing waits")
		}
	}
	if got := s.shown(t); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan struct{})
	go func() { defer close(read); behind.Build(ctx) }() // ends with ctx
	t.Cleanup(func() { cancel(); <-read })
	untilRead(t, behind, 1)
	s.step(now.Add(2 * hold))
	if diff := cmp.Diff([]string{"0@100", "1@200", "0@300"}, s.shown(t)); diff != "" {
		t.Error(diff)
	}
}

// buildAlong gives numbers until the test ends.
func buildAlong(t *testing.T, s *Set) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	built := make(chan struct{})
	go func() { defer close(built); s.Build(ctx) }() // ends with ctx
	t.Cleanup(func() { cancel(); <-built })
}

// untilState waits until the state of a set satisfies is.
func untilState(t *testing.T, s *Set, is func(State) bool) State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for seen := (State{}); ; {
		now, err := s.Next(ctx, seen)
		if err != nil {
			t.Fatalf("%v: %+v", err, now)
		}
		if is(now) {
			return now
		}
		seen = now
	}
}

// mergedOrder is the order in which the packets of streams are saved.
func mergedOrder(t *testing.T, streams [][]byte) (out []string) {
	t.Helper()
	var readers []io.Reader
	for _, s := range streams {
		readers = append(readers, bytes.NewReader(s))
	}
	m, err := pcap.NewMerger(readers)
	if err != nil {
		t.Fatal(err)
	}
	for {
		from, packet, err := m.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%d@%d", from, m.Header(from).Time(packet).Sub(time.Unix(1_800_000_000, 0)).Microseconds()))
	}
}

func TestEveryPacketThatComesToASetIsThereOnce(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 1))
		captures := 1 + random.IntN(5)
		streams := make([][]byte, captures)
		s, spools := joined(t, captures)
		buildAlong(t, s)
		for i := range streams {
			streams[i] = header()
			at := 1000
			for range random.IntN(3000) {
				at = max(0, at+random.IntN(40)-2) // equal times, and some that go back
				streams[i] = append(streams[i], packetAt(at, byte(i))...)
			}
			writeAll(t, spools[i], streams[i])
		}
		for _, f := range spools {
			f.Finish()
		}
		untilState(t, s, func(now State) bool { return now.Ended })
		want := mergedOrder(t, streams)
		got := s.shown(t) // in the order of time only as far as they came so
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("seed %d: %d packets of %d", seed, len(got), len(want))
		}
	}
}

func TestASetThatIsLookedAtAfterItsEndIsInTheOrderInWhichItIsSaved(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 2))
		s := emptySet(t)
		var streams [][]byte
		for i := range 1 + random.IntN(20) {
			stream, at := header(), 1000
			for range random.IntN(3000) {
				at = max(0, at+random.IntN(40)-2) // equal times, and some that go back
				stream = append(stream, packetAt(at, byte(i))...)
			}
			f := spoolOf(t, 0)
			writeAll(t, f, stream)
			f.Finish()
			s.Join(readAlong(t, f))
			streams = append(streams, stream)
		}
		buildAlong(t, s)
		state := untilState(t, s, func(now State) bool { return now.Ended })
		want := mergedOrder(t, streams)
		if got := s.shown(t); !slices.Equal(got, want) || state.Last != int64(len(want)) || state.Read != state.Bytes {
			t.Errorf("seed %d: %d packets of %d, or in another order; %+v", seed, len(got), len(want), state)
		}
	}
}

func TestAPacketOfASetIsTheOneOfItsCapture(t *testing.T) {
	s, spools := joined(t, 2)
	buildAlong(t, s)
	for i, f := range spools {
		writeAll(t, f, append(append(header(), packetAt(i, byte(i))...), packetAt(10+i, byte(i))...))
		f.Finish()
	}
	untilState(t, s, func(now State) bool { return now.Ended })
	last, _, err := s.Packets(0, 2)
	if err != nil || len(last) != 2 || last[1].Number != 4 || last[1].From != 1 || last[0].From != 0 {
		t.Errorf("the newest are %+v, %v", last, err)
	}
	p, err := s.Packet(3)
	if err != nil || p.Number != 3 || p.From != 0 || len(p.Layers) < 3 || p.SrcPort != 1000 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, number := range []int64{0, 5} {
		if _, err := s.Packet(number); !errors.Is(err, ErrNoPacket) {
			t.Errorf("packet %d: %v", number, err)
		}
	}
	c, _, err := s.Conversations(t.Context(), 0)
	if err != nil || len(c.List) != 2 || c.List[1].From != 1 || c.List[1].FromA.Packets != 2 || c.Full {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatHasLeftTheRingsIsNotInTheSet(t *testing.T) {
	const packets = 20_000
	s := emptySet(t)
	buildAlong(t, s)
	var indexes []*Index
	for range 2 {
		f := spoolOf(t, 8<<20)
		x := readAlong(t, f)
		s.Join(x)
		indexes = append(indexes, x)
		go func() { writeSome(f, pcaptest.Stream(packets)) }() // ends with the stream
	}
	state := untilState(t, s, func(now State) bool { return now.Ended })
	list, _, err := s.Packets(1, int(state.Last))
	if err != nil || state.First+state.Unnumbered < 2 || len(list) == 0 || list[0].Number != state.First || state.Last+state.Unnumbered != 2*packets {
		t.Fatalf("%+v, %d packets, %v", state, len(list), err)
	}
	there := map[int]int64{}
	for _, p := range list {
		there[p.From]++
	}
	for i, x := range indexes {
		if one := x.State(); there[i] != one.Last-one.First+1 {
			t.Errorf("%d packets of capture %d, of %+v", there[i], i, one)
		}
	}
}

// One capture may have left many of its packets behind when those of another are the oldest of the set.
func TestOfPacketsInARowThoseThatAreKeptAreFoundBehindThoseThatHaveLeftTheRing(t *testing.T) {
	const packets = 20_000
	s := emptySet(t)
	f := spoolOf(t, 8<<20)
	x := readAlong(t, f)
	s.Join(x)
	writeSome(f, pcaptest.Stream(packets))
	untilRead(t, x, packets)
	var places []place
	for number := range int64(packets) {
		places = append(places, place{0, number + 1})
	}
	list, err := s.gather(1, places)
	if one := x.State(); err != nil || one.First < 2 || int64(len(list)) != packets-one.First+1 || list[0].Number != one.First {
		t.Errorf("%d packets, of %+v, %v", len(list), one, err)
	}
}

// writeSome writes a stream and ends its spool.
func writeSome(f *spool.File, stream []byte) {
	for piece := range slices.Chunk(stream, 64<<10) {
		_, _ = f.Write(piece)
	}
	f.Finish()
}

func TestTheOrderIsKeptInFilesOfWhichTheOldestAreDropped(t *testing.T) {
	o := newOrder(owndirtest.Make(t, t.TempDir()), nil)
	defer o.close()
	const places = 2*partPlaces + 1000
	for i := range int64(places) {
		o.add(place{from: int(i % 60_000), number: i + 1})
		if i%70_001 == 0 {
			if err := o.flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := o.flush(); err != nil {
		t.Fatal(err)
	}
	check := func(first, last int64, from, n int64) {
		t.Helper()
		got, at, err := o.read(first, last)
		if err != nil || at != from || int64(len(got)) != n {
			t.Fatalf("%d to %d: %d places from %d on, %v", first, last, len(got), at, err)
		}
		for i, p := range got {
			if want := at + int64(i); p.number != want || p.from != int((want-1)%60_000) {
				t.Fatalf("%+v is at %d", p, want)
			}
		}
	}
	check(1, 10, 1, 10)
	check(partPlaces-5, partPlaces+5, partPlaces-5, 11)
	check(places-3, places+100, places-3, 4)
	check(1, places, 1, places)
	o.drop(partPlaces)
	check(1, 1, 1, 1)
	o.drop(partPlaces + 1)
	check(1, partPlaces+2, partPlaces+1, 2)
	o.drop(places)
	check(1, places, 2*partPlaces+1, 1000)
}

func TestWhereTheOrderHasNoRoomTheSetSaysSo(t *testing.T) {
	full := errors.New("the disk is nearly full")
	s := NewSet(owndirtest.Make(t, t.TempDir()), func() error { return full })
	f := spoolOf(t, 0)
	s.Join(readAlong(t, f))
	buildAlong(t, s)
	writeAll(t, f, pcaptest.Stream(5))
	f.Finish()
	untilState(t, s, func(now State) bool { return now.Ended })
	if _, _, err := s.Packets(1, 5); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// A set of many captures takes no more memory than one capture may, or hardly so.
func TestCapturesOfASetShareTheMemoryOfOne(t *testing.T) {
	x := New(nil)
	x.Share(50)
	for at := int64(0); at < 20_000_000; at += x.stride {
		x.note(spool.Mark{Offset: at * 100, Packets: at})
	}
	if len(x.places) > minPlaces || x.part(indexStep, minStep) != minStep {
		t.Errorf("%d places, steps of %d bytes", len(x.places), x.part(indexStep, minStep))
	}
}
