package pager

import (
	"sort"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/text"
)

// hits are the lines of a text that a filter takes. They are looked for in the background, a step at a time, from where one
// is into both directions: what is seen next is found first. New lines are looked through as they come.
type hits struct {
	id      int // grows with each search; an answer to an earlier one is thrown away
	filter  text.Filter
	from    uint64   // the line it began at
	before  []uint32 // found backwards: how far before from, the nearest first
	after   []uint32 // found forwards: how far behind it
	low     uint64   // the line to go on from backwards; 0 when none is left
	high    uint64   // and forwards
	done    bool     // all lines were looked through once
	turn    bool     // it is the turn of those before
	busy    bool     // a step is on its way
	dropped bool     // there were too many to keep the oldest
}

// Which hits a step is for.
const (
	forFilter = iota
	forSearch
)

const (
	mostHits = 1 << 22 // that are kept: 16 MiB
	stepHits = 1 << 16 // that one step brings
)

// start looks anew, from a line on.
func (h *hits) start(f text.Filter, from uint64) {
	from = max(1, from)
	*h = hits{id: h.id + 1, filter: f, busy: h.busy, from: from, low: from - 1, high: from}
}

// ask asks for the next step, unless one is on its way or there is nothing left to look at.
func (h *hits) ask(p *Pager, which int) tea.Cmd {
	forwards, backwards := h.high <= p.state.Last, h.low > 0 && h.low >= p.state.First
	h.done = h.done || !forwards && !backwards
	if h.busy || !forwards && !backwards {
		return nil
	}
	h.busy = true
	back := backwards && (h.turn || !forwards)
	h.turn = !h.turn
	from := h.high
	if back {
		from = h.low
	}
	filter := h.filter
	filter.Shown = p.asShown() // with the names that are known by now
	return p.ask.search(searchStep{p.view, which, h.id, p.text, filter, from, back})
}

// takeHits adds what a step of a search has found.
func (p *Pager) takeHits(msg hitsMsg) error {
	if msg.err != nil {
		p.fail()
		return msg.err
	}
	if msg.step.which == forFilter {
		p.filter.take(msg)
	} else {
		p.found.take(msg)
	}
	return nil
}

// take adds what a step has found.
func (h *hits) take(msg hitsMsg) {
	h.busy = false
	if msg.step.id != h.id {
		return
	}
	if msg.step.backwards {
		for _, n := range msg.hits.Numbers {
			h.before = append(h.before, uint32(h.from-n)) // a text has at most 2^30 lines at a time
		}
		h.low = msg.hits.Next
	} else {
		for _, n := range msg.hits.Numbers {
			h.after = append(h.after, uint32(n-h.from))
		}
		h.high = msg.hits.Next
	}
	if h.len() > mostHits {
		h.drop()
	}
}

// drop lets the oldest go: somebody who gets that many narrows the filter, or reads the newest.
func (h *hits) drop() {
	h.dropped, h.low = true, 0
	gone := h.len() - mostHits*3/4
	fromBefore := min(gone, len(h.before))
	h.before = h.before[:len(h.before)-fromBefore]
	h.after = append([]uint32(nil), h.after[gone-fromBefore:]...)
}

func (h *hits) len() int { return len(h.before) + len(h.after) }

// at is the i-th of them, in the order of the text.
func (h *hits) at(i int) uint64 {
	if i < len(h.before) {
		return h.from - uint64(h.before[len(h.before)-1-i])
	}
	return h.from + uint64(h.after[i-len(h.before)])
}

// index is which of them is the first at a line or behind it.
func (h *hits) index(line uint64) int {
	return sort.Search(h.len(), func(i int) bool { return h.at(i) >= line })
}

// has says whether a line is one of them, and which.
func (h *hits) has(line uint64) (int, bool) {
	i := h.index(line)
	return i, i < h.len() && h.at(i) == line
}

// covers says whether it is known if a line is one of them.
func (h *hits) covers(line uint64) bool { return h.low < line && line < h.high }

// counted says how many there are, as far as is known.
func (h *hits) counted() string {
	switch {
	case h.dropped:
		return "the newest " + figures.Count(h.len())
	default:
		return figures.Count(h.len())
	}
}
