package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
)

// reader is the text that is read; nil where none is seen.
func (m *model) reader() *pager {
	switch {
	case m.screen == watching && m.output.side == asText:
		return &m.output.pager
	case m.screen == splitting:
		return &m.split.focused().pager
	default:
		return nil
	}
}

// pagerOf is the text on the screen that a showing belongs to; nil if it is shown no more.
func (m *model) pagerOf(view int) *pager {
	if m.screen == watching && m.output.pager.view == view {
		return &m.output.pager
	}
	if m.screen == splitting {
		for i := range m.split.panes {
			if p := &m.split.panes[i].pager; p.view == view {
				return p
			}
		}
	}
	return nil
}

// settleOutput brings the texts that are read up to date, once a message was taken.
func (m *model) settleOutput() tea.Cmd {
	switch {
	case m.width <= 0:
		return nil
	case m.screen == splitting:
		return m.settleSplit()
	case m.screen != watching:
		return nil
	}
	run, _ := m.runs.find(m.output.id)
	m.output.how = m.reading(run)
	if m.output.side != asText {
		return m.settleSide(run)
	}
	m.output.pager.resize(m.width, m.bodyHeight(), m.output.how, source{tool: run.Tool()})
	return m.settlePager(&m.output.pager)
}

func (m *model) settlePager(p *pager) tea.Cmd {
	if notice := p.goOn(); notice != "" {
		m.notice = note(notice)
	}
	return p.settle(m.commands)
}

// takeText takes what the commands bring for a text that is read.
func (m *model) takeText(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case textMsg:
		p := m.pagerOf(msg.view)
		switch {
		case p == nil:
		case msg.err != nil:
			m.failed = msg.err
		default:
			if p.state = msg.state; !p.state.Ended {
				return m.commands.text(p.view, p.text, p.state)
			}
		}
	case linesMsg:
		p := m.pagerOf(msg.view)
		switch {
		case p == nil:
		case msg.err != nil && !msg.copying:
			p.fail()
			m.failed = msg.err
		case msg.err != nil:
			m.failed = msg.err
		case msg.copying:
			return m.commands.copy(p.copied(msg.lines))
		default:
			p.takeLines(msg)
		}
	case hitsMsg:
		p := m.pagerOf(msg.step.view)
		switch {
		case p == nil:
		case msg.err != nil:
			p.fail()
			m.failed = msg.err
		case msg.step.which == forFilter:
			p.filter.take(msg)
		default:
			p.found.take(msg)
		}
	case placeMsg:
		p := m.pagerOf(msg.view)
		switch {
		case p == nil:
		case msg.err != nil:
			m.failed = msg.err
		default:
			m.notice = note(p.takePlace(msg))
		}
	}
	return nil
}

var promptLayer = layer{
	name: "prompt", claim: typing, shown: func(m *model) bool { return m.reader() != nil && m.reader().prompt.on },
	key:  func(m *model, k tea.KeyMsg) tea.Cmd { return m.reader().keyPrompt(k, m.commands, m.now) },
	hint: func(m *model) string { return m.reader().promptHint() }, help: promptHelp, wheel: (*model).pageText,
}

var selectionLayer = layer{
	name: "selection", shown: func(m *model) bool { return m.reader() != nil && m.reader().chosen.on },
	key: (*model).keySelection, hint: fixed("↑↓ pgup pgdn choose more   enter copy   esc leave   ? help"), help: selectionHelp,
	wheel: (*model).pageText,
}

// keySelection takes a key while lines are chosen. What does not choose has to do with the runs that they are of.
func (m *model) keySelection(k tea.KeyMsg) tea.Cmd {
	cmd, err, ok := m.reader().keySelecting(k, m.commands)
	m.failed = err
	switch {
	case ok:
		return cmd
	case m.screen == splitting:
		return m.keyPanes(k)
	default:
		return m.keyRun(k)
	}
}

// pageText moves what is seen of a text, not only the line one is at.
func (m *model) pageText(rows int) tea.Cmd {
	m.reader().page(rows)
	return nil
}

// keyReading takes a key that has to do with reading, and says whether it was one.
func (m *model) keyReading(k tea.KeyMsg) (tea.Cmd, bool) {
	p := m.reader()
	switch {
	case key.Matches(k, keys.Back):
		return nil, p.clearOne()
	case key.Matches(k, keys.Search):
		p.ask(searching)
	case key.Matches(k, keys.Include):
		p.ask(including)
	case key.Matches(k, keys.Exclude):
		p.ask(excluding)
	case key.Matches(k, keys.Highlight):
		p.ask(highlighting)
	case key.Matches(k, keys.Moment):
		p.ask(asMoment)
	case key.Matches(k, keys.NextMatch, keys.PreviousMatch) && !p.searched():
		m.notice = note("nothing is searched for yet: / searches")
	case key.Matches(k, keys.NextMatch):
		p.next(false)
	case key.Matches(k, keys.PreviousMatch):
		p.next(true)
	case key.Matches(k, keys.Wrapping):
		p.wrapped, p.left = !p.wrapped, 0
	case key.Matches(k, keys.Stamps):
		p.stamp = (p.stamp + 1) % line.StampCount
	case key.Matches(k, keys.Bookmark):
		p.toggleMark()
	case key.Matches(k, keys.NextMark):
		if !p.nextMark() {
			m.notice = note("there is no bookmark yet: m sets one")
		}
	case key.Matches(k, keys.Selecting):
		p.startSelecting()
	default:
		return nil, p.move(k)
	}
	return nil, true
}

// promptHint is what one can do while something is typed.
func (p *pager) promptHint() string {
	if p.prompt.kind == asMoment {
		return "enter go there   esc back   F1 help"
	}
	return "a regular expression, A-Z tells cases apart   enter keep   esc clear   F1 help"
}

// hint is what one can do while something is searched or left out; "" at other times.
func (p *pager) hint() string {
	switch {
	case p.searched():
		return "n next  N before  / change  & only  ! without  f follow  esc clear  ? help"
	case p.filtered(), p.patterns[highlighting].re != nil:
		return "& only  ! without  H highlight  / search  f follow  s save  esc clear  ? help"
	default:
		return ""
	}
}
