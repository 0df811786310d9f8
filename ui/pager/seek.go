package pager

import (
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/text"
)

// seek is a search that moves the cursor to a match as soon as the match is known.
type seek struct {
	on        bool
	first     bool   // starts at the cursor, which may be on a match itself; if there is no match on that side, the nearest one on the other side counts
	from      uint64 // the line that had the cursor
	backwards bool
}

// wanted is the filter for the lines that are shown, or, with matches, for those of them that match the search.
func (p *Pager) wanted(matches bool) text.Filter {
	f := text.Filter{Include: p.patterns[including].re, Exclude: p.patterns[excluding].re}
	if matches {
		f.Find = p.patterns[searching].re
	}
	return f
}

// next starts going to the next match or to the previous one.
func (p *Pager) next(backwards bool) {
	p.seek = seek{on: true, from: p.cursor, backwards: backwards}
	if p.follow && !backwards {
		p.seek.backwards, p.seek.first = true, true
	}
}

// goOn moves the cursor to the match, if it is known by now, and returns a notice for the person, if any.
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
	case inside && (f.low < s.from && !s.backwards || s.from < f.high+1 && s.backwards || f.done): // no nearer match can be found
	case !f.done:
		return ""
	case f.len() == 0:
		p.seek.on = false
		return ""
	case s.first && s.backwards: // there is none above, so the first below
		i = 0
	case s.first:
		i = f.len() - 1
	case s.backwards:
		i, notice = f.len()-1, "that was the first match: continuing from the last"
	default:
		i, notice = 0, "that was the last match: continuing from the first"
	}
	p.seek.on = false
	p.reveal(f.at(i))
	return notice
}

// unfinished says that not all lines have been searched.
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

// matchText says which match the cursor is on.
func (p *Pager) matchText() string {
	i, here := p.found.has(p.cursor)
	unfinished := p.unfinished(&p.found)
	switch {
	case p.found.len() == 0 && unfinished != "":
		return strings.TrimPrefix(unfinished, ", ")
	case p.found.len() == 0 && p.openMatches():
		return "in the line without an end"
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
