// Package pager reads a text that may be long and may still grow: the output of a run, or of all runs of a set. It owns where one is in
// the text, what is searched, filtered, marked and chosen there, and how its rows are drawn. Its door is Pager: Open shows a text,
// Settle asks for what is missing, Take takes the answers, Key, KeyTyped and KeySelecting take keys, Body, Bar, Positions and Hint say
// what is seen. What it needs of the world is Texts.
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

// Pager reads a text. Lines, and what a search finds, come as answers to questions; only the lines around what is seen are in memory.
// What is drawn is the last view of which every line was there, so that nothing flickers while others are read from the disk.
type Pager struct {
	ask           Questions
	text          tools.TextID
	view          int // names this showing; what an earlier one asked for is thrown away
	how           line.Reading
	of            Source
	width, height int // of the rows, in cells

	state   text.State // how far the text goes
	end     uint64     // the newest line that is shown: it waits while lines are fetched, else a flood would outrun them
	follow  bool
	top     spot   // the first row that is seen
	cursor  uint64 // the line one is at
	paused  uint64 // the newest line when following ended
	left    int    // cells that are scrolled out at the left
	wrapped bool
	stamp   line.Stamp

	open  []text.Line           // those that have no end yet, as they stand
	lines map[uint64]outputLine // those around what is seen
	asked bool                  // some are on their way
	stuck bool                  // the text could not be read: nothing is asked for until the next key
	lost  bool                  // what is seen begins with a row about lines that are not kept any more
	rows  []row                 // what is drawn

	patterns [patternCount]pattern
	filter   hits // the lines that are shown, with a filter
	found    hits // of these, the ones that match the search
	seek     seek // where the search is to go once it has found something
	prompt   prompt
	marks    map[uint64]bool // bookmarks, by line
	chosen   selection

	places map[tools.TextID]asLeft // how other texts were left
}

// Source is what a text is the output of.
type Source struct {
	Tool string                 // its words have colours
	Pods map[tools.RunID]string // of a set: stands before each line
	Inks map[string]style.Ink   // of these names
}

// outputLine is a line that was fetched.
type outputLine struct {
	text string // clean
	long bool   // it goes on in the next line
	note bool
	time time.Time // when it came; whose an address was then is what a name says
	run  tools.RunID
}

// spot is a row: a line, and which of the rows that it is wrapped into.
type spot struct {
	line uint64
	part int
}

func (s spot) before(other spot) bool {
	return s.line < other.line || s.line == other.line && s.part < other.part
}

// asLeft is how a text was left. Bookmarks and filters belong to it.
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

// Open shows a text from its end, or as it was left. The number of the view differs from that of each other showing of a text.
func (p *Pager) Open(ask Questions, id tools.TextID, view int) tea.Cmd {
	if p.text != id || p.lines == nil {
		p.change(id)
	}
	p.ask, p.view, p.asked, p.stuck, p.state.Ended = ask, view, false, false, false
	p.filter.busy, p.found.busy, p.open = false, false, nil
	return ask.text(view, id, text.State{})
}

// change goes to another text. What was found in the one before is looked for again when it is back: that may be much.
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

// findAnew looks for all lines that pass the filters, and for those that match the search, from where one is.
func (p *Pager) findAnew() {
	p.filter.start(p.wanted(false), p.cursor+1)
	p.found.start(p.wanted(true), p.cursor)
}

// Resize says how much room there is, how lines are looked at, and what they are the output of.
func (p *Pager) Resize(width, height int, how line.Reading, of Source) {
	renamed := p.how.Naming != how.Naming
	p.width, p.height, p.how, p.of = width, max(1, height), how, of
	if renamed { // other lines match now
		p.findAnew()
	}
}

// Settle brings what is drawn up to date and asks for what is missing. It is called when anything has changed. It returns what there
// is to say.
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

// Retry asks again for what could not be read.
func (p *Pager) Retry() { p.stuck = false }

// fail notes that the text could not be read. It is tried again at the next key, not at once: a disk that is gone stays so.
func (p *Pager) fail() {
	p.stuck, p.asked, p.filter.busy, p.found.busy = true, false, false, false
}

// takeLines puts lines where they are drawn from, and lets those go that are far away.
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

// asShown is what filters and searches look at: what stands on the screen.
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

// bounds are the first line and the last that are shown; 0 when there is none.
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

// away is the line so many shown lines after a line, or before it, as far as there are any.
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

// between are the shown lines from one to another, at most so many.
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

// around are the lines that are seen, with some screenfuls before and behind them.
func (p *Pager) around(screens int) []uint64 {
	if p.follow { // only these will be seen, and one before: its time is counted from
		return p.between(p.away(p.end, -p.height), p.end, p.height+1)
	}
	margin := screens*p.height/2 + 1
	return p.between(p.away(p.top.line, -margin), p.end, 2*margin+p.height)
}

// missing are lines to be fetched, in screenfuls.
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
