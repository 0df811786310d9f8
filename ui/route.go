package ui

import (
	"slices"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/margin"
)

// keys splits what came in one piece: over a slow link several keys arrive together, and Bubble Tea reports them as one. So Esc
// and the key after it look like Alt with that key, which means something only where text is typed. Invisible characters, which a
// paste may contain, are left out.
func (m *model) keys(k tea.KeyMsg) tea.Cmd {
	k.Runes = slices.DeleteFunc(slices.Clone(k.Runes), func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) })
	if k.Alt && m.top().claim != typing {
		k.Alt = false
		return tea.Sequence(m.key(tea.KeyMsg{Type: tea.KeyEsc}), m.keys(k))
	}
	if k.Type != tea.KeyRunes || len(k.Runes) < 2 || k.Paste {
		return m.key(k)
	}
	cmds := make([]tea.Cmd, 0, len(k.Runes))
	for _, r := range k.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Sequence(cmds...)
}

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
