package ui

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
)

func (m *model) copied(msg copiedMsg) {
	if msg.err != nil {
		m.failed = msg.err
		return
	}
	m.notice = note("copied " + figures.Plural(msg.bytes, "byte") + " (OSC 52); the terminal does not confirm it")
}

var errNotSaved = hint.Add(errors.New("nothing of this run was saved yet"), "s saves it; then ctrl+y copies the path of the file")

// copyPath copies where a run was saved last.
func (m *model) copyPath(saved string) tea.Cmd {
	if saved == "" {
		m.failed = errNotSaved
		return nil
	}
	return m.commands.copy(command.Join([]string{saved})) // it is pasted behind a command
}
