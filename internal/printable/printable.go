// Package printable makes text that comes from elsewhere safe to show: what would move a terminal's cursor, change its
// colours, talk to it, reverse the direction of writing or hide is shown as an escape that a person can read.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostMarks is how many accents one character may carry. No language needs more; with more they cover the lines around.
const mostMarks = 3

// Is says whether a text can be shown as it is: it is valid UTF-8, on one line, and all of it can be seen.
func Is(text string) bool { return ASCII(text) || Line(text) == text }

// Line is a text as it is shown on one line: control characters and bytes that are no UTF-8 as \x1b, other characters that
// cannot be seen as <U+202E>.
func Line(text string) string {
	if ASCII(text) {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/4)
	marks := mostMarks // the first character has none before it that could carry one
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

// Lines is a text of several lines as it is shown: each as Line has it, with a blank for a tab.
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

// JSON is an encoded JSON value in which all that Line would not show as it is, is written as JSON escapes: it means the same.
func JSON(encoded []byte) []byte {
	out := make([]byte, 0, len(encoded))
	for i := 0; i < len(encoded); {
		r, size := utf8.DecodeRune(encoded[i:])
		switch {
		case r > 0xffff && !visible(r):
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		case r >= 0x7f && (!visible(r) || isMark(r)):
			out = fmt.Appendf(out, `\u%04x`, r) // a byte that is no UTF-8, which encoders do not write, as U+FFFD
		default:
			out = append(out, encoded[i:i+size]...)
		}
		i += size
	}
	return out
}

// ASCII says whether a text is of printable ASCII characters alone.
func ASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// visible says whether something of a character is seen: C1 controls, bidi controls, zero widths, separators of lines, fillers
// and selectors of variants show nothing of themselves.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r)
}

// isMark says whether a character is drawn onto the one before it.
func isMark(r rune) bool { return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me) }
