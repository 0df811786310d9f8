package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
)

func (m *model) keyForm(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, keys.back):
		m.screen = home
		return nil
	case key.Matches(k, keys.enter):
		return m.submit()
	default:
		return m.form.update(k, m.listHeight())
	}
}

// submit starts what the form says.
func (m *model) submit() tea.Cmd {
	if m.form.starting {
		return nil
	}
	request, err := m.form.request(tools.Size{Columns: m.width, Rows: m.listHeight()})
	if err != nil {
		m.form.err = err
		return nil
	}
	m.form.starting = true
	if m.form.whole() {
		return m.commands.startWhole(request)
	}
	return m.commands.start(request)
}
