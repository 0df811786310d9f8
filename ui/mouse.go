package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/margin"
)

// The mouse belongs to the terminal, to mark and copy with, until it is switched on. Then its wheel scrolls the pane with the
// focus.

const wheelRows = 3

func (m *model) switchMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		m.notice = margin.Note("the wheel scrolls now; M gives the mouse back to the terminal, to mark text with")
	} else {
		m.notice = margin.Note("the mouse is the terminal's again")
	}
	return m.commands.mouse(m.mouse)
}

// wheel scrolls the topmost layer.
func (m *model) wheel(msg tea.MouseMsg) tea.Cmd {
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		return m.top().wheel(m, -wheelRows)
	case tea.MouseButtonWheelDown:
		return m.top().wheel(m, wheelRows)
	default:
		return nil
	}
}
