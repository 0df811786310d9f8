package pager

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/keys"
)

// move takes a key that moves, and says whether it was one.
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

// setFollow begins to follow the newest line, or stops: then the cursor is at the last line that is seen.
func (p *Pager) setFollow(on bool) {
	if p.follow && !on {
		_, p.cursor = p.bounds()
		p.paused = p.end
	}
	p.follow = on
}

// step moves by some lines. Upwards ends following; reaching the end does not begin it: lines must not start to move under
// the eyes of somebody who reads the last ones.
func (p *Pager) step(by int) {
	if by > 0 && p.follow {
		return
	}
	p.setFollow(false)
	p.cursor = p.away(p.cursor, by)
}

// Page moves what is seen, and the cursor with it, by some rows.
func (p *Pager) Page(by int) {
	if by > 0 && p.follow {
		return
	}
	p.setFollow(false)
	p.cursor = p.walk(spot{line: p.cursor}, by).line
	p.top = p.walk(p.top, by)
}

// reveal goes to a line, in the middle of what is seen unless it is seen already.
func (p *Pager) reveal(line uint64) {
	p.setFollow(false)
	p.cursor = line
	bottom := p.walk(p.top, p.height-1)
	if line < p.top.line || line >= bottom.line {
		p.top = p.walk(spot{line: p.away(line, 0)}, -p.height/2)
	}
}

// walk is the row so many rows after another, or before it, as far as there are any.
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

// keep keeps the cursor on a line that is shown, and what is seen around the cursor and within the text.
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
	if !p.filtered() || p.filter.covers(p.cursor) { // else the line it is at may still be found
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

// sayLost makes room above the first line that is kept for a row about those before it, as long as the row at the bottom is
// seen all the same.
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
