package pager

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/keys"
)

// move handles a key that moves the cursor, and says whether it was one.
func (p *Pager) move(k tea.KeyMsg) bool {
	const sideways = 16
	switch {
	case key.Matches(k, keys.Pause, keys.Follow):
		p.setFollow(!p.follow)
	case key.Matches(k, keys.Up):
		p.step(-1)
	case key.Matches(k, keys.Down):
		p.step(1)
	case key.Matches(k, keys.PageUp):
		p.Page(-max(1, p.height-1))
	case key.Matches(k, keys.PageDown):
		p.Page(max(1, p.height-1))
	case key.Matches(k, keys.Top):
		p.setFollow(false)
		p.cursor, _ = p.bounds()
		p.top = spot{line: p.cursor}
	case key.Matches(k, keys.Bottom):
		p.setFollow(true)
	case key.Matches(k, keys.Left):
		p.left = max(0, p.left-sideways)
	case key.Matches(k, keys.Right) && !p.wrapped:
		p.left += sideways
	default:
		return false
	}
	return true
}

// setFollow starts or stops following the newest line. When following stops, the cursor is on the last visible line.
func (p *Pager) setFollow(on bool) {
	if p.follow && !on {
		_, p.cursor = p.bounds()
		p.paused = p.end
	}
	p.follow = on
}

// step moves the cursor by some lines. Moving up stops following; reaching the end does not start it again, because lines must
// not begin to move while a person reads the last ones.
func (p *Pager) step(by int) {
	if by > 0 && p.follow {
		return
	}
	p.setFollow(false)
	p.cursor = p.away(p.cursor, by)
}

// Page moves the visible part, and the cursor with it, by some rows.
func (p *Pager) Page(by int) {
	if by > 0 && p.follow {
		return
	}
	p.setFollow(false)
	p.cursor = p.walk(spot{line: p.cursor}, by).line
	p.top = p.walk(p.top, by)
}

// reveal goes to a line, and puts it in the middle unless it is visible already.
func (p *Pager) reveal(line uint64) {
	p.setFollow(false)
	p.cursor = line
	bottom := p.walk(p.top, p.height-1)
	if line < p.top.line || line >= bottom.line {
		p.top = p.walk(spot{line: p.away(line, 0)}, -p.height/2)
	}
}

// walk returns the row that is so many rows behind another row, or before it, as far as there are rows.
func (p *Pager) walk(s spot, by int) spot {
	for by > 0 {
		rest := p.parts(s.line) - 1 - s.part
		if by <= rest {
			s.part += by
			return s
		}
		next := p.away(s.line, 1)
		if next <= s.line {
			s.part += max(0, rest)
			return s
		}
		s, by = spot{line: next}, by-max(0, rest)-1
	}
	for by < 0 {
		if s.part >= -by {
			s.part += by
			return s
		}
		previous := p.away(s.line, -1)
		if previous >= s.line {
			return spot{line: s.line}
		}
		s, by = spot{previous, p.parts(previous) - 1}, by+s.part+1
	}
	return s
}

// keep keeps the cursor on a line that is shown, and the visible part around the cursor and within the text.
func (p *Pager) keep() {
	_, last := p.bounds()
	if p.lost = false; last == 0 {
		return
	}
	end := p.walk(spot{last, p.parts(last) - 1}, -(p.room() - 1))
	if p.follow {
		p.cursor, p.top = last, end
		p.sayLost(spot{last, p.parts(last) - 1})
		return
	}
	if !p.filtered() || p.filter.covers(p.cursor) { // otherwise the line with the cursor may still turn out to be a hit
		p.cursor = p.away(p.cursor, 0)
	}
	at := p.away(p.cursor, 0)
	if top := p.away(p.top.line, 0); top != p.top.line {
		p.top = spot{line: top}
	}
	p.top.part = min(p.top.part, p.parts(p.top.line)-1)
	if end.before(p.top) {
		p.top = end
	}
	bottom := spot{at, p.parts(at) - 1}
	if p.walk(p.top, p.height-1).before(bottom) {
		p.top = p.walk(bottom, -(p.height - 1))
	}
	if first := (spot{line: at}); first.before(p.top) {
		p.top = first
	}
	p.sayLost(bottom)
}

// sayLost makes room above the first line that is kept, for a row about the lines before it, unless that would push out the row
// at the bottom.
func (p *Pager) sayLost(bottom spot) {
	first, _ := p.bounds()
	switch top := (spot{line: first}); {
	case p.state.First <= 1, p.top != top, p.room() < 2:
	case p.walk(p.top, p.room()-2).before(bottom):
		p.top = p.walk(p.top, 1)
	default:
		p.lost = true
	}
}
