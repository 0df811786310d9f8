package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
)

var runsLayer = layer{
	name: "runs", shown: on(listing),
	key: (*model).keyRuns, fill: (*model).runsLines, hint: (*model).listHint, help: help.Runs, wheel: arrows,
}

func (m *model) runsLines(height int) []string {
	return m.styles.Box("runs", m.runs.Lines(m.styles, m.width-2, height-2, m.now), m.width, height, true)
}

func (m *model) keyRuns(k tea.KeyMsg) tea.Cmd {
	run, ok := m.runs.Selected()
	members := m.runs.SelectedSet()
	height := m.listHeight()
	switch {
	case key.Matches(k, keys.Back):
		return m.leaveList()
	case key.Matches(k, keys.Up):
		m.runs.Move(-1, height)
	case key.Matches(k, keys.Down):
		m.runs.Move(1, height)
	case key.Matches(k, keys.Mark):
		m.failed = m.runs.ToggleMark()
	case key.Matches(k, keys.PageUp):
		m.runs.Move(-height, height)
	case key.Matches(k, keys.PageDown):
		m.runs.Move(height, height)
	case key.Matches(k, keys.Top):
		m.runs.Move(-m.runs.Rows(), height)
	case key.Matches(k, keys.Bottom):
		m.runs.Move(m.runs.Rows(), height)
	case key.Matches(k, keys.Split):
		return m.splitMarked()
	case len(members) > 0 && key.Matches(k, keys.Enter):
		return m.openSet(members[0].Set)
	case len(members) > 0 && key.Matches(k, keys.Stop):
		return m.stopSet(members)
	case len(members) > 0 && key.Matches(k, keys.Save, keys.CopyRun, keys.CopyPlain):
		m.notice = margin.Note(eachAlone)
	case !ok:
	case key.Matches(k, keys.Enter) && runs.Seated(run):
		return tea.Batch(m.watch(run.ID), m.commands.sit(run.ID))
	case key.Matches(k, keys.Enter):
		return m.watch(run.ID)
	case key.Matches(k, keys.Stop):
		return m.stopSet([]tools.State{run})
	case key.Matches(k, keys.Freeze) && freezable(run):
		return m.commands.freeze(run.ID)
	case key.Matches(k, keys.Save):
		return m.openSave(run)
	default:
		cmd, _ := m.keyCopy(k, run)
		return cmd
	}
	return nil
}

// leaveList goes back to the screen before. What is read there went on meanwhile.
func (m *model) leaveList() tea.Cmd {
	m.screen = m.before
	switch m.screen {
	case watching:
		return m.watch(m.output.id)
	case splitting:
		return m.openSplit(m.split)
	default:
		return nil
	}
}

// listHint is what one can do in the list of runs.
func (m *model) listHint() (offers []keys.Offer) {
	run, ok := m.runs.Selected()
	switch set := m.runs.SelectedSet(); {
	case len(set) > 0:
		offers = append(offers, keys.Offers("all together", keys.Enter))
		if stoppable(set...) {
			offers = append(offers, keys.Offers("stop all", keys.Stop))
		}
	case ok:
		enter := "watch"
		if runs.Seated(run) {
			enter = "go to it"
		}
		offers = ofRun(append(offers, keys.Offers(enter, keys.Enter)), run)
		offers = append(offers, keys.Offers("copy", keys.CopyRun))
		if !run.Whole {
			offers = append(offers, keys.Offers("mark", keys.Mark))
		}
	}
	if len(m.runs.Pair()) == runs.MostMarked {
		offers = append(offers, keys.Offers("side by side", keys.Split))
	}
	return append(offers, margin.Ending("back")...)
}

// list shows all runs; it goes back from there.
func (m *model) list() tea.Cmd {
	if m.screen == listing {
		return m.leaveList()
	}
	m.before, m.screen = m.screen, listing
	m.keepInView()
	return nil
}
