package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
)

const formHint = "enter run  p ctrl+p presets  ctrl+y ctrl+g copy  tab fields  F1 help  esc back"

var formLayer = layer{
	name: "form", shown: on(choosing),
	key: (*model).keyForm, fill: (*model).formLines, hint: fixed(formHint), help: formHelp, wheel: arrows,
}

// argumentsLayer is the form while something is typed into it.
var argumentsLayer = layer{
	name: "arguments", claim: typing, shown: func(m *model) bool { return m.screen == choosing && m.form.typing() },
	key: (*model).keyForm, fill: (*model).formLines, hint: fixed(formHint), help: formHelp, wheel: still,
}

func (m *model) formLines(height int) []string {
	title := " " + m.styles.Strong.Render("run in ") + m.styles.Accent.Render(cells.Clean(m.form.target()))
	return append([]string{cells.FitStyled(title, m.width)}, m.form.view(m.styles, m.width, height-1)...)
}

// keyForm takes a key of the form, then finds out what its arguments can go on with.
func (m *model) keyForm(k tea.KeyMsg) tea.Cmd {
	cmd := m.keyChoosing(k)
	m.form.complete()
	return cmd
}

func (m *model) keyChoosing(k tea.KeyMsg) tea.Cmd {
	switch {
	case m.form.presets.open:
		return m.keyPresets(k)
	case m.form.past.open:
		return m.keyHistory(k)
	case m.form.keyCompletion(k):
		return nil
	case k.String() == "ctrl+r":
		m.form.past.show(&m.form.history, m.form.tool().Name)
		return nil
	case k.String() == "ctrl+p", k.String() == "p" && !m.form.typing():
		m.form.presets.show(len(m.form.marks))
		return nil
	case k.String() == "ctrl+y", k.String() == "ctrl+g":
		return m.copyForm(k.String() == "ctrl+g")
	case key.Matches(k, keys.Back):
		m.screen = home
		return nil
	case key.Matches(k, keys.Enter):
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
	request, err := m.form.request(launch.Size{Columns: m.width, Rows: m.listHeight()})
	if err != nil {
		m.form.err = err
		return nil
	}
	if err := m.form.check.refusal(); err != nil {
		m.form.setFocus(onArguments)
		m.form.err = err
		return nil
	}
	cmd := m.begin(request)
	if !m.form.starting {
		return cmd
	}
	return tea.Batch(cmd, m.remember())
}

// begin starts a request in all pods that it is for.
func (m *model) begin(request tools.Request) tea.Cmd {
	if pair, ok := m.form.pair(); ok {
		return m.submitPair(pair, request)
	}
	if len(m.form.marks) > 1 {
		return m.submitSet(request)
	}
	m.form.starting = true
	if m.form.whole() {
		return m.commands.startWhole(request)
	}
	return m.commands.start(request)
}

// copyForm copies what was chosen as a command: that of podtracer run, or the plain one.
func (m *model) copyForm(plain bool) tea.Cmd {
	argv, err := m.form.argv()
	if err != nil || len(argv) == 0 {
		m.form.err = err
		return nil
	}
	if pair, ok := m.form.pair(); ok && len(m.form.marks) == pairSize {
		return m.copyPair(pair, plain)
	}
	if plain {
		return m.commands.copy(command.Join(argv))
	}
	return m.commands.copy(strings.Join(m.form.commandLines(argv), "\n"))
}
