// Package printable makes foreign text safe to show: characters that move a terminal's cursor, change its colours, query it, reverse the
// writing direction or are invisible are shown as readable escapes.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostMarks is how many accents one character may have. No language needs more; more would cover neighbouring lines.
const mostMarks = 3

// Is says whether a text can be shown unchanged: it is valid UTF-8, in one line, and fully visible.
func Is(text string) bool { return ASCII(text) || Line(text) == text }

// Line returns a text for one line: control characters and bytes that are not UTF-8 become \x1b, other invisible characters <U+202E>.
func Line(text string) string {
	if ASCII(text) {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/4)
	marks := mostMarks // the first character has none before it that could carry a mark
	for i := 0; i < len(text); {
		if c := text[i]; ' ' <= c && c <= '~' {
			out = append(out, c)
			marks = 0
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			out = fmt.Appendf(out, `\x%02x`, text[i])
			marks = mostMarks
		case !visible(r), isMark(r) && marks == mostMarks:
			out = fmt.Appendf(out, "<U+%04X>", r)
		case isMark(r):
			out = append(out, text[i:i+size]...)
			marks++
		default:
			out = append(out, text[i:i+size]...)
			marks = 0
		}
		i += size
	}
	return string(out)
}

// Lines returns a text for several lines: each line as Line returns it, with a blank for a tab.
func Lines(text string) string {
	if ASCII(text) {
		return text
	}
	lines := strings.Split(strings.ReplaceAll(text, "\t", " "), "\n")
	for i, line := range lines {
		lines[i] = Line(line)
	}
	return strings.Join(lines, "\n")
}

// JSON returns an encoded JSON value of the same meaning, in which everything that Line would escape is a JSON escape.
func JSON(encoded []byte) []byte {
	out := make([]byte, 0, len(encoded))
	for i := 0; i < len(encoded); {
		r, size := utf8.DecodeRune(encoded[i:])
		switch {
		case r > 0xffff && (!visible(r) || isMark(r)):
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		case r >= 0x7f && (!visible(r) || isMark(r)):
			out = fmt.Appendf(out, `\u%04x`, r) // a byte that is not UTF-8, which encoders do not write, becomes U+FFFD
		default:
			out = append(out, encoded[i:i+size]...)
		}
		i += size
	}
	return out
}

// ASCII says whether a text consists of printable ASCII characters.
func ASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// visible says whether a character can be seen: C1 controls, bidi controls, zero-width characters, line separators, fillers and variation
// selectors cannot.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r)
}

// isMark says whether a character is drawn onto the one before it.
func isMark(r rune) bool { return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me) }
