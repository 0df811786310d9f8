package pager

import (
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/line"
)

// row is one drawn row: a piece of a line.
type row struct {
	line   uint64
	stamp  string
	prefix string
	pod    string
	text   string // the whole line
	piece  cells.Piece
	end    string // is drawn behind the line
	begins bool   // the row is the first of its line
	note   bool
}

// lostRow says which lines are not kept any more.
func (p *Pager) lostRow() row {
	text := "… line 1 is not kept any more"
	if p.state.First > 2 {
		text = "… lines 1–" + figures.Count(p.state.First-1) + " are not kept any more"
	}
	piece, end := cutMarked(text, 0, p.textWidth())
	return row{text: text, piece: piece, end: end, note: true}
}

// addRows adds the rows of a line, beginning with one of them.
func (p *Pager) addRows(rows []row, s spot, l outputLine) []row {
	whole, width := p.shown(l), p.textWidth()
	mark := p.mark(l)
	r := row{line: s.line, text: whole, note: l.note, prefix: p.prefix(l), pod: cells.Clean(p.of.Pods[l.run])}
	if p.stamp != line.NoStamp {
		var before outputLine
		if b := p.away(s.line, -1); b < s.line {
			before = p.lines[b]
		}
		r.stamp = p.stamp.Of(l.time, p.how.Began, before.time)
	}
	if !p.inRows(l) {
		r.piece, r.end = cutMarked(whole, p.left, width-cells.Width(mark))
		r.end += mark
		r.begins = true
		return append(rows, r)
	}
	r.text += mark
	for i, piece := range pieces(l, r.text, width) {
		if r.piece, r.begins = piece, i == 0; i >= s.part && len(rows) < p.height {
			rows = append(rows, r)
		}
	}
	return rows
}

// parts is how many rows a line takes.
func (p *Pager) parts(line uint64) int {
	l, ok := p.lines[line]
	if !ok || !p.inRows(l) {
		return 1
	}
	return len(pieces(l, p.shown(l)+p.mark(l), p.textWidth()))
}

// inRows says whether a line takes as many rows as it needs. What podtracer itself says does so always: it may be the reason why somebody
// waits, and is not looked for behind the edge of the screen.
func (p *Pager) inRows(l outputLine) bool { return p.wrapped || l.own() }

// own says whether a line is podtracer's.
func (l outputLine) own() bool { return l.note && strings.HasPrefix(l.text, text.NotePrefix) }

// pieces are the rows of a line that is wrapped.
func pieces(l outputLine, text string, width int) []cells.Piece {
	if l.own() {
		return cells.BreakWords(text, width)
	}
	return cells.Break(text, width)
}

// goesOn is drawn behind the piece of a line that continues in the next one, because it is longer than a line can be.
const goesOn = " ↓ continues in the next line"

// mark is what is drawn behind a line, as far as there is room.
func (p *Pager) mark(l outputLine) string {
	if !l.long {
		return ""
	}
	return goesOn[:cells.Prefix(goesOn, p.textWidth()/2)]
}

// cutMarked is the part of a text that is visible after scrolling by left cells, and a mark if there is more.
func cutMarked(text string, left, width int) (seen cells.Piece, mark string) {
	seen, more := cells.Cut(text, left, width)
	if more {
		mark = "…"
	}
	return seen, mark
}
