package cells

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
)

func TestTextFromElsewhereIsMadeSafe(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "eth0: up", "eth0: up"},
		{"other alphabets", "größe 漢字 é", "größe 漢字 é"},
		{"tabs become blanks", "a\tb", "a       b"},
		{"a title sequence", "\x1b]0;x\x07", `\x1b]0;x\x07`},
		{"carriage return", "100%\r", `100%\x0d`},
		{"delete", "a\x7f", `a\x7f`},
		{"C1 as UTF-8", "\u009b31m", "<U+009B>31m"},
		{"C1 as a byte", "\x9b31m", `\x9b31m`},
		{"half a rune", "\xe6\xbc", `\xe6\xbc`},
		{"tabs behind what is shown longer", "\x1b\tb\tc", `\x1b    b       c`},
		{"reversed writing", "a\u202etxt.exe", "a<U+202E>txt.exe"},
		{"isolates, zero widths, line separators", "\u2066\u200b\u2028\ufeff", "<U+2066><U+200B><U+2028><U+FEFF>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Clean(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzCleanLeavesNothingThatATerminalActsOn(f *testing.F) {
	f.Add("\x1b[31m\u202e\t\x9b")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range Clean(text) {
			if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
				t.Errorf("%q gives %q", text, Clean(text))
			}
		}
	})
}

func TestTextIsFittedToCells(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Fit("abc", 5), "abc  "}, {Fit("abcdef", 5), "abcd…"}, {Fit("漢字漢字", 5), "漢字…"}, {Fit("x", 0), ""}, {Fit("x", -3), ""},
		{FitRight("7", 3), "  7"},
		{FitMiddle("cart-7f9c4-x2lpq", 10), "cart-…2lpq"}, {FitMiddle("cart", 10), "cart      "},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLongTextIsBrokenAtBlanksAndFilled(t *testing.T) {
	got := Wrap("  one two three fourfourfourfourfour", 12)
	want := []string{"  one two   ", "  three     ", "  fourfourfo", "  urfourfour"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, line := range Wrap(strings.Repeat("漢字 ", 30), 11) {
		if w := runewidth.StringWidth(line); w != 11 {
			t.Errorf("%q has %d cells", line, w)
		}
	}
}

func TestTextThatBeginsWithMoreBlanksThanALineHasIsBrokenAllTheSame(t *testing.T) {
	got := Wrap(strings.Repeat(" ", 50)+"one two", 12)
	if want := []string{"    one two "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOfATextThatIsTooLongTheBeginningIsShownAndHowMuchIsMissing(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"as long as may be":         {strings.Repeat("x", mostShown), strings.Repeat("x", mostShown)},
		"of control characters":     {strings.Repeat("\x1b", mostShown+5), strings.Repeat(`\x1b`, mostShown) + " … (5 B more)"},
		"cut between characters":    {strings.Repeat("x", mostShown-1) + "漢字", strings.Repeat("x", mostShown-1) + " … (6 B more)"},
		"of what are no characters": {strings.Repeat("\x80", mostShown+1000), strings.Repeat(`\x80`, mostShown-4) + " … (1.0 kB more)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clean(c.text); got != c.want {
				t.Errorf("got %d bytes, …%q", len(got), got[max(0, len(got)-40):])
			}
		})
	}
}

func BenchmarkATextFromElsewhereIsCleanedAndBroken(b *testing.B) {
	for name, text := range map[string]string{
		"plain":    strings.Repeat("one two three ", 40),
		"other":    strings.Repeat("größe 漢字 ", 40),
		"too long": strings.Repeat("\x1b ", 1<<19),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = Wrap(Clean(text), 80)
			}
		})
	}
}

func TestRowsOfWordsLoseNothingButTheBlankBetweenThem(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "",
		"one two three":     "one two|three",
		"one two  three":    "one two |three",
		"abcdefghijkl mn":   "abcdefgh|ijkl mn",
		"a bcdefghijklmnop": "a|bcdefghi|jklmnop",
		"日本語 日本語":           "日本語|日本語",
	} {
		var rows []string
		for _, piece := range BreakWords(text, 8) {
			rows = append(rows, text[piece.From:piece.To])
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
