// Package contexts is the list of the kubeconfig's contexts, from which the person chooses another cluster. The door: List.
package contexts

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

const (
	mostRows  = 12 // contexts seen at once
	mostWidth = 100
)

// List is the list while it is open. Typing narrows it down.
type List struct {
	open    bool
	current string
	all     []string
	shown   []string
	filter  textinput.Model
	visible scroll.Window
	rows    int
}

// Open shows these contexts, the one in use first.
func (l *List) Open(names []string, current string) {
	*l = List{open: true, current: current, all: names, filter: style.NewInput(), rows: mostRows}
	l.filter.Focus()
	l.narrow()
}

// IsOpen says whether the list is shown.
func (l *List) IsOpen() bool { return l.open }

// narrow keeps the contexts that contain every typed word, in any case.
func (l *List) narrow() {
	words := strings.Fields(strings.ToLower(l.filter.Value()))
	l.shown, l.visible = nil, scroll.Window{}
	for _, name := range l.all {
		if hasAll(strings.ToLower(name), words) {
			l.shown = append(l.shown, name)
		}
	}
}

func hasAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// Key takes a key. It returns the context that was chosen, "" for none; choosing the one in use only closes the list.
func (l *List) Key(k tea.KeyMsg) (chosen string) {
	by := map[string]int{"up": -1, "down": 1, "pgup": -l.rows, "pgdown": l.rows}[k.String()]
	switch {
	case by != 0:
		l.visible.Move(by, len(l.shown), l.rows)
	case key.Matches(k, keys.Back):
		l.open = false
	case key.Matches(k, keys.Enter):
		if len(l.shown) == 0 {
			return ""
		}
		l.open = false
		if chosen = l.shown[l.visible.Cursor]; chosen == l.current {
			return ""
		}
	default:
		l.filter, _ = l.filter.Update(k) // the command is dropped: the cursor does not blink
		l.narrow()
	}
	return chosen
}

// Lines draws the list in a box. The screen has this many cells and rows.
func (l *List) Lines(s style.Styles, width, height int) []string {
	width = min(width, mostWidth)
	l.rows = max(1, min(mostRows, height-6))
	l.filter.Width = max(1, width-20)
	lines := []string{" " + s.Accent.Render("type to narrow ") + l.filter.View()}
	l.visible.Keep(len(l.shown), l.rows)
	first, end := l.visible.Visible(len(l.shown), l.rows)
	for i := first; i < end; i++ {
		name := l.shown[i]
		if name == l.current {
			name += " (this one)"
		}
		if text := cells.Fit(cells.Clean(name), width-5); i == l.visible.Cursor {
			lines = append(lines, s.Selected.Render("▸ "+text))
		} else {
			lines = append(lines, "  "+text)
		}
	}
	if len(l.shown) == 0 {
		lines = append(lines, " no context has these words")
	}
	return s.Box("contexts", lines, width, len(lines)+2, true)
}

// Offers are the keys of the last line.
func (l *List) Offers() (offers []keys.Offer) {
	offers = append(offers, keys.Says("type to narrow"))
	if len(l.shown) > 0 {
		offers = append(offers, keys.Offers("go there", keys.Enter))
	}
	if len(l.shown) > 1 {
		offers = append(offers, keys.Offers("move", keys.UpDown))
	}
	return append(offers, keys.Offers("back", keys.Back), keys.Offers("help", keys.HelpTyped))
}
