package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
)

// readLong sits down before a run that wrote text without a line break, as tools takes it apart.
func readLong(t testing.TB, width, height int, content string) *person {
	t.Helper()
	s := state(1, tools.Running)
	s.Capture = false
	p := before(t, width, height, s)
	var lines []text.Line
	for ; len(content) >= text.MaxLine; content = content[text.MaxLine:] {
		lines = append(lines, text.Line{Text: content[:text.MaxLine], Time: noon, Run: 1})
	}
	p.comes(append(lines, text.Line{Text: content, Time: noon, Run: 1}))
	return p
}

func TestALineThatIsTooLongSaysThatItGoesOnInTheNext(t *testing.T) {
	for name, text := range map[string]string{
		"of letters":           strings.Repeat("x", text.MaxLine) + "rest",
		"of control bytes":     strings.Repeat("\x1b", text.MaxLine) + "rest",
		"that looks different": strings.Repeat("x", text.MaxLine-1) + "\xff" + "rest",
	} {
		t.Run(name, func(t *testing.T) {
			p := readLong(t, 80, 24, text)
			p.sees("↓ continues in the next line", "rest")
			p.press("w")
			p.sees("↓ continues in", "rest")
		})
	}
	p := readLong(t, 80, 24, strings.Repeat("x", text.MaxLine-1))
	p.seesNot("continues in")
}

func TestWhatIsCopiedOfALongLineIsOneLine(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 3*text.MaxLine/16) + "rest"
	p := readLong(t, 80, 24, text)
	p.press("c", "up", "up", "up", "enter")
	if diff := cmp.Diff([]string{text + "\n"}, p.copied); diff != "" {
		t.Error(diff[:min(len(diff), 500)])
	}
}

func BenchmarkAKeyInTwentyMegabytesWithoutALineBreak(b *testing.B) {
	for name, text := range map[string]string{
		"control bytes": strings.Repeat("\x1b", 20<<20),
		"letters":       strings.Repeat("error 10.0.0.1 ", 20<<20/15),
		"C1 bytes":      strings.Repeat("\x9b", 20<<20),
		"accents":       strings.Repeat("\u0301", 10<<20),
	} {
		for _, wrapped := range []bool{false, true} {
			b.Run(name+map[bool]string{true: ", wrapped"}[wrapped], func(b *testing.B) {
				p := readLong(b, 200, 50, text)
				if wrapped {
					p.press("w")
				}
				p.press("H", "e", "enter", "a", "a")
				for b.Loop() {
					p.press("up")
					p.screen()
				}
			})
		}
	}
}
