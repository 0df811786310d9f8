package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
)

// The mouse is the terminal's own, to mark and copy with, until it is switched on. Then its wheel moves what has the focus.

const wheelRows = 3

func (m *model) switchMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		m.notice = "the wheel scrolls now; M gives the mouse back to the terminal, to mark text with"
	} else {
		m.notice = "the mouse is the terminal's again"
	}
	return m.commands.mouse(m.mouse)
}

// wheel moves by some rows, as the arrow keys do.
func (m *model) wheel(msg tea.MouseMsg) tea.Cmd {
	var arrow tea.KeyType
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		arrow = tea.KeyUp
	case tea.MouseButtonWheelDown:
		arrow = tea.KeyDown
	default:
		return nil
	}
	by := wheelRows
	if arrow == tea.KeyUp {
		by = -wheelRows
	}
	switch {
	case m.helping:
		m.scrollHelp(by)
		return nil
	case m.typing() || m.leaving:
		return nil
	}
	if p := m.reader(); p != nil { // what is seen moves, not only the line one is at
		p.page(by)
		return nil
	}
	var cmds []tea.Cmd
	for range wheelRows {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: arrow}))
	}
	return tea.Batch(cmds...)
}

// takeLink learns how the terminal is doing.
func (m *model) takeLink(msg linkMsg) tea.Cmd {
	if ended := msg.link.RecordingEnded; ended != nil && m.link.RecordingEnded == nil {
		m.failed = hint.Add(ended, "the console goes on; what was recorded until now can be replayed")
	}
	m.link = msg.link
	return m.commands.nextLink(msg.version)
}
