package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/runs"
)

// output is what is watched: one run, or the packets of a set.
type output struct {
	id    tools.RunID
	set   tools.SetID // whose packets are looked at; 0: those of the run
	how   line.Reading
	pager pager.Pager

	side    aspect // how it is looked at
	packets packets.Table
	talkers packets.Talkers
}

// watch opens the screen of a run.
func (m *model) watch(id tools.RunID) tea.Cmd {
	m.screen = watching
	m.output.id, m.output.set = id, 0
	m.turnTo(asText)
	return m.output.pager.Open(m.commands.texts, tools.TextID{Run: id}, m.views)
}

// header is drawn above a run, however the person looks at it.
func (m *model) header(r tools.State) []string {
	side := ""
	if hasSides(r) {
		side = m.output.sideLine(m.styles, m.width)
	}
	return runs.Header(m.styles, r, m.deps.Launcher.Reach(&r.Pod).Here, side, m.width, m.now)
}

// keyRun takes a key that acts on the run on the screen, however the person looks at it.
func (m *model) keyRun(k tea.KeyMsg) tea.Cmd {
	if m.output.set != 0 {
		return m.keySet(k)
	}
	run, known := m.runs.Find(m.output.id)
	switch {
	case key.Matches(k, keys.Back):
		m.screen = home
	case key.Matches(k, keys.Stop) && known:
		return m.stopSet([]tools.State{run})
	case key.Matches(k, keys.Freeze) && freezable(run):
		return m.commands.freeze(m.output.id)
	case key.Matches(k, keys.Detach) && known:
		return m.openDetach(run)
	case key.Matches(k, keys.Addresses):
		m.naming[run.Capture] = m.naming[run.Capture].Next()
		if missing := m.missingNames(); missing != "" && m.naming[run.Capture] != line.ByAddress {
			m.notice = margin.Note("some names are missing: " + missing)
		}
	case key.Matches(k, keys.Save) && known:
		return m.openSave(run)
	default:
		if cmd, ok := m.keyCopy(k, run); ok && known {
			return cmd
		}
	}
	return nil
}

// stoppable says whether some of these runs go on, and are not being stopped.
func stoppable(some ...tools.State) bool {
	return slices.ContainsFunc(some, func(r tools.State) bool { return r.Phase < tools.Stopping })
}

// ofRun adds what can be done to a run, however that is looked at.
func (m *model) ofRun(offers []keys.Offer, r tools.State) []keys.Offer {
	offers = append(offers, keys.Offers("save", keys.Save))
	if stoppable(r) {
		offers = append(offers, keys.Offers("stop", keys.Stop))
	}
	if freezable(r) {
		offers = append(offers, keys.Offers("freeze", keys.Freeze))
	}
	if m.deps.Detached != nil && r.CanBeHandedOver() == nil {
		offers = append(offers, keys.Offers("detach", keys.Detach))
	}
	return offers
}

// ofSet is what can be done to all runs of a set at once.
func ofSet(members []tools.State) (offers []keys.Offer) {
	if len(members) > 0 && members[0].Capture {
		offers = append(offers, keys.Offers("save as one", keys.Save))
	}
	if stoppable(members...) {
		offers = append(offers, keys.Offers("stop all", keys.Stop))
	}
	return offers
}

// reading is how the lines of a run are looked at. Packets are many and long: names come first. People who run ip or ss want to
// see the addresses as well.
func (m *model) reading(r tools.State) line.Reading {
	return line.Reading{Naming: m.naming[r.Capture], Names: m.known, Began: r.Began}
}

// missingNames says why some names are not known.
func (m *model) missingNames() string {
	if m.known == nil {
		return "the list of pods has not come yet"
	}
	return m.known.Incomplete()
}

// freezable says whether a run has a ring that can be frozen.
func freezable(r tools.State) bool {
	return r.Ring.Size > 0 && r.Frozen == "" && r.Phase != tools.Ended && !r.IsDetached()
}

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
