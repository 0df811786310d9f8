package text

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLinesOfSeveralRunsComeInTheOrderOfTheTimesThatTheyTell(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 1, 0, time.Local)
	set := &Text{}
	one, two := &Text{run: 1, set: set}, &Text{run: 2, set: set}
	set.going = 2
	add := func(l *Text, text string) {
		var texts [][]byte
		for line := range strings.Lines(text) {
			texts = append(texts, []byte(strings.TrimSuffix(line, "\n")))
		}
		l.adding.Lock()
		defer l.adding.Unlock()
		set.merge.hold(texts, noon.UnixNano(), l.run, false)
	}
	// The decoder of one delivers three packets, then that of two delivers two, one of which has a second line.
	add(one, "12:00:00.100000 a\n12:00:00.300000 c\n12:00:00.500000 e\n")
	add(two, "12:00:00.200000 b\n\tits bytes\n12:00:00.400000 d\n12:00:00.399999 out of order\n")
	var got []string
	for _, line := range set.merge.due(noon.UnixNano(), false) {
		got = append(got, string(line.text))
	}
	if len(got) != 0 {
		t.Errorf("not held: %q", got)
	}
	for _, line := range set.merge.due(noon.Add(holdFor).UnixNano(), false) {
		got = append(got, fmt.Sprint(line.run, strings.TrimLeft(string(line.text[max(0, len(line.text)-9):]), "0123456789.:\t ")))
	}
	if want := "[1a 2b 2its bytes 1c 2d 2of order 1e]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestWhatIsHeldComesByItselfAndAtTheEndAtOnce(t *testing.T) {
	set := &Text{going: 2}
	one := &Text{run: 1, set: set}
	one.add([][]byte{[]byte("first")}, false)
	if set.Count() != 0 {
		t.Error("the line was not held")
	}
	begin := time.Now()
	for set.Count() == 0 && time.Since(begin) < 5*time.Second {
		time.Sleep(time.Millisecond)
	}
	if set.Count() != 1 {
		t.Fatal("it never came")
	}
	one.add([][]byte{[]byte("second"), []byte("third")}, false)
	one.End()
	set.End()
	if state, _ := set.state.Get(); state.Last != 3 || !state.Ended {
		t.Errorf("the state at the end is %+v", state)
	}
}

func TestOfAFloodTheOldestLinesAreNotHeld(t *testing.T) {
	set := &Text{going: 1}
	one := &Text{run: 1, set: set}
	for range 4 {
		texts := make([][]byte, mostHeld/2)
		one.add(texts, false)
	}
	set.adding.Lock()
	n := len(set.merge.held)
	set.adding.Unlock()
	if n > mostHeld {
		t.Errorf("%d lines are held", n)
	}
	one.End()
	if got := set.Count(); got != 2*mostHeld {
		t.Errorf("%d of %d lines came", got, 2*mostHeld)
	}
}

func TestTheTimeOfALineIsReadAsTcpdumpWritesIt(t *testing.T) {
	came := time.Date(2026, 11, 25, 0, 0, 1, 0, time.UTC)
	for text, want := range map[string]string{
		"00:00:00.500000 IP a > b":              "2026-11-25T00:00:00.5Z",
		"23:59:59.999999 IP a > b":              "2026-11-24T23:59:59.999999Z",
		"2026-11-24 10:00:00.123456789 IP a":    "2026-11-24T10:00:00.123456789Z",
		"1764028800.250000 IP a > b":            "2025-11-25T00:00:00.25Z",
		"64 bytes from 10.0.0.1: icmp_seq=1":    "",
		"25:61:00.000000 IP a > b":              "",
		"":                                      "",
		"IP a > b":                              "",
		" 00:00:00.500000 IP6 that is indented": "",
	} {
		got, ok := lineTime([]byte(text), came)
		if ok != (want != "") || ok && got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s, %v", text, got.UTC().Format(time.RFC3339Nano), ok)
		}
	}
}

// The lines stay as they are: only their order knows of the clocks.
func TestLinesOfANodeWhoseClockIsAheadAreInOrderIfThatIsKnown(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 1, 0, time.Local)
	for what, c := range map[string]struct {
		ahead time.Duration
		far   string // lines of the other node
		want  string
	}{
		"it is not known": {0, "13:00:00.200000 b\n13:00:00.400000 d", "[a c e b d]"},
		"an hour ahead":   {time.Hour, "13:00:00.200000 b\n13:00:00.400000 d", "[a b c d e]"},
		"a day behind":    {-24 * time.Hour, "12:00:00.200000 b\n2026-11-24 12:00:00.400000 d", "[a b c d e]"},
		"in Unix time":    {5 * time.Second, fmt.Sprintf("%d.200000 b\n%d.400000 d", noon.Unix()+4, noon.Unix()+4), "[a b c d e]"},
	} {
		set := &Text{going: 2}
		near, far := &Text{run: 1, set: set}, &Text{run: 2, set: set}
		far.Ahead(c.ahead)
		for _, of := range []struct {
			text  *Text
			lines string
		}{{far, c.far}, {near, "12:00:00.100000 a\n12:00:00.300000 c\n12:00:00.500000 e"}} {
			var texts [][]byte
			for line := range strings.SplitSeq(of.lines, "\n") {
				texts = append(texts, []byte(line))
			}
			set.merge.hold(texts, noon.UnixNano(), of.text.run, false)
		}
		var got []string
		for _, line := range set.merge.due(noon.UnixNano(), true) {
			got = append(got, string(line.text[len(line.text)-1:]))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: got %v, want %s", what, got, c.want)
		}
	}
}
