package pager

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

// begins sets the line that has no end, and tells the pager.
func (r *reader) begins(t *testing.T, line string) {
	r.text.Begins(text.Line{Text: line, Time: fakes.Noon, Run: 1})
	r.do(t, r.ask.text(r.view, r.Pager.text, r.state))
	r.settle(t)
}

func (r *reader) key(t *testing.T, keys ...string) {
	for _, k := range fakes.Keys(keys...) {
		if r.Typing() {
			r.do(t, r.KeyTyped(k, fakes.Noon))
		} else {
			r.Key(k)
		}
		r.settle(t)
	}
}

// seen are the rows without padding.
func (r *reader) seen() (rows []string) {
	for _, row := range r.Body(style.New(style.Look{}), 20) {
		if row = strings.TrimSpace(ansi.Strip(row)); row != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *reader) last() string { rows := r.seen(); return rows[len(rows)-1] }

func TestALineWithoutAnEndIsSeenBehindTheLastAndIsNoLine(t *testing.T) {
	for lines, rows := range map[int]int{0: 1, 3: 4, 100: 20} {
		r := open(t, lines)
		r.begins(t, "Password: ")
		if got := r.seen(); len(got) != rows || r.last() != "Password:" {
			t.Errorf("%d lines: %q", lines, got)
		}
		if r.end != uint64(lines) {
			t.Errorf("%d lines, and %d are counted", lines, r.end)
		}
		r.begins(t, "\x1b[2Jother")
		if r.last() != `\x1b[2Jother` {
			t.Errorf("%q is seen", r.last())
		}
		r.text.Begins(text.Line{})
		r.text.Add(text.Line{Text: "it has ended", Run: 1})
		r.do(t, r.ask.text(r.view, r.Pager.text, r.state))
		r.settle(t)
		if got := r.seen(); r.last() != "it has ended" || strings.Contains(strings.Join(got, "\n"), "other") {
			t.Errorf("%q", got)
		}
	}
}

func TestALineWithoutAnEndIsSeenAtTheEndOnlyAndUnderTheFilters(t *testing.T) {
	r := open(t, 100)
	r.begins(t, "45% of it")
	r.key(t, "g")
	if strings.Contains(strings.Join(r.seen(), "\n"), "45%") {
		t.Error("it is seen at the beginning")
	}
	r.key(t, "G", "k")
	if r.last() != "45% of it" {
		t.Errorf("at the end %q is seen", r.last())
	}
	if at := r.Positions()[0]; !strings.Contains(at, "line 99 of 100") {
		t.Errorf("the cursor is at %q", at)
	}
	for _, c := range []struct {
		keys []string
		seen bool
	}{{[]string{"&", "line", "enter"}, false}, {[]string{"&", "of it", "enter"}, true}, {[]string{"!", "45", "enter"}, false}, {[]string{"!", "a line", "enter"}, true}} {
		r := open(t, 100)
		r.begins(t, "45% of it")
		r.key(t, c.keys...)
		if got := strings.Contains(strings.Join(r.seen(), "\n"), "45% of it"); got != c.seen {
			t.Errorf("%q: it is seen: %v\n%q", c.keys, got, r.seen())
		}
	}
}

func TestOfAWrappedLineWithoutAnEndTheNewestIsSeenAndTheLinesBeforeItStay(t *testing.T) {
	r := open(t, 100)
	r.key(t, "w")
	r.begins(t, strings.Repeat("x", text.MaxLine-10)+"the end")
	if rows := r.seen(); len(rows) != 20 || !strings.HasSuffix(r.last(), "the end") || !strings.HasSuffix(rows[0], "a line") {
		t.Errorf("%q", rows)
	}
}

// Text that was overwritten is neither shown nor found.
func TestALineThatWasWrittenOverIsShownAndFoundAsItStands(t *testing.T) {
	r := open(t, 3)
	r.text.Add(text.Line{Text: "10% \r 55% \r100% done\r", Run: 1})
	r.do(t, r.ask.text(r.view, r.Pager.text, r.state))
	r.settle(t)
	if r.last() != "100% done" {
		t.Errorf("%q", r.last())
	}
	r.key(t, "/", "55%", "enter")
	if r.found.len() != 0 {
		t.Error("what cannot be seen is found")
	}
	r.key(t, "/", "ctrl+u", "100%", "enter")
	if r.found.len() != 1 {
		t.Error("what is seen is not found")
	}
}

func TestASearchDoesNotSayNoMatchOfALineThatIsSeen(t *testing.T) {
	r := open(t, 100)
	r.begins(t, "Password: ")
	r.key(t, "/", "p", "a", "s", "s", "w", "enter")
	if got := r.matchText(); got != "in the line without an end" {
		t.Errorf("it says %q", got)
	}
	r.key(t, "/", "x", "y", "z", "enter")
	if got := r.matchText(); got != "no match" {
		t.Errorf("it says %q", got)
	}
}
