package pager

import (
	"slices"

	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/line"
)

// unnumbered is the line number of rows whose line has no number.
const unnumbered = ^uint64(0)

// openRows are the rows of lines that have no end yet. They are drawn behind the last line and are not counted; if there are too
// many, the last ones are drawn.
func (p *Pager) openRows() []row {
	var rows []row
	for _, o := range p.open {
		l := lineOf(o)
		if text := p.shown(l); !p.patterns[including].takes(text, true) || !p.patterns[excluding].takes(text, false) {
			continue
		}
		if all := []rune(l.text); p.wrapped {
			l.text = string(all[max(0, len(all)-p.height/2*p.textWidth()):])
		}
		some := p.addRows(nil, spot{line: unnumbered}, l)
		if p.stamp != line.NoStamp && len(some) > 0 {
			some[0].stamp = p.stamp.Of(l.time, p.how.Began, p.lines[p.end].time)
		}
		rows = append(rows, some...)
	}
	return rows[max(0, len(rows)-max(1, p.height/2)):]
}

// openMatches says whether the search matches a line that has no end yet.
func (p *Pager) openMatches() bool {
	return slices.ContainsFunc(p.open, func(o text.Line) bool { return p.patterns[searching].re.MatchString(p.shown(lineOf(o))) })
}

// room is how many rows are left for the lines that have an end.
func (p *Pager) room() int { return max(1, p.height-len(p.openRows())) }

// takes says whether a text matches, or, if wanted is false, whether it does not. Without a pattern every text passes.
func (t pattern) takes(text string, wanted bool) bool {
	return t.re == nil || t.re.MatchString(text) == wanted
}
