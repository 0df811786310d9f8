package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
)

func (m *model) takeOutput(msg chunkMsg) tea.Cmd {
	if msg.view != m.output.view || m.screen != watching {
		return nil
	}
	if msg.err != nil {
		m.failed = msg.err
		return nil
	}
	m.output.add(msg.chunk)
	if m.output.ended {
		return nil
	}
	return m.commands.output(m.output.view, m.output.id, m.output.last)
}

func (m *model) started(msg startedMsg) tea.Cmd {
	m.form.starting = false
	if msg.err != nil {
		m.form.err = msg.err
		return nil
	}
	if msg.whole {
		return tea.Batch(m.watch(msg.id), m.commands.sit(msg.id))
	}
	return m.watch(msg.id)
}

// watch opens the screen of a run.
func (m *model) watch(id tools.RunID) tea.Cmd {
	m.screen = watching
	m.output.open(id)
	return m.commands.output(m.output.view, id, 0)
}

func (m *model) keyOutput(k tea.KeyMsg) tea.Cmd {
	run, known := m.runs.find(m.output.id)
	switch {
	case key.Matches(k, keys.back):
		m.screen = home
	case key.Matches(k, keys.enter) && seated(run):
		return m.commands.sit(run.ID)
	case key.Matches(k, keys.stop):
		return m.commands.stop(m.output.id)
	case key.Matches(k, keys.freeze) && freezable(run):
		return m.commands.freeze(m.output.id)
	case key.Matches(k, keys.names):
		m.naming[run.Capture] = m.naming[run.Capture].next()
		if missing := m.missingNames(); missing != "" && m.naming[run.Capture] != byAddress {
			m.notice = "some names are missing: " + missing
		}
	case key.Matches(k, keys.save) && known:
		return m.openSave(run)
	default:
		if cmd, ok := m.keyCopy(k, run); ok && known {
			return cmd
		}
		m.output.update(k, m.bodyHeight())
	}
	return nil
}

func (m *model) outputLines(height int) []string {
	run, _ := m.runs.find(m.output.id)
	lines := m.output.header(m.styles, run, m.deps.Here.Name, m.width, m.now)
	trouble := m.output.trouble(m.styles, run, m.width)
	rows := max(1, height-len(lines)-len(trouble)-1)
	if run.Whole {
		lines = append(append(lines, wholeLines(m.styles, run, m.width, rows)...), trouble...)
		return append(lines, wholeFoot(m.styles, run, m.width))
	}
	lines = append(lines, m.output.body(m.styles, m.reading(run), m.width, rows)...)
	lines = append(lines, trouble...)
	return append(lines, m.output.foot(m.styles, m.reading(run), run, rows, m.width))
}

// reading is how the lines of a run are looked at. Packets are many and long: by name at first. Who runs ip or ss wants to see
// the addresses, too.
func (m *model) reading(r tools.State) reading { return reading{m.naming[r.Capture], m.known} }

// missingNames says why some names are not known.
func (m *model) missingNames() string {
	if m.known == nil {
		return "the list of pods has not come yet"
	}
	return m.known.Incomplete()
}

// freezable says whether a run has a ring that can be frozen.
func freezable(r tools.State) bool {
	return r.Ring.Size > 0 && r.Frozen == "" && r.Phase != tools.Ended
}
