package printable

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatATerminalActsOnAndWhatHidesIsShownAsAnEscape(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain text":                     {"eth0: up", "eth0: up"},
		"other alphabets":                {"größe 漢字 é", "größe 漢字 é"},
		"accents of their own":           {"e\u0301", "e\u0301"},
		"a clipboard sequence":           {"\x1b]52;c;aGk=\a", `\x1b]52;c;aGk=\x07`},
		"the ends of lines":              {"a\r\nb", `a\x0d\x0ab`},
		"delete":                         {"a\x7f", `a\x7f`},
		"C1 as UTF-8":                    {"\u009b31m", "<U+009B>31m"},
		"C1 as a byte":                   {"\x9b31m", `\x9b31m`},
		"half a character":               {"\xe6\xbc", `\xe6\xbc`},
		"a surrogate":                    {"\xed\xa0\x80", `\xed\xa0\x80`},
		"reversed writing":               {"a\u202etxt.exe", "a<U+202E>txt.exe"},
		"isolates and zero widths":       {"\u2066\u200b\u200d\ufeff", "<U+2066><U+200B><U+200D><U+FEFF>"},
		"separators of lines":            {"\u2028\u0085", "<U+2028><U+0085>"},
		"tags":                           {"\U000e0041", "<U+E0041>"},
		"letters that show nothing":      {"a\u3164\u115f\uffa0", "a<U+3164><U+115F><U+FFA0>"},
		"selectors of variants":          {"a\ufe0f", "a<U+FE0F>"},
		"an accent without a letter":     {"\u0301a", "<U+0301>a"},
		"more accents than a letter has": {"a" + strings.Repeat("\u0336", 5), "a\u0336\u0336\u0336<U+0336><U+0336>"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Line(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if Is(c.text) != (c.text == c.want) {
				t.Errorf("Is(%q) is %v", c.text, Is(c.text))
			}
		})
	}
}

func TestLinesStayLines(t *testing.T) {
	if got, want := Lines("a\tb\n\x1b[2J\r\n"), "a b\n\\x1b[2J\\x0d\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzWhatIsShownIsSafeAndShownOnceMoreIsTheSame(f *testing.F) {
	f.Add("\x1b[31m\u202e\t\x9b\u0301\u0301\u0301\u0301")
	f.Fuzz(func(t *testing.T, text string) {
		shown := Line(text)
		for _, r := range shown {
			if r < ' ' || 0x7f <= r && r < 0xa0 || 0x200b <= r && r <= 0x200f || 0x202a <= r && r <= 0x202e || 0x2060 <= r && r <= 0x206f || r == 0xfeff {
				t.Errorf("%q gives %q", text, shown)
			}
		}
		if again := Line(shown); again != shown || !utf8.ValidString(shown) || !Is(shown) {
			t.Errorf("%q gives %q, and that gives %q", text, shown, again)
		}
	})
}

func FuzzJSONMeansTheSameAndIsSafe(f *testing.F) {
	f.Add("\x1b\x7f\u009b\u202e\U000e0041\u0301\U0001da69 ö \"\\")
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := JSON(encoded)
		var before, after string
		if err := json.Unmarshal(encoded, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(safe, &after); err != nil || after != before {
			t.Errorf("%q became %s: %v", text, safe, err)
		}
		if !Is(string(safe)) {
			t.Errorf("%q became %q", text, safe)
		}
	})
}
