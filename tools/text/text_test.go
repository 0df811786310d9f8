package text

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cut writes text in pieces and returns the lines.
func cut(text string, pieces func(rest int) int) (got []string) {
	var l Text
	w := l.Writer(false)
	for len(text) > 0 {
		n := min(len(text), pieces(len(text)))
		_, _ = w.Write([]byte(text[:n]))
		text = text[n:]
	}
	w.Flush()
	l.End()
	for _, line := range allOf(&l) {
		got = append(got, line.Text)
	}
	return got
}

// allOf returns all lines of a text.
func allOf(l *Text) []Line {
	first, last := l.log.bounds()
	found, err := l.log.lines(first, last)
	if err != nil {
		panic(err) // the disk of this machine
	}
	return found
}

func TestLinesAreTheSameInWhateverPiecesTheTextComes(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", MaxLine/16)
	longest := long[1:]
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"whole lines", "a\nb\n", []string{"a", "b"}},
		{"a last line without an end", "a\nb", []string{"a", "b"}},
		{"empty lines", "\n\na\n\n", []string{"", "", "a", ""}},
		{"the ends of lines of other systems", "a\r\nb\r\n\r\n", []string{"a", "b", ""}},
		{"a carriage return inside", "10%\r20%\n", []string{"10%\r20%"}},
		{"a last carriage return", "a\r", []string{"a"}},
		{"bytes that are no text", "\x00\xff\x1b[2J\n", []string{"\x00\xff\x1b[2J"}},
		{"a line as long as one may be", longest + "\nx\n", []string{longest, "x"}},
		{"the same with a carriage return", longest + "\r\nx\n", []string{longest, "x"}},
		{"the same without an end", longest, []string{longest}},
		{"a line that is one byte too long goes on", long + "\nx\n", []string{long, "", "x"}},
		{"the same with a carriage return", long + "\r\nx\n", []string{long, "", "x"}},
		{"the same without an end", long, []string{long, ""}},
		{"a line that is two bytes too long", long + "y\nx\n", []string{long, "y", "x"}},
		{"a line of several times that", long + long + long + "y\r\nx\n", []string{long, long, long, "y", "x"}},
		{"a line of twice that", long + long + "\nx", []string{long, long, "", "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, pieces := range map[string]func(int) int{
				"at once":        func(rest int) int { return rest },
				"byte by byte":   func(int) int { return 1 },
				"by the page":    func(int) int { return 4096 },
				"one byte left":  func(rest int) int { return max(1, rest-1) },
				"as pipes do it": func(rest int) int { return 1 + rand.N(rest) },
			} {
				if diff := cmp.Diff(c.want, cut(c.text, pieces)); diff != "" {
					t.Errorf("%s: %s", name, diff[:min(len(diff), 1000)])
				}
			}
		})
	}
}

func TestTwoSourcesNeverMixWithinALine(t *testing.T) {
	var l Text
	out, notes := l.Writer(false), l.Writer(true)
	for range 3 {
		fmt.Fprint(out, "out")
		fmt.Fprint(notes, "note")
	}
	fmt.Fprint(notes, "\n")
	fmt.Fprint(out, "\n")
	got := allOf(&l)
	want := []Line{{Number: 1, Text: "notenotenote", Note: true}, {Number: 2, Text: "outoutout"}}
	for i := range got {
		got[i].Time = time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAReaderWaitsForTheNextLineForTheEndAndAsLongAsItsContext(t *testing.T) {
	var l Text
	w := l.Writer(false)
	fmt.Fprintln(w, "one")
	seen, err := l.Next(t.Context(), State{})
	if want := (State{First: 1, Last: 1}); err != nil || seen != want {
		t.Fatalf("got %+v, %v", seen, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if state, err := l.Next(ctx, seen); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v", state, err)
	}
	for _, c := range []struct {
		do   func()
		want State
	}{
		{func() { fmt.Fprintln(w, "two") }, State{First: 1, Last: 2}},
		{l.End, State{First: 1, Last: 2, Ended: true}},
	} {
		got := make(chan State)
		go func() { // ended by what is done
			state, _ := l.Next(t.Context(), seen)
			got <- state
		}()
		c.do()
		if seen = <-got; seen != c.want {
			t.Errorf("got %+v, want %+v", seen, c.want)
		}
	}
}
