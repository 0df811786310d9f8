package tty

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestALineThatWasForgottenLooksOddButDoesNothing(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"text and how it looks":            {"a \x1b[1;38:5:4mb\x1b[0m ö漢", "a \x1b[1;38:5:4mb\x1b[0m ö漢"},
		"a clipboard":                      {"a\x1b]52;c;aGFja2Vk\ab", "ab"},
		"a clipboard that another ends":    {"a\x1b]52;c;aGFja2Vk\x1b\\b", "ab"},
		"a clipboard without an end":       {"a\x1b]52;c;aGFja2Vk", "a"},
		"a device control string":          {"a\x1bP+q544e\u009cb", "ab"},
		"a style within a title":           {"a\x1b]0;\x1b[31mx\ab", "a\x1b[31mxb"},
		"the cursor, erasing, a mode":      {"a\x1b[2J\x1b[H\x1b[?1000hb", "ab"},
		"questions":                        {"a\x1b[c\x1b[6n\x1b[>q\x1bZb", "ab"},
		"a reset, another set of letters":  {"a\x1bc\x1b(0b", "ab"},
		"controls":                         {"a\r\b\t\x00\x0e\x7fb", "ab"},
		"C1 as UTF-8 and as a byte":        {"a\u009b31m\x9b31mb", "a31m\ufffd31mb"},
		"reversed writing":                 {"a\u202e\u2066b", "ab"},
		"blanks that are none":             {"a\u00a0\u3000b", "a  b"},
		"a sequence that breaks off":       {"a\x1b[31\x1b[32mb\x1b[", "a\x1b[32mb"},
		"a style with a private parameter": {"a\x1b[>4;2m\x1b[?4mb", "ab"},
		"a style without an end in sight":  {"a\x1b[" + strings.Repeat("1;", 100) + "mb", "a" + strings.Repeat("1;", 100)[longestSequence-1:] + "mb"},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			terminal := New(file, file, func() {})
			d := NewDisplay(terminal, nil)
			d.giveBack = func() {}
			d.draw(frameOf{c.line, Size{400, 1}})
			got, err := os.ReadFile(file.Name())
			if want := "\x1b[H" + c.want + "\x1b[K\x1b[H"; err != nil || string(got) != want {
				t.Errorf("got %q, want %q, %v", got, want, err)
			}
		})
	}
}

func TestWhatComesInPiecesIsNotTornApart(t *testing.T) {
	const text = "größe 漢字 \x1b[31m10%\r20%\x1b[0m\x1b]52;c;aGFja2Vk\a\xff end"
	var out strings.Builder
	to := Drawing(&out)
	for i := range len(text) {
		if n, err := to.Write([]byte(text[i : i+1])); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := "größe 漢字 \x1b[31m10%\r20%\x1b[0m\ufffd end"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestWhatAToolDidToATerminalIsTakenBack(t *testing.T) {
	const hidden, scrollback = "a\x1b[8m\x1b[?25lb\nc\x1b]0;t\a", "\x1b[3J\x1b[2J"
	for name, c := range map[string]struct {
		how                 func(io.Writer) *Drawn
		text, want, takenBy string
	}{
		"text alone":                {Drawing, "größe\n", "größe\n", ""},
		"lines of a raw terminal":   {DrawingBeside, "a\nb\n", "a\r\nb\r\n", ""},
		"coloured ones":             {DrawingBeside, "\x1b[31mb\n", "\x1b[31mb\x1b[0m\r\n", "\x1b[0m"},
		"hidden, to the line's end": {Drawing, hidden, "a\x1b[8m\x1b[?25lb\x1b[0m\nc", "\x1b[0m"},
		"what has scrolled off":     {Drawing, scrollback, "\x1b[2J", "\x1b[0m"},
		"no modes beside output":    {Drawing, "\x1b[?1049h\x1b(0", "", ""},
		"modes of a tool":           {Interacting, "\x1b[?1049;25hx\x1b(0", "\x1b[?1049;25hx\x1b(0", "\x1b[?1049l"},
		"its cursor":                {Interacting, "\x1b[?25l", "\x1b[?25l", "\x1b[?25h"},
		"but no questions":          {Interacting, "\x1b[6n\x1b[c\x1b[5n\x1bPq\x1b\\\x1b]52;c;\a\x1b[?2026h\x1b[21t", "", ""},
	} {
		var out strings.Builder
		drawn := c.how(&out)
		if _, err := io.WriteString(drawn, c.text); err != nil {
			t.Fatal(err)
		}
		if out.String() != c.want {
			t.Errorf("%s: got %q", name, out.String())
		}
		if back := drawn.TakeBack(); !strings.Contains(back, c.takenBy) || (back == "") != (c.takenBy == "") {
			t.Errorf("%s: taken back by %q", name, back)
		}
	}
}

func FuzzOnlyTextAndStylesPassTheDisplay(f *testing.F) {
	f.Add("a\x1b]52;c;aGFja2Vk\ab\x1b[31m\u009b\x1b[?1000h\x1bP+q\x1b\\")
	f.Fuzz(func(t *testing.T, line string) {
		got := Styled(line)
		rest := got
		for {
			before, after, found := strings.Cut(rest, "\x1b[")
			if strings.ContainsFunc(before, func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }) {
				t.Fatalf("%q gives %q", line, got)
			}
			if !found {
				break
			}
			end := strings.IndexByte(after, 'm')
			if end < 0 || strings.Trim(after[:end], "0123456789;:") != "" {
				t.Fatalf("%q gives %q", line, got)
			}
			rest = after[end+1:]
		}
		if again := Styled(got); again != got || !utf8.ValidString(got) {
			t.Errorf("%q gives %q, and that gives %q", line, got, again)
		}
	})
}

func BenchmarkAFrameOfWhichEachLineHasChanged(b *testing.B) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer nowhere.Close()
	terminal := New(nowhere, nowhere, func() {})
	d := NewDisplay(terminal, nil)
	d.giveBack = func() {}
	line := strings.Repeat("\x1b[2m12:04:20.000\x1b[0m IP 10.244.0.10.8080 > \x1b[36m10.244.0.20\x1b[0m │ ", 4)
	frames := [2]frameOf{{strings.Repeat(line+"\n", 50), Size{200, 50}}, {strings.Repeat(line+".\n", 50), Size{200, 50}}}
	for i := 0; b.Loop(); i++ {
		d.draw(frames[i%2])
	}
}
