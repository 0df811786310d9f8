package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
)

// formHint is what the form, or the list that is shown above it, offers.
func (m *model) formHint() []keys.Offer { return m.form.Offers() }

var formLayer = layer{
	name: "form", shown: on(choosing),
	key: (*model).keyForm, fill: (*model).formLines, hint: (*model).formHint, help: help.Form, wheel: arrows,
}

// argumentsLayer is the form while something is typed into it.
var argumentsLayer = layer{
	name: "arguments", claim: typing, shown: inForm(form.AtText),
	key: (*model).keyForm, fill: (*model).formLines, hint: (*model).formHint, help: help.Form, wheel: still,
}

var presetsLayer = layer{
	name: "presets", claim: typing, shown: inForm(form.AtPresets),
	key: (*model).keyForm, over: func(m *model) []string { return m.form.List(m.styles) },
	hint: (*model).formHint, help: help.Presets, wheel: arrows,
}

var historyLayer = layer{
	name: "history", claim: typing, shown: inForm(form.AtHistory),
	key: (*model).keyForm, over: func(m *model) []string { return m.form.List(m.styles) },
	hint: (*model).formHint, help: help.History, wheel: arrows,
}

// inForm says that keys go to a place in the form.
func inForm(at form.Place) func(*model) bool {
	return func(m *model) bool { return m.screen == choosing && m.form.At() == at }
}

func (m *model) formLines(height int) []string { return m.form.Lines(m.styles, height) }

func (m *model) keyForm(k tea.KeyMsg) tea.Cmd {
	cmd, left := m.form.Key(k)
	if left {
		m.screen = home
	}
	return cmd
}
