package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

// eachAlone answers keys that do not work on a set.
const eachAlone = "a set: copy its commands, save text, and detach, run by run, below it in the list of runs"

// stopSet stops all runs of a set that have not ended; it asks first if there are several.
func (m *model) stopSet(members []tools.State) tea.Cmd {
	var running []tools.RunID
	for _, r := range members {
		if r.Phase != tools.Ended {
			running = append(running, r.ID)
		}
	}
	switch len(running) {
	case 0:
		m.notice = margin.Note("it has ended already")
		if len(members) > 1 {
			m.notice = margin.Note("all runs of this set have ended already")
		}
		return nil
	case 1:
		return m.commands.stop(running[0])
	default:
		m.stopping = running
		return nil
	}
}

type stoppedMsg struct{ err error }

var stopLayer = layer{
	name: "stop", claim: asking, shown: func(m *model) bool { return m.stopping != nil },
	key: (*model).keyStopping, over: (*model).stopBox, hint: fixed(keys.Offers("stop them", keys.Yes), keys.Offers("let them go on", keys.No), keys.Offers("help", keys.HelpHere)), help: help.Stop, wheel: still,
}

func (m *model) keyStopping(k tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	switch {
	case key.Matches(k, keys.Yes):
		for _, id := range m.stopping {
			cmds = append(cmds, m.commands.stop(id))
		}
	case !key.Matches(k, keys.No):
		return nil
	}
	m.stopping = nil
	return tea.Batch(cmds...)
}

func (m *model) stopBox() []string {
	width := min(m.width, questionWidth)
	run, _ := m.runs.Find(m.stopping[0])
	text := "  Stop " + cells.Clean(run.Tool()) + " in " + figures.Count(len(m.stopping)) + " pods?"
	lines := append([]string{""}, cells.Wrap(text, width-2)...)
	return m.styles.Box("stop", append(lines, "", "  y yes    n no", ""), width, len(lines)+5, true)
}
