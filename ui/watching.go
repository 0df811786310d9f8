package ui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/runs"
)

// output is the screen of one run: its header, its text, and its state.
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
