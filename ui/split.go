package ui

import (
	"errors"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/runs"
)

// split is the screen of two runs, each with a pager of its own, or of all runs of a set as one text.
type split struct {
	panes []textPane
	focus int
}

// textPane is one text of the screen.
type textPane struct {
	text  tools.TextID
	pager pager.Pager
}

// splitWidth is the width from which two texts are shown side by side; on narrower screens one is above the other.
const splitWidth = 100

func (s *split) focused() *textPane { return &s.panes[s.focus] }

func (m *model) splitMarked() tea.Cmd {
	pair := m.runs.Pair()
	if len(pair) < runs.MostMarked {
		m.failed = hint.Add(errors.New("two runs are needed"), "space marks them, then v shows both")
		return nil
	}
	return m.openSplit(split{panes: []textPane{{text: tools.TextID{Run: pair[0]}}, {text: tools.TextID{Run: pair[1]}}}})
}

// openSet shows the runs of a set as one text, in the order in which the lines came.
func (m *model) openSet(set tools.SetID) tea.Cmd {
	text := tools.TextID{Set: set}
	if len(m.split.panes) == 1 && m.split.panes[0].text == text { // as the person left it
		return m.openSplit(m.split)
	}
	return m.openSplit(split{panes: []textPane{{text: text}}})
}

func (m *model) openSplit(s split) tea.Cmd {
	m.split, m.screen = s, splitting
	var cmds []tea.Cmd
	for i := range m.split.panes {
		p := &m.split.panes[i]
		m.views++
		cmds = append(cmds, p.pager.Open(m.commands.texts, p.text, m.views))
	}
	return tea.Batch(cmds...)
}

// runsOf are the runs that a text is of.
func (m *model) runsOf(text tools.TextID) []tools.State {
	if text.Set != 0 {
		return runs.MembersOf(m.runs.All, text.Set)
	}
	run, ok := m.runs.Find(text.Run)
	if !ok {
		return nil
	}
	return []tools.State{run}
}

var splitLayer = layer{
	name: "split", shown: on(splitting),
	key: (*model).keySplit, fill: (*model).splitLines, hint: (*model).splitHint, help: help.Split, wheel: (*model).pageText,
}

// keySplit takes a key of the screen with two texts, or with that of a set.
func (m *model) keySplit(k tea.KeyMsg) tea.Cmd {
	if m.keyReading(k) {
		return nil
	}
	return m.keyPanes(k)
}

// keyPanes takes a key that acts on the runs, not on the reading.
func (m *model) keyPanes(k tea.KeyMsg) tea.Cmd {
	text := m.split.focused().text
	shown := m.runsOf(text)
	switch {
	case key.Matches(k, keys.Back):
		cmd := m.list()
		m.before = home
		return cmd
	case key.Matches(k, keys.Tab) && len(m.split.panes) > 1:
		m.split.focus = (m.split.focus + 1) % len(m.split.panes)
	case len(shown) == 0:
	case key.Matches(k, keys.Stop):
		return m.stopSet(shown)
	case key.Matches(k, keys.Addresses):
		m.naming[shown[0].Capture] = m.naming[shown[0].Capture].Next()
	case text.Set != 0 && key.Matches(k, keys.Save):
		return m.saveSet(shown)
	case text.Set != 0 && key.Matches(k, keys.CopyPath):
		return m.copySetPath(shown)
	case text.Set != 0 && key.Matches(k, keys.Tab) && slices.ContainsFunc(shown, hasSides):
		return m.watchSet(text.Set, asText.next(k))
	case text.Set != 0:
		if key.Matches(k, keys.CopyRun, keys.CopyPlain) {
			m.notice = margin.Note(eachAlone)
		}
	case key.Matches(k, keys.Enter):
		return m.watch(text.Run)
	case key.Matches(k, keys.Save):
		return m.openSave(shown[0])
	default:
		cmd, _ := m.keyCopy(k, shown[0])
		return cmd
	}
	return nil
}

