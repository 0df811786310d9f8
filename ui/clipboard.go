package ui

import (
	"errors"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

// keyCopy takes a key that copies something of a run, and says whether it was one.
func (m *model) keyCopy(k tea.KeyMsg, r tools.State) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, keys.CopyRun):
		return m.commands.copy(form.RunLine(m.deps.Call, r)), true
	case key.Matches(k, keys.CopyPlain):
		return m.commands.copy(form.PlainLine(r)), true
	case key.Matches(k, keys.CopyPath):
		return m.copyPath(m.kept[r.ID].Path), true
	default:
		return nil, false
	}
}

func (m *model) copied(msg copiedMsg) {
	if msg.err != nil {
		m.failed = msg.err
		return
	}
	m.notice = margin.Note("copied " + figures.Plural(msg.bytes, "byte") + " (OSC 52); the terminal does not confirm it")
}

var errNotSaved = hint.Add(errors.New("nothing of this run has been saved yet"), "s saves it; then ctrl+y copies the path of the file")

// copySetPath copies where a set was saved last.
func (m *model) copySetPath(members []tools.State) tea.Cmd {
	for _, r := range members {
		if path := m.kept[r.ID].Path; path != "" {
			return m.copyPath(path)
		}
	}
	return m.copyPath("")
}

// copyPath copies where a run was saved last.
func (m *model) copyPath(saved string) tea.Cmd {
	if saved == "" {
		m.failed = errNotSaved
		return nil
	}
	return m.commands.copy(command.Join([]string{saved})) // it is pasted behind a command
}
