package text

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
)

// textIn makes a text on the disk.
func textIn(t *testing.T, dir string) *Text {
	t.Helper()
	l := &Text{}
	if dir != "" {
		l.log.dir = owndirtest.Make(t, dir)
	}
	t.Cleanup(func() {
		if err := l.log.close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *Text) addTexts(texts ...string) {
	for _, text := range texts {
		l.add([][]byte{[]byte(text)}, false)
	}
}

// lines returns lines in a row, as far as they are available.
func (l *log) lines(from, to uint64) ([]Line, error) {
	reader := reader{log: l}
	var found []Line
	for number := from; number <= to; number++ {
		ok, err := reader.seek(number)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, reader.line(number))
		}
	}
	return found, nil
}

// noise returns n random bytes that are not text.
func noise(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

// onDisk is how many bytes of a text are in files.
func (l *log) onDisk() (n int64) {
	for _, f := range l.files {
		n += f.size
	}
	return n
}

func TestATextHoldsWhatCameByteForByte(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	long := strings.Repeat("x", MaxLine)
	var want []string
	for i := range 3000 {
		switch i % 5 {
		case 0:
			want = append(want, noise(rng, rng.IntN(500)))
		case 1:
			want = append(want, "")
		case 2:
			want = append(want, fmt.Sprintf("line %d", i))
		case 3:
			want = append(want, "\x00\xff\x80\x1b[2J\x07")
		default:
			want = append(want, long[:rng.IntN(MaxLine)+1])
		}
	}
	l := textIn(t, t.TempDir())
	for i, text := range want {
		l.run = i % 200
		l.add([][]byte{[]byte(text)}, i%7 == 0)
	}
	got := allOf(l)
	for i, line := range got {
		if line.Text != want[i] || line.Number != uint64(i+1) || line.Run != i%200 || line.Note != (i%7 == 0) {
			t.Fatalf("line %d is %.40q of run %d, want %.40q", i+1, line.Text, line.Run, want[i])
		}
	}
	if len(got) != len(want) || l.log.onDisk() == 0 {
		t.Errorf("%d lines of %d, %d bytes on the disk", len(got), len(want), l.log.onDisk())
	}
}

func TestATextPastItsLimitLetsItsOldestLinesGoAndSaysSo(t *testing.T) {
	l := textIn(t, t.TempDir())
	l.log.limit = 1 << 20
	const all = 100_000
	for i := range all {
		l.addTexts(fmt.Sprintf("a line of some length, which is number %d", i))
		if size := l.log.onDisk(); size > l.log.limit+blockSize {
			t.Fatalf("%d bytes on the disk", size)
		}
	}
	state, _ := l.state.Get()
	if state.Last != all+1 || state.First < all/2 || state.First > all-10_000 {
		t.Errorf("%+v", state)
	}
	if gone, err := l.log.lines(1, state.First-1); len(gone) > 0 || err != nil {
		t.Errorf("%d dropped lines were returned, %v", len(gone), err)
	}
	if got := allOf(l); len(got) != int(state.Last-state.First+1) {
		t.Errorf("%d lines of %+v", len(got), state)
	}
}

func TestWhenTheFirstLinesOfATextGoItIsSaidOnce(t *testing.T) {
	l := textIn(t, t.TempDir())
	l.log.limit = 1 << 20
	for state := (State{}); state.First <= 1 || state.Last%1000 > 0; state, _ = l.state.Get() {
		l.addTexts("a line of some length")
	}
	var said []string
	for _, line := range allOf(l) {
		if line.Note {
			said = append(said, line.Text)
		}
	}
	if want := []string{"podtracer: only the newest 1 MiB of its text are kept"}; !slices.Equal(said, want) {
		t.Errorf("it says %q", said)
	}
}

func TestWithoutADiskTheNewestLinesAreKeptInMemory(t *testing.T) {
	var l Text
	text := strings.Repeat("x", 1000)
	for range 3 * maxKept / 1000 {
		l.addTexts(text)
	}
	state, _ := l.state.Get()
	if kept := (state.Last - state.First + 1) * 1000; kept > maxKept+2*blockSize || kept < maxKept*9/10 {
		t.Errorf("%d bytes are kept: %+v", kept, state)
	}
	if got := allOf(&l); uint64(len(got)) != state.Last-state.First+1 {
		t.Errorf("%d lines of %+v", len(got), state)
	}
}

func TestADiskThatIsNearlyFullIsLeftAloneAndItIsSaidOnce(t *testing.T) {
	l := textIn(t, t.TempDir())
	room := errors.New("only 1 MiB of the disk are free, and 2 MiB must stay free")
	var full error
	l.log.room = func() error { return full }
	text := strings.Repeat("x", 1000)
	for i := range 3 * maxKept / 1000 {
		if i == 5000 {
			full = room
		}
		l.addTexts(text)
		if i == 10_000 {
			if got := allOf(l); len(got) != 10_002 || got[0].Number != 1 { // including the note: nothing was dropped yet
				t.Errorf("%d lines, from %d", len(got), got[0].Number)
			}
			said := slices.DeleteFunc(allOf(l), func(line Line) bool { return !line.Note })
			if want := "podtracer: only the newest 16 MiB of its text are kept from here on: " + room.Error(); len(said) != 1 || said[0].Text != want {
				t.Errorf("it says %+v", said)
			}
		}
	}
	state, _ := l.state.Get()
	if got := allOf(l); state.First == 1 || uint64(len(got)) != state.Last-state.First+1 || l.log.onDisk() != 0 {
		t.Errorf("%d lines of %+v, %d bytes on the disk", len(got), state, l.log.onDisk())
	}
}

func TestALineIsFoundByItsTime(t *testing.T) {
	l := textIn(t, t.TempDir())
	const every = 7
	for i := int64(1); i <= 20_000; i++ {
		l.append([][]byte{[]byte("a line"), []byte("and one at the same time")}, i*every, 1, false)
	}
	for _, c := range []struct {
		at   int64
		want uint64
	}{
		{0, 1}, {1, 1}, {every, 1}, {every + 1, 3}, {10_000 * every, 19_999}, {10_000*every + 1, 20_001}, {20_000 * every, 39_999},
		{20_000*every + 1, 40_001}, {1 << 60, 40_001},
	} {
		if got, err := l.log.lineAt(c.at); got != c.want || err != nil {
			t.Errorf("at %d: line %d, %v; want %d", c.at, got, err, c.want)
		}
	}
	l.append([][]byte{[]byte("the clock was set back")}, 5, 1, false)
	if got, err := l.log.lineAt(20_000*every + 1); got != 40_002 || err != nil {
		t.Errorf("line %d, %v", got, err)
	}
	var none Text
	if got, err := none.log.lineAt(1); got != 1 || err != nil {
		t.Errorf("in an empty text: line %d, %v", got, err)
	}
}

func TestASearchFindsWhatItsFilterSaysFromWhereItBegins(t *testing.T) {
	l := textIn(t, t.TempDir())
	for i := range 20_000 {
		l.addTexts(fmt.Sprintf("%05d", i+1))
	}
	re := regexp.MustCompile
	for _, c := range []struct {
		name      string
		filter    Filter
		from      uint64
		backwards bool
		most      int
		want      []uint64
		next      uint64
		end       bool
	}{
		{"all from the first", Filter{}, 1, false, 3, []uint64{1, 2, 3}, 4, false},
		{"before the first", Filter{}, 0, false, 2, []uint64{1, 2}, 3, false},
		{"the last ones", Filter{}, 19_999, false, 9, []uint64{19_999, 20_000}, 20_001, true},
		{"behind the last", Filter{}, 30_000, false, 9, nil, 30_000, true},
		{"backwards", Filter{}, 20_000, true, 2, []uint64{20_000, 19_999}, 19_998, false},
		{"backwards from behind the last", Filter{}, 99_999, true, 1, []uint64{20_000}, 19_999, false},
		{"backwards to the first", Filter{}, 2, true, 9, []uint64{2, 1}, 0, true},
		{"backwards from nowhere", Filter{}, 0, true, 9, nil, 0, true},
		{"a word", Filter{Find: re("777$")}, 1, false, 9, []uint64{777, 1777, 2777, 3777, 4777, 5777, 6777, 7777, 8777}, 8778, false},
		{"a word backwards", Filter{Find: re("7777")}, 20_000, true, 9, []uint64{17_777, 7777}, 0, true},
		{"what all three say", Filter{Include: re("^1"), Exclude: re("5$"), Find: re("000.$")}, 1, false, 4, []uint64{10_000, 10_001, 10_002, 10_003}, 10_004, false},
		{"as it is looked at", Filter{Find: re("7!$"), Shown: func(l Line) string { return l.Text + "!" }}, 1, false, 2, []uint64{7, 17}, 18, false},
		{"what none says", Filter{Include: re("1"), Exclude: re("1")}, 1, false, 9, nil, 20_001, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var hits Hits
			for next := c.from; ; next = hits.Next {
				more, err := l.log.search(t.Context(), c.filter, next, c.backwards, c.most-len(hits.Numbers))
				if err != nil {
					t.Fatal(err)
				}
				more.Numbers = append(hits.Numbers, more.Numbers...)
				if hits = more; hits.End || len(hits.Numbers) >= c.most {
					break
				}
			}
			if !slices.Equal(hits.Numbers, c.want) || hits.Next != c.next || hits.End != c.end {
				t.Errorf("got %+v", hits)
			}
		})
	}
}

