// Package cells makes text from elsewhere safe, and makes text fit: it counts, cuts, wraps and fills by cells of the terminal.
// Its door is Clean, for everything that others wrote, and the functions that fit clean text into a width.
package cells

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/printable"
)

const tabWidth = 8

// mostShown is how many bytes of one text are shown: each frame processes all of them, and nobody reads more.
const mostShown = 16 << 10

// Clean makes text that comes from elsewhere safe to draw on one line (package printable); tabs become blanks. The result takes
// up as many cells as runewidth says. If a text is too long, the result is its beginning and how much is missing.
func Clean(s string) string {
	more := ""
	if len(s) > mostShown {
		cut := mostShown
		for cut > mostShown-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s, more = s[:cut], " … ("+figures.Bytes(int64(len(s)-cut))+" more)"
	}
	first, rest, tabs := strings.Cut(s, "\t")
	first = printable.Line(first)
	if !tabs {
		return first + more
	}
	var b strings.Builder
	b.WriteString(first)
	column := Width(first)
	for part := range strings.SplitSeq(rest, "\t") {
		blanks := tabWidth - column%tabWidth
		b.WriteString(strings.Repeat(" ", blanks))
		part = printable.Line(part)
		b.WriteString(part)
		column += blanks + Width(part)
	}
	return b.String() + more
}

// FirstLine is the first line of a text.
func FirstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

// Fit makes clean text exactly width cells wide: cut with … or filled with blanks.
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return runewidth.FillRight(runewidth.Truncate(near(s, width), width, "…"), width)
}

// FitRight fits and aligns the text to the right, as numbers are.
func FitRight(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return runewidth.FillLeft(runewidth.Truncate(near(s, width), width, "…"), width)
}

// near drops what is far beyond that many cells: measuring the whole of a long text costs more than measuring what is visible.
func near(s string, cells int) string {
	if len(s) <= 4*cells {
		return s
	}
	return s[:Prefix(s, 2*cells)]
}

// FitMiddle fits and cuts in the middle: the ends of pods' names tell them apart.
func FitMiddle(s string, width int) string {
	have := runewidth.StringWidth(s)
	if have <= width || width < 5 {
		return Fit(s, width)
	}
	tail := (width - 1) / 2
	return Fit(runewidth.Truncate(s, width-tail, "…")+runewidth.TruncateLeft(s, have-tail, ""), width)
}

// Wrap breaks clean text into lines of at most width cells, at blanks where it can, and fills each line. Lines after the first
// are indented as far as the first one, which must not be far.
func Wrap(s string, width int) []string {
	if width < 8 {
		return []string{Fit(s, width)}
	}
	text := strings.TrimLeft(s, " ")
	indent := strings.Repeat(" ", min(len(s)-len(text), width/3))
	var out []string
	for {
		end := Prefix(text, width-len(indent))
		if end == len(text) {
			return append(out, Fit(indent+text, width))
		}
		if blank := strings.LastIndexByte(text[:end], ' '); blank > width/3 {
			end = blank
		}
		out = append(out, Fit(indent+text[:end], width))
		text = strings.TrimLeft(text[end:], " ")
	}
}

// Brief keeps the first lines, and says how many more there are.
func Brief(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most-1:most-1], " … "+figures.Plural(len(lines)-most+1, "more line"))
}

// WrapAll cleans and wraps each of several lines, and indents it by a blank.
func WrapAll(s string, width int) []string {
	var out []string
	for line := range strings.Lines(s) {
		out = append(out, Wrap(" "+Clean(strings.TrimRight(line, "\n")), width)...)
	}
	return out
}
