package tools

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
	var l lines
	w := l.writer(false)
	for len(text) > 0 {
		n := min(len(text), pieces(len(text)))
		_, _ = w.Write([]byte(text[:n]))
		text = text[n:]
	}
	w.flush()
	l.end()
	for after := uint64(0); ; {
		chunk, ok := l.after(after)
		if !ok {
			panic("lines that have ended never wait")
		}
		for _, line := range chunk.Lines {
			got = append(got, line.Text)
		}
		if after = chunk.Next; chunk.End {
			return got
		}
	}
}

func TestLinesAreTheSameInWhateverPiecesTheTextComes(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", maxLine/16)
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
		{"a line as long as one may be", long + "\nx\n", []string{long, "x"}},
		{"the same with a carriage return", long + "\r\nx\n", []string{long, "x"}},
		{"the same without an end", long, []string{long}},
		{"a line that is one byte too long", long + "y\nx\n", []string{long, "y", "x"}},
		{"a line of several times that", long + long + long + "y\r\nx\n", []string{long, long, long, "y", "x"}},
		{"a line of twice that", long + long + "\nx", []string{long, long, "x"}},
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
	var l lines
	out, notes := l.writer(false), l.writer(true)
	for range 3 {
		fmt.Fprint(out, "out")
		fmt.Fprint(notes, "note")
	}
	fmt.Fprint(notes, "\n")
	fmt.Fprint(out, "\n")
	chunk, _ := l.after(0)
	want := []Line{{Number: 1, Text: "notenotenote", Note: true}, {Number: 2, Text: "outoutout"}}
	for i := range chunk.Lines {
		chunk.Lines[i].Time = time.Time{}
	}
	if diff := cmp.Diff(want, chunk.Lines); diff != "" {
		t.Error(diff)
	}
}

func TestAReaderGetsEveryLineOnceInOrderAndIsToldOfTheEnd(t *testing.T) {
	var l lines
	if chunk, ok := l.after(0); ok {
		t.Errorf("got %+v of nothing", chunk)
	}
	const all = maxChunk*2 + 5
	w := l.writer(false)
	for i := range all {
		fmt.Fprintf(w, "line %d\n", i+1)
	}
	l.end()
	var sizes []int
	number := uint64(0)
	for after := uint64(0); ; {
		chunk, err := l.next(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range chunk.Lines {
			if number++; line.Number != number || line.Text != fmt.Sprintf("line %d", number) {
				t.Fatalf("got %+v in place of line %d", line, number)
			}
		}
		sizes, after = append(sizes, len(chunk.Lines)), chunk.Next
		if chunk.End {
			break
		}
	}
	if diff := cmp.Diff([]int{maxChunk, maxChunk, 5}, sizes); diff != "" || number != all {
		t.Errorf("%d lines: %s", number, diff)
	}
	if chunk, err := l.next(t.Context(), all); err != nil || !chunk.End || len(chunk.Lines) > 0 || chunk.Next != all {
		t.Errorf("behind the end: %+v, %v", chunk, err)
	}
}

func TestAReaderWaitsForTheNextLineAndAsLongAsItsContext(t *testing.T) {
	var l lines
	w := l.writer(false)
	fmt.Fprintln(w, "one")
	for name, after := range map[string]uint64{"the newest": 1, "one that is not there yet": 7} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if chunk, err := l.next(ctx, after); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %+v, %v", chunk, err)
			}
		})
	}
	got := make(chan Chunk)
	go func() { // ended by the line
		chunk, _ := l.next(t.Context(), 1)
		got <- chunk
	}()
	fmt.Fprintln(w, "two")
	if chunk := <-got; len(chunk.Lines) != 1 || chunk.Lines[0].Text != "two" {
		t.Errorf("got %+v", chunk)
	}
}

func TestTheOldestLinesGoFirstAndAreCounted(t *testing.T) {
	var l lines
	w := l.writer(false)
	text := strings.Repeat("x", 1000-lineOverhead)
	for range 3 * maxKept / 1000 {
		fmt.Fprintln(w, text)
	}
	l.end()
	chunk, _ := l.after(0)
	if want := l.last - maxKept/1000; chunk.Skipped != want || chunk.Lines[0].Number != want+1 {
		t.Errorf("skipped %d, want %d, and the first is %d", chunk.Skipped, want, chunk.Lines[0].Number)
	}
	kept := uint64(len(chunk.Lines))
	for after := chunk.Next; !chunk.End; after = chunk.Next {
		skipped := chunk.Skipped
		chunk, _ = l.after(after)
		if chunk.Skipped = chunk.Skipped + skipped; chunk.Skipped != skipped {
			t.Fatal("something is skipped that was there")
		}
		kept += uint64(len(chunk.Lines))
	}
	if kept+chunk.Skipped != l.last || l.bytes > maxKept {
		t.Errorf("%d kept, %d skipped, %d in all; %d bytes", kept, chunk.Skipped, l.last, l.bytes)
	}
}

func TestAReaderThatIsFarBehindIsToldWhatItMissedAndReadsOn(t *testing.T) {
	var l lines
	w := l.writer(false)
	big := strings.Repeat("x", maxLine)
	fmt.Fprintln(w, "first")
	chunk, _ := l.after(0)
	for range maxKept / maxLine * 2 {
		fmt.Fprintln(w, big)
	}
	chunk, _ = l.after(chunk.Next)
	if chunk.Skipped == 0 || chunk.Lines[0].Number != 2+chunk.Skipped {
		t.Errorf("skipped %d, and then comes line %d", chunk.Skipped, chunk.Lines[0].Number)
	}
}

func TestAMillionLinesAreAllCountedWhileSomebodyReads(t *testing.T) {
	var l lines
	const all = 1_000_000
	done := make(chan uint64)
	go func() { // ended by the end of the lines
		var seen uint64
		for after := uint64(0); ; {
			chunk, err := l.next(context.Background(), after)
			seen += uint64(len(chunk.Lines)) + chunk.Skipped
			if after = chunk.Next; err != nil || chunk.End {
				done <- seen
				return
			}
		}
	}()
	w := l.writer(false)
	block := []byte(strings.Repeat("a line of a tool that says much\n", 1000))
	for range all / 1000 {
		_, _ = w.Write(block)
	}
	l.end()
	if seen := <-done; seen != all || l.count() != all || l.bytes > maxKept {
		t.Errorf("%d seen, %d counted, %d bytes are kept", seen, l.count(), l.bytes)
	}
}
