// Package pager shows a text that may be long and may still grow: the output of a run, or of all runs of a set. It owns the
// position in the text, searches, filters, bookmarks and the selection, and draws the rows.
//
// The door: Pager. Open shows a text; Settle asks for what is missing, and Take takes the answers; Key, KeyTyped and
// KeySelecting handle keys; Body, Bar, Positions and Hint are what is on the screen. Texts is what the pager needs of the world.
package pager

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/style"
)

// Pager shows a text. It asks for lines and for search results, and gets them as messages; it holds only the lines around the
// visible part in memory. Until all visible lines have been read from the disk, it draws the last complete view, so that nothing
// flickers.
type Pager struct {
	ask           Questions
	text          tools.TextID
	view          int // numbers this showing of a text; answers to an earlier one are thrown away
	how           line.Reading
	of            Source
	width, height int // of the rows, in cells

	state   text.State // the range of lines that the text has
	end     uint64     // the newest line that is shown: it does not advance while lines are fetched, or a flood would outrun the fetching
	follow  bool
	top     spot   // the first visible row
	cursor  uint64 // the line with the cursor
	paused  uint64 // the newest line when following ended
	left    int    // cells that are scrolled out of view at the left
	wrapped bool
	stamp   line.Stamp

	open  []text.Line           // the lines that have no end yet, as they are now
	lines map[uint64]outputLine // the lines around the visible part
	asked bool                  // lines are being fetched
	stuck bool                  // the text could not be read: the pager asks again at the next key
	lost  bool                  // the first visible row is about lines that are not kept any more
	rows  []row                 // what is drawn

	patterns [patternCount]pattern
	filter   hits // the lines that pass the filter, and so are shown
	found    hits // the shown lines that match the search
	seek     seek // where the search moves the cursor once it has found something
	prompt   prompt
	marks    map[uint64]bool // bookmarks, by line
	chosen   selection

	places map[tools.TextID]asLeft // how other texts were left
}

// Source is where a text comes from.
type Source struct {
	Tool string                 // the tool, whose usual words have colours
	Pods map[tools.RunID]string // for a set: the name of the pod before each line
	Inks map[string]style.Ink   // the colours of these names
}

// outputLine is a line that was fetched.
type outputLine struct {
	text string // safe for the terminal
	long bool   // the next line continues this one
	note bool
	time time.Time // when the line came; addresses are shown with the names that they had then
	run  tools.RunID
}

// spot is a row: a line, and which of its wrapped rows.
type spot struct {
	line uint64
	part int
}

func (s spot) before(other spot) bool {
	return s.line < other.line || s.line == other.line && s.part < other.part
}

// asLeft is how a text was left, with its bookmarks and filters.
type asLeft struct {
	follow   bool
	top      spot
	cursor   uint64
	paused   uint64
	wrapped  bool
	stamp    line.Stamp
	patterns [patternCount]pattern
	marks    map[uint64]bool
}

// Open shows a text from its end, or as it was left. view is a number that no other showing of a text has.
func (p *Pager) Open(ask Questions, id tools.TextID, view int) tea.Cmd {
	if p.text != id || p.lines == nil {
		p.change(id)
	}
	p.ask, p.view, p.asked, p.stuck, p.state.Ended = ask, view, false, false, false
	p.filter.busy, p.found.busy, p.open = false, false, nil
	return ask.text(view, id, text.State{})
}

// change switches to another text. It forgets the hits in the old text, which may be many, and searches again when that text is
// back.
func (p *Pager) change(id tools.TextID) {
	places := p.places
	if places == nil {
		places = map[tools.TextID]asLeft{}
	}
	if p.lines != nil {
		places[p.text] = asLeft{p.follow, p.top, p.cursor, p.paused, p.wrapped, p.stamp, p.patterns, p.marks}
	}
	*p = Pager{text: id, follow: true, lines: map[uint64]outputLine{}, marks: map[uint64]bool{}, places: places}
	if was, ok := places[id]; ok {
		p.follow, p.top, p.cursor, p.paused, p.wrapped, p.stamp = was.follow, was.top, was.cursor, was.paused, was.wrapped, was.stamp
		p.patterns, p.marks = was.patterns, was.marks
		p.findAnew()
	}
}

// findAnew searches again for all lines that pass the filters and for those that match the search, from the cursor on.
func (p *Pager) findAnew() {
	p.filter.start(p.wanted(false), p.cursor+1)
	p.found.start(p.wanted(true), p.cursor)
}

// Resize sets the size of the visible part, how lines are shown, and where they come from.
func (p *Pager) Resize(width, height int, how line.Reading, of Source) {
	renamed := p.how.Naming != how.Naming
	p.width, p.height, p.how, p.of = width, max(1, height), how, of
	if renamed { // other lines match now
		p.findAnew()
	}
}