func TestASearchComesBackSoonAndGoesOn(t *testing.T) {
	l := textIn(t, t.TempDir())
	line := []byte(strings.Repeat("ab", 100))
	for range 1000 {
		l.add(slices.Repeat([][]byte{line}, 300), false)
	}
	slow := Filter{Find: regexp.MustCompile(`(a|b)*c`)}
	calls, longest := 0, time.Duration(0)
	for from := uint64(1); calls < 5; calls++ {
		begin := time.Now()
		hits, err := l.log.search(t.Context(), slow, from, false, 10)
		if err != nil || hits.Next <= from || hits.End {
			t.Fatalf("%+v, %v", hits, err)
		}
		longest = max(longest, time.Since(begin))
		from = hits.Next
	}
	if longest > 10*searchTime {
		t.Errorf("a call takes %v", longest)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.log.search(ctx, slow, 1, false, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("for nobody: %v", err)
	}
}

func TestReadersNeverSeeAWrongLineWhileTheOldestGo(t *testing.T) {
	l := textIn(t, t.TempDir())
	l.log.limit = 512 << 10
	done := make(chan struct{})
	var readers sync.WaitGroup
	for seed := range uint64(3) {
		readers.Go(func() { // ends with done
			rng := rand.New(rand.NewPCG(seed, 1))
			for {
				select {
				case <-done:
					return
				default:
				}
				state, _ := l.state.Get()
				from := state.First + rng.Uint64N(state.Last-state.First+1)
				found, err := l.log.lines(from, min(state.Last, from+100))
				if err != nil {
					t.Errorf("line %d: %v", from, err)
					return
				}
				for _, line := range found {
					if !line.Note && line.Text != fmt.Sprintf("line %d", line.Time.UnixNano()) || line.Number < from {
						t.Errorf("line %d is %q of %v", line.Number, line.Text, line.Time.UnixNano())
						return
					}
				}
				if _, err := l.log.search(t.Context(), Filter{Find: regexp.MustCompile("7$")}, from, seed%2 == 0, 100); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range int64(200_000) {
		l.append([][]byte{fmt.Appendf(nil, "line %d", i+1)}, i+1, 1, false)
	}
	close(done)
	readers.Wait()
}

func TestTheFilesOfATextHaveNoName(t *testing.T) {
	dir := t.TempDir()
	l := textIn(t, dir)
	for range 10_000 {
		l.addTexts("a line of some length")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 || l.log.onDisk() == 0 {
		t.Errorf("after Close: files %v, %v; %d bytes on the disk", left, err, l.log.onDisk())
	}
}
