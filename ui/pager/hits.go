package pager

import (
	"sort"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/text"
)

// hits are the lines of a text that pass a filter. They are searched for in the background, a step at a time, from the cursor in
// both directions, so that the nearest ones are found first. New lines are searched as they come.
type hits struct {
	id      int // grows with each search; answers to earlier searches are thrown away
	filter  text.Filter
	from    uint64   // the line at which the search began
	before  []uint32 // hits found backwards: how far before from, the nearest first
	after   []uint32 // hits found forwards: how far behind from
	low     uint64   // where the search goes on backwards; 0 when no line is left
	high    uint64   // where the search goes on forwards
	done    bool     // all lines were searched once
	turn    bool     // the next step goes backwards
	busy    bool     // a step is on its way
	dropped bool     // the oldest hits were dropped, as there were too many
}

// What a step searches for.
const (
	forFilter = iota
	forSearch
)

const (
	mostHits = 1 << 22 // hits that are kept: 16 MiB
	stepHits = 1 << 16 // hits that one step returns
)

// start begins a new search at a line.
func (h *hits) start(f text.Filter, from uint64) {
	from = max(1, from)
	*h = hits{id: h.id + 1, filter: f, busy: h.busy, from: from, low: from - 1, high: from}
}

// ask asks for the next step, unless one is on its way or no line is left to search.
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

// takeHits adds the hits of a step to the search that asked for it.
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

// take adds the hits of a step.
func (h *hits) take(msg hitsMsg) {
	h.busy = false
	if msg.step.id != h.id {
		return
	}
	if msg.step.backwards {
		for _, n := range msg.hits.Numbers {
			h.before = append(h.before, uint32(h.from-n)) // a text never holds more than 2^30 lines
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

// drop drops the oldest hits: a person who gets that many narrows the filter, or reads the newest.
func (h *hits) drop() {
	h.dropped, h.low = true, 0
	gone := h.len() - mostHits*3/4
	fromBefore := min(gone, len(h.before))
	h.before = h.before[:len(h.before)-fromBefore]
	h.after = append([]uint32(nil), h.after[gone-fromBefore:]...)
}

func (h *hits) len() int { return len(h.before) + len(h.after) }

// at is the i-th hit, in the order of the text.
func (h *hits) at(i int) uint64 {
	if i < len(h.before) {
		return h.from - uint64(h.before[len(h.before)-1-i])
	}
	return h.from + uint64(h.after[i-len(h.before)])
}

// index is which hit is the first at a line or behind it.
func (h *hits) index(line uint64) int {
	return sort.Search(h.len(), func(i int) bool { return h.at(i) >= line })
}

// has says whether a line is a hit, and which.
func (h *hits) has(line uint64) (int, bool) {
	i := h.index(line)
	return i, i < h.len() && h.at(i) == line
}

// covers says whether a line has been searched.
func (h *hits) covers(line uint64) bool { return h.low < line && line < h.high }

// counted says how many hits there are, as far as is known.
func (h *hits) counted() string {
	switch {
	case h.dropped:
		return "the newest " + figures.Count(h.len())
	default:
		return figures.Count(h.len())
	}
}