// Settle updates what is drawn and asks for what is missing. It is called after every change, and returns a notice for the
// person, if any.
func (p *Pager) Settle() (cmd tea.Cmd, notice string) {
	notice = p.goOn()
	if !p.asked {
		p.end = p.state.Last
	}
	p.keep()
	if p.stuck {
		p.layOut()
		return nil, notice
	}
	var cmds []tea.Cmd
	if want := p.missing(); len(want) > 0 && !p.asked {
		p.asked = true
		cmds = append(cmds, p.ask.lines(p.view, p.text, want, false))
	}
	p.layOut()
	if p.filtered() {
		cmds = append(cmds, p.filter.ask(p, forFilter))
	}
	if p.searched() {
		cmds = append(cmds, p.found.ask(p, forSearch))
	}
	return tea.Batch(cmds...), notice
}

// Retry asks again for lines that could not be read.
func (p *Pager) Retry() { p.stuck = false }

// fail notes that the text could not be read. The pager tries again at the next key and not at once: a disk that is gone stays
// gone.
func (p *Pager) fail() {
	p.stuck, p.asked, p.filter.busy, p.found.busy = true, false, false, false
}

// takeLines takes lines that were fetched, and forgets the lines that are far away.
func (p *Pager) takeLines(msg linesMsg) error {
	if msg.err != nil {
		if !msg.copying {
			p.fail()
		}
		return msg.err
	}
	p.asked = false
	near := map[uint64]outputLine{}
	for _, n := range p.around(2) {
		if l, ok := p.lines[n]; ok {
			near[n] = l
		}
	}
	for _, n := range msg.numbers {
		near[n] = outputLine{text: "… this line is not kept any more", note: true}
	}
	for _, l := range msg.lines {
		near[l.Number] = lineOf(l)
	}
	p.lines = near
	return nil
}

// asShown is how filters and searches see a line: as it is on the screen.
func (p *Pager) asShown() func(text.Line) string {
	how := p.how
	return func(l text.Line) string { return how.Named(cells.Clean(l.Shown()), l.Time) }
}

func lineOf(l text.Line) outputLine {
	return outputLine{cells.Clean(l.Shown()), len(l.Text) == text.MaxLine, l.Note, l.Time, tools.RunID(l.Run)}
}

func (p *Pager) filtered() bool {
	return p.patterns[including].re != nil || p.patterns[excluding].re != nil
}

func (p *Pager) searched() bool { return p.patterns[searching].re != nil }

// bounds are the first and the last line that are shown; 0 if there is none.
func (p *Pager) bounds() (first, last uint64) {
	switch {
	case p.filtered() && p.filter.len() == 0, p.end == 0:
		return 0, 0
	case p.filtered():
		return p.filter.at(0), p.filter.at(p.filter.len() - 1)
	default:
		return min(max(p.state.First, 1), p.end), p.end
	}
}

// away is the shown line that is so many shown lines behind a line, or before it, as far as there are any.
func (p *Pager) away(line uint64, by int) uint64 {
	first, last := p.bounds()
	if !p.filtered() {
		to := int64(max(first, min(line, last))) + int64(by)
		return uint64(max(int64(first), min(to, int64(last))))
	}
	if p.filter.len() == 0 {
		return 0
	}
	i := min(p.filter.index(line), p.filter.len()-1)
	return p.filter.at(max(0, min(i+by, p.filter.len()-1)))
}

// between are at most so many of the shown lines from one line to another.
func (p *Pager) between(from, to uint64, most int) []uint64 {
	var out []uint64
	for line := p.away(from, 0); line > 0 && line <= to && len(out) < most; {
		out = append(out, line)
		next := p.away(line, 1)
		if next == line {
			break
		}
		line = next
	}
	return out
}

// around are the visible lines and some screenfuls before and behind them.
func (p *Pager) around(screens int) []uint64 {
	if p.follow { // only these will be visible, and one line before them, from which times are counted
		return p.between(p.away(p.end, -p.height), p.end, p.height+1)
	}
	margin := screens*p.height/2 + 1
	return p.between(p.away(p.top.line, -margin), p.end, 2*margin+p.height)
}

// missing are the lines to fetch, by screenfuls.
func (p *Pager) missing() []uint64 {
	if len(p.lacking(p.around(1))) == 0 {
		return nil
	}
	return p.lacking(p.around(4))
}

func (p *Pager) lacking(lines []uint64) []uint64 {
	var out []uint64
	for _, n := range lines {
		if _, ok := p.lines[n]; !ok {
			out = append(out, n)
		}
	}
	return out
}
