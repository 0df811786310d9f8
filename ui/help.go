package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/style"
)

// help is what one can do on a screen.
type help struct {
	title string // what the screen is
	about string // what to do there, in a line
	rows  []helpRow
}

// helpRow is a row of it: some keys, or words that can be typed, and what they do.
type helpRow struct {
	keys  []key.Binding
	words string
	does  string
}

func does(what string, keys ...key.Binding) helpRow { return helpRow{keys: keys, does: what} }

func means(what, words string) helpRow { return helpRow{words: words, does: what} }

func (r helpRow) shown() string {
	if r.words != "" {
		return r.words
	}
	var shown []string
	for _, k := range r.keys {
		shown = append(shown, k.Help().Key)
	}
	return strings.Join(shown, " ")
}

var helpLayer = layer{
	name: "help", claim: takingAll, shown: func(m *model) bool { return m.helping },
	key: (*model).keyHelp, over: (*model).helpBox, hint: (*model).helpHint,
	wheel: func(m *model, rows int) tea.Cmd { m.scrollHelp(rows); return nil },
}

// help is that of what is on top.
func (m *model) help() help {
	of := m.helped()
	h := of.help()
	h.rows = append(append(h.rows, helpRow{}), h.everywhere(of.claim)...)
	return h
}

// everywhere are the keys of all screens. Where text is typed, or a question is asked, few keys are keys.
func (h help) everywhere(c claim) []helpRow {
	switch c {
	case asking, answering:
		return []helpRow{does("this help", keys.Help)}
	case typing:
		return []helpRow{
			does("clear all before the cursor; the word before it", keys.Bind("ctrl+u", "", "ctrl+u"), keys.Bind("ctrl+w", "", "ctrl+w")),
			does("this help", keys.Bind("F1", "", "f1")), does("quit: all tools stop", keys.Interrupt),
		}
	}
	runs := does("all runs; the mouse's wheel scrolls, or not", keys.Runs, keys.Mouse)
	if h.tells(keys.Runs) {
		runs = does("the mouse's wheel scrolls, or not", keys.Mouse)
	}
	return []helpRow{
		does("this help; F1 where text is typed, too", keys.Help), runs,
		does("quit: all tools stop, what is not saved is gone", keys.Quit, keys.Interrupt),
	}
}

// tells says whether a help has a row with a key.
func (h help) tells(k key.Binding) bool {
	return slices.ContainsFunc(h.rows, func(r helpRow) bool {
		return slices.ContainsFunc(r.keys, func(of key.Binding) bool { return of.Help().Key == k.Help().Key })
	})
}

const (
	helpWidth     = 80
	mostKeysWidth = 24
)

func (h help) lines(s style.Styles, width int) []string {
	column := 0
	for _, r := range h.rows {
		column = max(column, min(cells.StyledWidth(r.shown()), mostKeysWidth))
	}
	out := style.All(s.Strong, cells.Wrap(" "+h.about, width))
	out = append(out, "")
	for _, r := range h.rows {
		shown := r.shown()
		if shown == "" {
			out = append(out, s.Strong.Render(cells.Fit(" everywhere", width)))
			continue
		}
		for i, line := range cells.Wrap(r.does, max(8, width-column-4)) {
			if i > 0 {
				shown = ""
			}
			out = append(out, "  "+s.Accent.Render(cells.Fit(shown, column))+"  "+line)
		}
	}
	return out
}

// helpLines are the lines of the help, and of how many there is room at a time.
func (m *model) helpLines() (lines []string, room int) {
	return m.help().lines(m.styles, min(m.width, helpWidth)-2), max(1, m.height-4)
}

func (m *model) helpBox() []string {
	lines, room := m.helpLines()
	title := "help: " + m.help().title
	if len(lines) > room {
		top := min(m.helpTop, len(lines)-room)
		title += ", lines " + figures.Count(top+1) + " to " + figures.Count(top+room) + " of " + figures.Count(len(lines))
		lines = lines[top : top+room]
	}
	return m.styles.Box(title, lines, min(m.width, helpWidth), len(lines)+2, true)
}

func (m *model) helpHint() string {
	if lines, room := m.helpLines(); len(lines) > room {
		return "↑↓ pgup pgdn read on   any other key closes the help"
	}
	return "any key closes the help"
}

// keyHelp takes a key while the help is shown: it closes it, unless there is more to read.
func (m *model) keyHelp(k tea.KeyMsg) tea.Cmd {
	lines, room := m.helpLines()
	by := 0
	switch {
	case key.Matches(k, keys.Interrupt):
		m.helping = false
		return m.quit()
	case key.Matches(k, keys.Up):
		by = -1
	case key.Matches(k, keys.Down):
		by = 1
	case key.Matches(k, keys.PageUp):
		by = -room
	case key.Matches(k, keys.PageDown):
		by = room
	case key.Matches(k, keys.Top):
		by = -len(lines)
	case key.Matches(k, keys.Bottom):
		by = len(lines)
	}
	if by == 0 || len(lines) <= room {
		m.helping = false
		return nil
	}
	m.scrollHelp(by)
	return nil
}

func (m *model) scrollHelp(by int) {
	lines, room := m.helpLines()
	m.helpTop = max(0, min(m.helpTop+by, len(lines)-room))
}
