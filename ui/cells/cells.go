package cells

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"
)

// Piece is a part of a text, in bytes.
type Piece struct{ From, To int }

// Break breaks clean text into pieces of at most width cells, at any place.
func Break(s string, width int) []Piece {
	width = max(2, width)
	var out []Piece
	from, cells := 0, 0
	for i, r := range s {
		w := runeCells(r)
		if cells+w > width {
			out = append(out, Piece{from, i})
			from, cells = i, 0
		}
		cells += w
	}
	return append(out, Piece{from, len(s)})
}

// BreakWords breaks clean text into rows as Break does, but between words where it can; the blank there is on neither row.
func BreakWords(s string, width int) []Piece {
	var out []Piece
	for from := 0; ; {
		first := Break(s[from:], width)[0]
		if from+first.To == len(s) {
			return append(out, Piece{from, len(s)})
		}
		end := from + first.To
		next := end
		if s[end] == ' ' {
			next++
		} else if blank := strings.LastIndexByte(s[from:end], ' '); blank > 0 {
			end, next = from+blank, from+blank+1
		}
		out = append(out, Piece{from, end})
		from = next
	}
}

// Cut is the piece of clean text that is visible after the first left cells, and whether more text follows; then room for a mark
// is left.
func Cut(s string, left, width int) (p Piece, more bool) {
	i, cells := 0, 0
	for i < len(s) && cells < left {
		r, size := utf8.DecodeRuneInString(s[i:])
		i, cells = i+size, cells+runeCells(r)
	}
	p.From = i
	room, end := 0, i // where to cut, if it has to be cut
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		w := runeCells(r)
		if room+w > width {
			return Piece{p.From, end}, true
		}
		if i += size; room+w < width {
			end = i
		}
		room += w
	}
	return Piece{p.From, len(s)}, false
}

// Prefix is how many bytes at the beginning of clean text fit into that many cells.
func Prefix(s string, cells int) int {
	for i, r := range s {
		if cells -= runeCells(r); cells < 0 {
			return i
		}
	}
	return len(s)
}

// Width is how many cells clean text takes up.
func Width(s string) int {
	cells := 0
	for _, r := range s {
		cells += runeCells(r)
	}
	return cells
}

func runeCells(r rune) int {
	if r >= ' ' && r <= '~' {
		return 1
	}
	return runewidth.RuneWidth(r)
}

// FitStyled fits a line that contains styles of ours.
func FitStyled(s string, width int) string {
	return ansi.Truncate(s, width, "") + strings.Repeat(" ", max(0, width-ansi.StringWidth(s)))
}

// BesideStyled is beside for texts that contain styles of ours.
func BesideStyled(left, right string, width int) string {
	gap := width - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 1 {
		return FitStyled(ansi.Truncate(left, max(0, width-ansi.StringWidth(right)-2), "…")+" "+right, width)
	}
	return left + strings.Repeat(" ", gap) + right
}

// StyledWidth is the number of cells of a line that contains styles of ours.
func StyledWidth(s string) int { return ansi.StringWidth(s) }
