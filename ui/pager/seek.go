package pager

import (
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/text"
)

// seek is a search that goes to a match as soon as it is known which.
type seek struct {
	on        bool
	first     bool   // from where one is, which may be a match itself; if there is none on that side, the nearest on the other
	from      uint64 // the line that one was at
	backwards bool
}

// wanted is what lines are looked for: those that are shown, or, of these, those that match the search.
func (p *Pager) wanted(matches bool) text.Filter {
	f := text.Filter{Include: p.patterns[including].re, Exclude: p.patterns[excluding].re}
	if matches {
		f.Find = p.patterns[searching].re
	}
	return f
}

// next goes to the next match or to the one before, once it is found.
func (p *Pager) next(backwards bool) {
	p.seek = seek{on: true, from: p.cursor, backwards: backwards}
	if p.follow && !backwards {
		p.seek.backwards, p.seek.first = true, true
	}
}

// goOn goes to the match that is sought, if it is known by now, and returns what there is to say.
func (p *Pager) goOn() (notice string) {
	s := p.seek
	if !s.on || !p.searched() {
		return ""
	}
	f := &p.found
	i, here := f.has(s.from)
	if !s.backwards && here && !s.first {
		i++
	}
	if s.backwards && (!here || !s.first) {
		i--
	}
	inside := 0 <= i && i < f.len()
	switch {
	case inside && (f.low < s.from && !s.backwards || s.from < f.high+1 && s.backwards || f.done): // none is nearer
	case !f.done:
		return ""
	case f.len() == 0:
		p.seek.on = false
		return ""
	case s.first && s.backwards: // below, then
		i = 0
	case s.first:
		i = f.len() - 1
	case s.backwards:
		i, notice = f.len()-1, "this was the first match: on from the last"
	default:
		i, notice = 0, "this was the last match: on from the first"
	}
	p.seek.on = false
	p.reveal(f.at(i))
	return notice
}

// unfinished is said while not all lines were looked through.
func (p *Pager) unfinished(h *hits) string {
	switch {
	case h.done || h.dropped:
		return ""
	case p.stuck:
		return ", not all could be read"
	default:
		return ", looking …"
	}
}

// matchText says which of the matches one is at.
func (p *Pager) matchText() string {
	i, here := p.found.has(p.cursor)
	unfinished := p.unfinished(&p.found)
	switch {
	case p.found.len() == 0 && unfinished != "":
		return strings.TrimPrefix(unfinished, ", ")
	case p.found.len() == 0:
		return "no match"
	case here && !p.follow:
		return "match " + figures.Count(i+1) + " of " + p.found.counted() + unfinished
	case p.found.len() == 1:
		return "1 match" + unfinished
	default:
		return p.found.counted() + " matches" + unfinished
	}
}