func (m *model) splitHint() (offers []keys.Offer) {
	text := m.split.focused().text
	shown := m.runsOf(text)
	if len(m.split.panes) > 1 {
		offers = append(offers, keys.Offers("other", keys.Tab))
	}
	switch {
	case text.Set == 0 && len(shown) > 0:
		offers = m.ofRun(append(offers, keys.Offers("it alone", keys.Enter)), shown[0])
	default:
		offers = append(offers, ofSet(shown)...)
	}
	offers = append(offers, m.pager().Offers()...)
	if text.Set != 0 {
		if slices.ContainsFunc(shown, hasSides) {
			offers = append(offers, keys.Offers(aspectNames[asPackets], keys.Tab))
		}
		offers = append(offers, keys.Offers("each alone", keys.Runs))
	}
	return append(offers, m.endReading()...)
}

// paneSize is the size of a pane with its title and its foot.
func (m *model) paneSize(i, height int) (width, rows int) {
	switch {
	case len(m.split.panes) == 1:
		return m.width, height
	case m.width >= splitWidth && i == 0:
		return m.width / 2, height
	case m.width >= splitWidth:
		return m.width - m.width/2 - 1, height // beside the line between
	case i == 0:
		return m.width, height / 2
	default:
		return m.width, height - height/2
	}
}

// splitHeight is the room for the panes, without the line that is typed into.
func (m *model) splitHeight(height int) int {
	return height - len(m.split.focused().pager.Bar(m.styles, m.width))
}

const paneEdges = 2 // a title and a foot

func (m *model) settleSplit() tea.Cmd {
	var cmds []tea.Cmd
	height := m.splitHeight(m.height - 2 - len(m.noticeLines()))
	for i := range m.split.panes {
		p := &m.split.panes[i]
		width, rows := m.paneSize(i, height)
		how, of := m.readingOf(p.text)
		p.pager.Resize(width, rows-paneEdges, how, of)
		cmds = append(cmds, m.settlePager(&p.pager))
	}
	return tea.Batch(cmds...)
}

// readingOf is how a text is looked at, and whose output it is.
func (m *model) readingOf(text tools.TextID) (line.Reading, pager.Source) {
	shown := m.runsOf(text)
	if len(shown) == 0 {
		return line.Reading{}, pager.Source{}
	}
	of := pager.Source{Tool: shown[0].Tool()}
	if text.Set != 0 {
		of.Pods = runs.TellApart(shown)
		of.Inks = runs.PodInks(shown, of.Pods)
	}
	return m.reading(shown[0]), of
}

func (m *model) splitLines(height int) []string {
	bar := m.split.focused().pager.Bar(m.styles, m.width)
	height = m.splitHeight(height)
	first := m.paneLines(0, height)
	switch {
	case len(m.split.panes) == 1:
		return append(first, bar...)
	case m.width < splitWidth:
		return append(append(first, m.paneLines(1, height)...), bar...)
	}
	second := m.paneLines(1, height)
	for i := range first {
		first[i] = cells.FitStyled(first[i], m.width/2) + m.styles.Dim.Render("│") + second[i]
	}
	return append(first, bar...)
}

// paneLines draws a text with its title and the position in it. The text that keys go to is marked.
func (m *model) paneLines(i, height int) []string {
	p := &m.split.panes[i]
	width, rows := m.paneSize(i, height)
	mark, name := "  ", m.styles.Strong
	if i == m.split.focus {
		mark, name = m.styles.Accent.Render("▸ "), m.styles.Accent
	}
	what, how := runs.TitleOf(m.styles, m.runsOf(p.text), p.text.Set != 0, m.now)
	position := " " + p.pager.Positions()[0] + " ──"
	foot := cells.Fit(strings.Repeat("─", max(0, width-cells.StyledWidth(position)))+position, width)
	out := append([]string{cells.BesideStyled(mark+name.Render(what), how+" ", width)}, p.pager.Body(m.styles, max(0, rows-paneEdges))...)
	return append(out, m.styles.Dim.Render(foot))
}

// openPair shows server and client side by side.
func (m *model) openPair(server, client tools.RunID) tea.Cmd {
	return m.openSplit(split{panes: []textPane{{text: tools.TextID{Run: server}}, {text: tools.TextID{Run: client}}}})
}
