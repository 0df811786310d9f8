package pager

import (
	"maps"
	"slices"
)

// toggleMark sets a bookmark at the line with the cursor, or removes it.
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

// nextMark goes to the next bookmark below the cursor, or to the first one; it says whether there is any.
func (p *Pager) nextMark() bool {
	lines := slices.Sorted(maps.Keys(p.marks))
	if len(lines) == 0 {
		return false
	}
	at, _ := slices.BinarySearch(lines, p.cursor+1)
	p.reveal(lines[at%len(lines)])
	return true
}
