package pager

import (
	"maps"
	"slices"
)

// toggleMark sets a bookmark at the line one is at, or takes it away.
func (p *Pager) toggleMark() {
	if p.cursor == 0 {
		return
	}
	if p.marks[p.cursor] {
		delete(p.marks, p.cursor)
		return
	}
	p.marks[p.cursor] = true
}

// nextMark goes to the next bookmark below, or to the first; it says whether there is one.
func (p *Pager) nextMark() bool {
	lines := slices.Sorted(maps.Keys(p.marks))
	if len(lines) == 0 {
		return false
	}
	at, _ := slices.BinarySearch(lines, p.cursor+1)
	p.reveal(lines[at%len(lines)])
	return true
}
