package pager

import "github.com/fennec-project/podtracer/ui/line"

// unnumbered is the line of a row that has no number.
const unnumbered = ^uint64(0)

// openRows are the rows of the lines that have no end yet. They stand behind the last line, and are not counted; of many rows the last
// ones are seen.
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

// room is how many rows the lines have that have an end.
func (p *Pager) room() int { return max(1, p.height-len(p.openRows())) }

// takes says whether a text matches, or, with wanted false, does not; without a pattern all do.
func (t pattern) takes(text string, wanted bool) bool {
	return t.re == nil || t.re.MatchString(text) == wanted
}
