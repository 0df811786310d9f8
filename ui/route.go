package ui

import (
	"slices"
	"unicode"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// keys takes apart what came in one piece: over a slow link several keys arrive together, and are told as one. So Esc and
// the key behind it look like Alt with that key, which means something only where text is typed. What cannot be seen, as it may
// be in something that is pasted, is left out.
func (m *model) keys(k tea.KeyMsg) tea.Cmd {
	k.Runes = slices.DeleteFunc(slices.Clone(k.Runes), func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) })
	if k.Alt && !m.typing() {
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

// key routes a key: to the topmost overlay, then to what is typed into, then to the keys of all screens, then to the screen.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	m.notice, m.failed, m.output.pager.stuck = "", nil, false
	switch {
	case m.helping:
		return m.keyHelp(k)
	case m.asksHelp(k):
		m.helping, m.helpTop = true, 0
		return nil
	case m.leaving:
		return m.keyLeaving(k)
	case key.Matches(k, keys.interrupt):
		return m.quit()
	case m.saving:
		return m.keySaving(k)
	case m.filtering:
		return m.keySearch(k)
	case m.screen == choosing && (m.form.typing() || key.Matches(k, keys.back, keys.enter, keys.tab)):
		return m.keyForm(k)
	case m.stopping != nil:
		return m.keyStopping(k)
	case m.reader() != nil && m.reader().prompt.on:
		return m.reader().keyPrompt(k, m.commands, m.now)
	case m.screen == watching && m.output.packets.typing:
		return m.output.packets.keyFilter(k)
	case key.Matches(k, keys.mouse):
		return m.switchMouse()
	case key.Matches(k, keys.quit):
		return m.quit()
	case key.Matches(k, keys.runs) && m.screen != listing:
		m.list()
		return nil
	}
	switch m.screen {
	case choosing:
		return m.keyForm(k)
	case watching:
		return m.keyOutput(k)
	case listing:
		return m.keyRuns(k)
	case splitting:
		return m.keySplit(k)
	default:
		return m.keyHome(k)
	}
}

// typing says whether letters go into a text.
func (m *model) typing() bool {
	return m.saving || m.filtering || m.screen == watching && m.output.packets.typing || m.reader() != nil && m.reader().prompt.on || m.screen == choosing && m.form.typing()
}
