package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
)

// takeLink learns how the terminal is doing.
func (m *model) takeLink(msg linkMsg) tea.Cmd {
	if ended := msg.link.RecordingEnded; ended != nil && m.link.RecordingEnded == nil {
		m.failed = hint.Add(ended, "the console goes on; what was recorded until now can be replayed")
	}
	m.link = msg.link
	return m.commands.nextLink(msg.version)
}
