package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
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
	lines := m.runs.Lines(m.styles, m.width-2, height-2, m.now)
	if m.afarErr != nil && len(lines) < height-2 { // below what there is
		lines = append(lines, "", m.styles.Dim.Render(cells.Fit("  some detached runs may be missing: "+cells.FirstLine(cells.Clean(m.afarErr.Error())), m.width-2)))
	}
	return m.styles.Box("runs", lines, m.width, height, true)
}

func (m *model) keyRuns(k tea.KeyMsg) tea.Cmd {
	run, ok := m.runs.Selected()
	members := m.runs.SelectedSet()
	afar, isAfar := m.runs.SelectedAfar()
	height := m.listHeight()
	by, moves := keys.Rows(k, height)
	switch {
	case key.Matches(k, keys.Back):
		return m.leaveList()
	case key.Matches(k, keys.Mark):
		m.failed = m.runs.ToggleMark()
	case moves:
		m.runs.Move(by, height)
	case isAfar && key.Matches(k, keys.Enter):
		return m.attach(afar)
	case isAfar && key.Matches(k, keys.Stop, keys.Save, keys.CopyRun, keys.CopyPlain):
		m.notice = margin.Note("a detached run: enter picks it up, with all that it has written; then it is saved, and stopped, as any run")
	case key.Matches(k, keys.Split):
		return m.splitMarked()
	case len(members) > 0 && key.Matches(k, keys.Enter):
		return m.openSet(members[0].Set)
	case len(members) > 0 && key.Matches(k, keys.Stop):
		return m.stopSet(members)
	case len(members) > 0 && key.Matches(k, keys.Save):
		return m.saveSet(members)
	case len(members) > 0 && key.Matches(k, keys.CopyPath):
		return m.copySetPath(members)
	case len(members) > 0 && key.Matches(k, keys.CopyRun, keys.CopyPlain, keys.Detach):
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
	case key.Matches(k, keys.Detach):
		return m.openDetach(run)
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
		if m.output.set != 0 {
			return m.watchSet(m.output.set, m.output.side)
		}
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
	if _, afar := m.runs.SelectedAfar(); afar {
		offers = append(offers, keys.Offers("pick it up", keys.Enter))
	}
	switch set := m.runs.SelectedSet(); {
	case len(set) > 0:
		offers = append(offers, keys.Offers("all together", keys.Enter))
		offers = append(offers, ofSet(set)...)
	case ok:
		enter := "watch"
		if runs.Seated(run) {
			enter = "go to it"
		}
		offers = m.ofRun(append(offers, keys.Offers(enter, keys.Enter)), run)
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
	return m.lookForDetached(0)
}
