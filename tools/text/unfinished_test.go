package text

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An unfinished line is shown as a terminal would show it, and gets no number until it ends.
func TestALineWithoutAnEndIsThereAsItStandsBehindItsLastCarriageReturn(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
		open   string // in the end
		lines  []string
	}{
		{"a prompt", []string{"Password: "}, "Password: ", nil},
		{"in pieces", []string{"a", "b", "c"}, "abc", nil},
		{"behind a line", []string{"one\ntw", "o"}, "two", []string{"one"}},
		{"an end that comes later", []string{"abc", "\n"}, "", []string{"abc"}},
		{"progress", []string{"10%\r", "20%\r", "30%"}, "30%", nil},
		{"progress that is told by a carriage return behind it", []string{"10%\r", "20%\r"}, "20%", nil},
		{"a carriage return and nothing", []string{"\r"}, "", nil},
		{"carriage returns of another system", []string{"one\r", "\ntwo\r"}, "two", []string{"one"}},
		{"a line that ends behind progress", []string{"10%\r20%", "\n$ "}, "$ ", []string{"10%\r20%"}},
	} {
		var l Text
		w := l.Writer(false)
		for _, p := range c.pieces {
			_, _ = w.Write([]byte(p))
		}
		if diff := cmp.Diff(c.open, openOf(&l)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		var lines []string
		for _, line := range allOf(&l) {
			lines = append(lines, line.Text)
		}
		if diff := cmp.Diff(c.lines, lines); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		w.Flush()
		if got := openOf(&l); got != "" {
			t.Errorf("%s: %q is unfinished after the end", c.name, got)
		}
	}
}

// openOf returns the unfinished lines of a text.
func openOf(l *Text) string {
	var texts []string
	for _, line := range l.Unfinished() {
		texts = append(texts, line.Text)
	}
	return strings.Join(texts, "|")
}

func TestWhoWaitsIsToldOfEachChangeOfALineWithoutAnEnd(t *testing.T) {
	var l Text
	w := l.Writer(false)
	ctx, end := context.WithTimeout(t.Context(), time.Minute) // reached only if nobody is told
	defer end()
	var seen State
	for _, piece := range []string{"1%", "\r2%", "\n", "$ "} {
		_, _ = w.Write([]byte(piece))
		now, err := l.Next(ctx, seen)
		if err != nil || now.Unfinished == seen.Unfinished {
			t.Errorf("%q: %+v after %+v, %v", piece, now, seen, err)
		}
		seen = now
	}
	_, _ = w.Write(nil)
	if now, _ := l.state.Get(); now != seen {
		t.Errorf("the state is %+v after %+v, although nothing came", now, seen)
	}
}

func TestOutputAndNotesOfARunAndOfASetHaveALineWithoutAnEndEach(t *testing.T) {
	set := New(Kind{})
	one, two := New(Kind{Run: 1, Set: set}), New(Kind{Run: 2, Set: set})
	set.Join(nil)
	set.Join(nil)
	write := func(w *Writer, text string) { _, _ = w.Write([]byte(text)) }
	output, notes, other := one.Writer(false), one.Writer(true), two.Writer(false)
	write(output, "out")
	write(notes, "err")
	write(other, "other")
	if got := openOf(one); got != "out|err" {
		t.Errorf("of the run: %q", got)
	}
	if got := openOf(set); got != "out|err|other" {
		t.Errorf("of the set: %q", got)
	}
	if line := set.Unfinished()[1]; line.Run != 1 || !line.Note || line.Time.Before(time.Now().Add(-time.Minute)) {
		t.Errorf("%+v", line)
	}
	write(output, "\n")
	if got := openOf(set); got != "err|other" {
		t.Errorf("of the set: %q", got)
	}
}

// An endless line takes no more memory than MaxLine, and progress without a line end makes no lines.
func TestAnEndlessLineStaysSmall(t *testing.T) {
	for name, c := range map[string]struct {
		piece string
		lines bool
	}{
		"of letters": {strings.Repeat("x", 1000), true}, "of progress": {"\r" + strings.Repeat("x", 60), false},
		"of carriage returns": {strings.Repeat("\r", 1000), false},
	} {
		var l Text
		w := l.Writer(false)
		for range 1000 {
			_, _ = w.Write([]byte(c.piece))
			if open := l.Unfinished(); len(w.partial) > MaxLine || len(open) > 1 || len(open) == 1 && len(open[0].Text) > MaxLine {
				t.Fatalf("%s: %d bytes are held", name, len(w.partial))
			}
		}
		if got := l.Count() > 0; got != c.lines {
			t.Errorf("%s: %d lines", name, l.Count())
		}
	}
}

// Long lines with carriage returns become the same lines, in whatever pieces they come.
func TestLongLinesThatAreWrittenOverAreTheSameInWhateverPieces(t *testing.T) {
	var text bytes.Buffer
	for i := range 300 {
		text.WriteString(strings.Repeat("p", i*7%200) + "\r")
	}
	text.WriteString(strings.Repeat("q", MaxLine) + "\r" + strings.Repeat("r", MaxLine+5) + "\nend\n")
	want := cut(text.String(), func(rest int) int { return rest })
	for _, n := range []int{1, 7, 4096} {
		if diff := cmp.Diff(want, cut(text.String(), func(int) int { return n })); diff != "" {
			t.Errorf("in pieces of %d bytes: %s", n, diff)
		}
	}
}
