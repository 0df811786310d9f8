package fakes

import tea "github.com/charmbracelet/bubbletea"

var special = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "ctrl+c": tea.KeyCtrlC, "backspace": tea.KeyBackspace,
	"shift+tab": tea.KeyShiftTab, "right": tea.KeyRight, "left": tea.KeyLeft, "ctrl+u": tea.KeyCtrlU,
	"ctrl+y": tea.KeyCtrlY, "ctrl+t": tea.KeyCtrlT, "ctrl+p": tea.KeyCtrlP, "ctrl+r": tea.KeyCtrlR, "ctrl+n": tea.KeyCtrlN,
	"ctrl+g": tea.KeyCtrlG, "ctrl+w": tea.KeyCtrlW, "ctrl+k": tea.KeyCtrlK, "home": tea.KeyHome, "end": tea.KeyEnd, "delete": tea.KeyDelete,
	"f1": tea.KeyF1,
}

// Keys makes key messages from the names of keys; any other text becomes one message for each letter.
func Keys(names ...string) []tea.KeyMsg {
	var out []tea.KeyMsg
	for _, name := range names {
		if kind, ok := special[name]; ok {
			out = append(out, tea.KeyMsg{Type: kind})
			continue
		}
		for _, r := range name {
			out = append(out, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	return out
}
