package form

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// historyList is the overlay with the commands that were started, those of the chosen tool first. Typing narrows it down.
type historyList struct {
	open    bool
	all     []ran
	shown   []ran
	filter  textinput.Model
	visible scroll.Window
}

func (l *historyList) show(h *history, tool string) {
	*l = historyList{open: true, filter: style.NewInput()}
	l.filter.Focus()
	seen := map[ran]bool{}
	for _, own := range []bool{true, false} {
		for i := len(h.all) - 1; i >= 0; i-- {
			if r := h.all[i]; (r.Tool == tool) == own && !seen[r] {
				seen[r] = true
				l.all = append(l.all, r)
			}
		}
	}
	l.narrow()
}

func (l *historyList) narrow() {
	words := strings.Fields(strings.ToLower(l.filter.Value()))
	l.shown, l.visible = nil, scroll.Window{}
	for _, r := range l.all {
		if hasWords(r.Tool+" "+r.Arguments, words) {
			l.shown = append(l.shown, r)
		}
	}
}

// hasWords says whether the text contains every word; words are in lower case.
func hasWords(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// update handles a key other than Enter and Esc.
func (l *historyList) update(k tea.KeyMsg, height int) {
	by := map[string]int{"up": -1, "down": 1, "ctrl+r": 1, "pgup": -height, "pgdown": height}[k.String()]
	if by != 0 {
		l.visible.Move(by, len(l.shown), height)
		return
	}
	l.filter, _ = l.filter.Update(k) // the command is dropped: the cursor does not blink
	l.narrow()
}

func (l *historyList) view(s style.Styles, width, height int) []string {
	const toolWidth = 12
	inner := width - 2
	l.filter.Width = inner - 16
	lines := []string{" " + s.Accent.Render("type to narrow ") + l.filter.View()}
	rows := max(1, height-3)
	l.visible.Keep(len(l.shown), rows)
	first, end := l.visible.Visible(len(l.shown), rows)
	for i := first; i < end; i++ {
		tool, arguments := cells.Fit(cells.Clean(l.shown[i].Tool), toolWidth), cells.Fit(cells.Clean(l.shown[i].Arguments), inner-toolWidth-3)
		if i == l.visible.Cursor {
			lines = append(lines, s.Selected.Render("▸ "+tool+" "+arguments))
			continue
		}
		lines = append(lines, "  "+s.Dim.Render(tool)+" "+arguments)
	}
	switch {
	case len(l.all) == 0:
		lines = append(lines, " no command has been started yet")
	case len(l.shown) == 0:
		lines = append(lines, " no command has these words")
	}
	return s.Box("commands that were started, newest first", lines, width, height, true)
}

// keyHistory handles a key while the history is shown.
func (f *Form) keyHistory(k tea.KeyMsg) {
	l := &f.past
	switch k.String() {
	case "esc":
		l.open = false
	case "enter":
		if len(l.shown) > 0 {
			r := l.shown[l.visible.Cursor]
			l.open = false
			f.fill(r.Tool, r.Arguments, false)
		}
	default:
		l.update(k, f.rows())
	}
}
