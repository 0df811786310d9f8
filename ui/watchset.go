package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
)

// of is what is watched.
func (o *output) of() tools.TextID {
	if o.set != 0 {
		return tools.TextID{Set: o.set}
	}
	return tools.TextID{Run: o.id}
}

// watchSet shows the packets of a set, or its conversations.
func (m *model) watchSet(set tools.SetID, side aspect) tea.Cmd {
	m.screen = watching
	m.output.id, m.output.set = 0, set
	m.turnTo(side)
	return nil
}

// keySet takes a key that acts on the runs of the set whose packets are on the screen.
func (m *model) keySet(k tea.KeyMsg) tea.Cmd {
	members := m.runsOf(m.output.of())
	switch {
	case key.Matches(k, keys.Back):
		cmd := m.list()
		m.before = home
		return cmd
	case len(members) == 0:
	case key.Matches(k, keys.Stop):
		return m.stopSet(members)
	case key.Matches(k, keys.Addresses):
		m.naming[members[0].Capture] = m.naming[members[0].Capture].Next()
	case key.Matches(k, keys.Save):
		return m.saveSet(members)
	case key.Matches(k, keys.CopyPath):
		return m.copySetPath(members)
	case key.Matches(k, keys.CopyRun, keys.CopyPlain):
		m.notice = margin.Note(eachAlone)
	}
	return nil
}

// settleSet brings the packets or the conversations of a set up to date.
func (m *model) settleSet() tea.Cmd {
	members := m.runsOf(m.output.of())
	if len(members) == 0 {
		return nil
	}
	m.output.how = m.reading(members[0])
	for _, r := range members {
		if began := &m.output.how.Began; began.IsZero() || !r.Began.IsZero() && r.Began.Before(*began) {
			*began = r.Began
		}
	}
	return m.settleSide()
}

// podsOfSet are the names of the pods of the set that is watched, in the order in which its runs were started; nil if none is.
func (m *model) podsOfSet() (pods []string) {
	if m.output.set == 0 {
		return nil
	}
	members := m.runsOf(m.output.of())
	names := runs.TellApart(members)
	for _, r := range members {
		pods = append(pods, cells.Clean(names[r.ID]))
	}
	return pods
}

// aroundSet is what stands above and below the packets of a set.
func (m *model) aroundSet() (above, below []string) {
	what, how := runs.TitleOf(m.styles, m.runsOf(m.output.of()), true, m.now)
	above = []string{cells.BesideStyled(" "+m.styles.Strong.Render(what), how+" ", m.width), m.output.sideLine(m.styles, m.width)}
	position := " " + m.output.positions()[0] + " ──"
	foot := cells.Fit(strings.Repeat("─", max(0, m.width-cells.StyledWidth(position)))+position, m.width)
	return above, []string{m.styles.Dim.Render(foot)}
}
