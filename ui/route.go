package ui

import (
	"slices"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
)

// keys takes apart what came in one piece: over a slow link several keys arrive together, and are told as one. So Esc and
// the key behind it look like Alt with that key, which means something only where text is typed. What cannot be seen, as it may
// be in something that is pasted, is left out.
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
