package form

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools/command"
)

// toBlank puts the cursor on the first blank of the arguments, or else at their end.
func (f *Form) toBlank() {
	f.input.CursorEnd()
	text := f.input.Value()
	if blanks := command.Blanks(text); len(blanks) > 0 && f.tool().Name != anyCommand {
		f.input.SetCursor(len([]rune(text[:blanks[0][0]])))
	}
}

// overBlank takes away the blank on which the cursor stands, for what is typed in its place.
func (f *Form) overBlank(k tea.KeyMsg) {
	if k.Type != tea.KeyRunes || len(k.Runes) == 0 || k.Alt {
		return
	}
	text := f.input.Value()
	at := len(string([]rune(text)[:f.input.Position()]))
	for _, blank := range command.Blanks(text) {
		if blank[0] <= at && at < blank[1] {
			f.input.SetValue(text[:blank[0]] + text[blank[1]:])
			f.input.SetCursor(len([]rune(text[:blank[0]])))
			return
		}
	}
}
