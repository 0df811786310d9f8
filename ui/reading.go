package ui

import (
	"cmp"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/runs"
)

// pager is the text that is read; nil where none is seen.
func (m *model) pager() *pager.Pager {
	switch {
	case m.screen == watching && m.output.side == asText:
		return &m.output.pager
	case m.screen == splitting:
		return &m.split.focused().pager
	default:
		return nil
	}
}

// pagers are the texts on the screen, that of a capture also while it is looked at from another side.
func (m *model) pagers() []*pager.Pager {
	var out []*pager.Pager
	switch m.screen {
	case watching:
		out = append(out, &m.output.pager)
	case splitting:
		for i := range m.split.panes {
			out = append(out, &m.split.panes[i].pager)
		}
	}
	return out
}

// settleOutput brings the texts that are read up to date, after a message.
func (m *model) settleOutput() tea.Cmd {
	switch {
	case m.width <= 0:
		return nil
	case m.screen == splitting:
		return m.settleSplit()
	case m.screen != watching:
		return nil
	}
	if m.output.set != 0 {
		return m.settleSet()
	}
	run, _ := m.runs.Find(m.output.id)
	m.output.how = m.reading(run)
	if m.output.side != asText {
		return m.settleSide()
	}
	m.output.pager.Resize(m.width, m.bodyHeight(), m.output.how, pager.Source{Tool: run.Tool()})
	return m.settlePager(&m.output.pager)
}

func (m *model) settlePager(p *pager.Pager) tea.Cmd {
	cmd, notice := p.Settle()
	m.say(notice)
	return cmd
}

// takeText gives an answer to the text on the screen that asked for it.
func (m *model) takeText(msg pager.Answer) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range m.pagers() {
		cmd, notice, err := p.Take(msg)
		m.say(notice)
		m.failed = cmp.Or(err, m.failed)
		cmds = append(cmds, cmd)
	}
	return tea.Batch(cmds...)
}

// say tells the person what a room has to say, if it has something.
func (m *model) say(text string) {
	if text != "" {
		m.notice = margin.Note(text)
	}
}

var textLayer = layer{
	name: "run", shown: on(watching),
	key: (*model).keyText, fill: (*model).textLines, hint: (*model).textHint, help: help.Reading, wheel: (*model).pageText,
}

// keyText takes a key while a run's text is read.
func (m *model) keyText(k tea.KeyMsg) tea.Cmd {
	run, _ := m.runs.Find(m.output.id)
	if key.Matches(k, keys.Tab) && hasSides(run) {
		return m.turn(k)
	}
	if m.keyReading(k) {
		return nil
	}
	return m.keyRun(k)
}

// textLines draws a run: its header, its text, and its state.
func (m *model) textLines(height int) []string {
	run, _ := m.runs.Find(m.output.id)
	p := &m.output.pager
	lines := m.header(run)
	below := append(runs.Trouble(m.styles, run, m.width), runs.Foot(m.styles, run, m.output.positions(), m.width))
	below = append(below, p.Bar(m.styles, m.width)...)
	lines = append(lines, p.Body(m.styles, max(1, height-len(lines)-len(below)))...)
	return append(lines, below...)
}

func (m *model) textHint() []keys.Offer {
	run, _ := m.runs.Find(m.output.id)
	offers := m.pager().Offers()
	at := 1 + slices.IndexFunc(offers, func(o keys.Offer) bool { return o.Has(keys.Search) }) // what comes later is left out sooner
	offers = slices.Insert(offers, at, keys.Offers("names", keys.Addresses), keys.Offers("copy", keys.CopyRun))
	return append(m.ofRun(nil, run), append(offers, m.endReading()...)...)
}

// endReading is how one leaves a text: what is searched and filtered goes first.
func (m *model) endReading() []keys.Offer {
	if m.pager().Clears() {
		return margin.Ending("clear")
	}
	return margin.Ending("back")
}

var promptLayer = layer{
	name: "prompt", claim: typing, shown: func(m *model) bool { return m.pager() != nil && m.pager().Typing() },
	key: func(m *model, k tea.KeyMsg) tea.Cmd { return m.pager().KeyTyped(k, m.now) }, hint: (*model).readingHint, help: help.Prompt,
	wheel: (*model).pageText,
}

var selectionLayer = layer{
	name: "selection", shown: func(m *model) bool { return m.pager() != nil && m.pager().Selecting() },
	key: (*model).keySelection, hint: (*model).readingHint, help: help.Selection, wheel: (*model).pageText,
}

func (m *model) readingHint() []keys.Offer { return m.pager().Offers() }

// keySelection takes a key while lines are chosen. Keys that do not choose act on the runs of the lines.
func (m *model) keySelection(k tea.KeyMsg) tea.Cmd {
	cmd, err, ok := m.pager().KeySelecting(k)
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

// pageText moves what is visible of a text, not only the cursor.
func (m *model) pageText(rows int) tea.Cmd {
	m.pager().Page(rows)
	return nil
}

// keyReading takes a key for reading, and says whether it was one.
func (m *model) keyReading(k tea.KeyMsg) bool {
	notice, taken := m.pager().Key(k)
	m.say(notice)
	return taken
}
