package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
)

func (m *model) started(msg startedMsg) tea.Cmd {
	m.form.starting = false
	if msg.set != 0 && msg.err != nil { // in some of its pods
		m.failed = msg.err
	} else if msg.err != nil {
		m.form.err = msg.err
		return nil
	}
	if msg.set != 0 {
		return m.openSet(msg.set)
	}
	if msg.client != 0 {
		return m.openPair(msg.id, msg.client)
	}
	if msg.whole {
		return tea.Batch(m.watch(msg.id), m.commands.sit(msg.id))
	}
	return m.watch(msg.id)
}

// watch opens the screen of a run.
func (m *model) watch(id tools.RunID) tea.Cmd {
	m.screen = watching
	m.views++
	m.output.id = id
	m.output.pager.open(tools.TextID{Run: id}, m.views)
	m.output.show(asText, 0)
	return m.commands.text(m.views, m.output.pager.text, tools.TextState{})
}

func (m *model) keyOutput(k tea.KeyMsg) tea.Cmd {
	run, known := m.runs.find(m.output.id)
	if !run.Whole {
		if cmd, ok := m.keySide(k, run); ok {
			return cmd
		}
	}
	switch {
	case key.Matches(k, keys.back):
		m.screen = home
	case key.Matches(k, keys.enter) && seated(run):
		return m.commands.sit(run.ID)
	case key.Matches(k, keys.stop) && known:
		return m.stopSet([]tools.State{run})
	case key.Matches(k, keys.freeze) && freezable(run):
		return m.commands.freeze(m.output.id)
	case key.Matches(k, keys.addresses):
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
	}
	return nil
}

func (m *model) outputLines(height int) []string {
	run, _ := m.runs.find(m.output.id)
	p := &m.output.pager
	lines := m.output.header(m.styles, run, m.deps.Here.Name, m.width, m.now)
	if run.Whole {
		trouble := m.output.trouble(m.styles, run, m.width)
		rows := max(1, height-len(lines)-len(trouble)-1)
		lines = append(append(lines, wholeLines(m.styles, run, m.width, rows)...), trouble...)
		return append(lines, wholeFoot(m.styles, run, m.width))
	}
	if m.output.side != asText {
		return append(lines, m.sideLines(run, height-len(lines))...)
	}
	below := append(m.output.trouble(m.styles, run, m.width), m.output.foot(m.styles, run, m.width))
	below = append(below, p.reader(m.styles, m.width)...)
	lines = append(lines, p.body(m.styles, max(1, height-len(lines)-len(below)))...)
	return append(lines, below...)
}

// reading is how the lines of a run are looked at. Packets are many and long: by name at first. Who runs ip or ss wants to see
// the addresses, too.
func (m *model) reading(r tools.State) reading {
	return reading{naming: m.naming[r.Capture], names: m.known, tool: r.Tool(), began: r.Began}
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
	return r.Ring.Size > 0 && r.Frozen == "" && r.Phase != tools.Ended
}
