package ui

import (
	"slices"
	"unicode"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

// layer is something that can be on top of the screen. Everything that depends on what is on top asks the topmost layer that is
// shown: where a key goes, what is drawn, the hint, the help, what the wheel moves. So they cannot disagree.
type layer struct {
	name  string
	shown func(*model) bool
	claim claim
	key   func(*model, tea.KeyMsg) tea.Cmd
	fill  func(m *model, height int) []string // a screen: the lines between the first and the last; nil where a layer is a part of one
	over  func(*model) []string               // a box above the screen; nil where there is none
	hint  func(*model) []keys.Offer           // the last line
	help  func() help.Page                    // nil for the help itself
	wheel func(m *model, rows int) tea.Cmd    // downwards; upwards if rows is negative
}

// claim says which keys a layer takes that mean something else on other screens.
type claim int

const (
	sharing   claim = iota // none: help, runs, mouse, quit and ctrl+c are the console's
	typing                 // letters are text: F1 and ctrl+c are the console's
	asking                 // letters are answers: help and ctrl+c are the console's
	answering              // ctrl+c is an answer, too
	takingAll              // all
)

// allLayers are all of them in the order in which they cover each other, the topmost first. The last one is always shown. Another
// screen is another entry here.
func allLayers() []layer {
	return []layer{
		helpLayer, quitLayer, stopLayer, detachLayer, saveLayer,
		contextsLayer, searchLayer, presetsLayer, historyLayer, argumentsLayer, formLayer,
		promptLayer, packetFilterLayer, selectionLayer, packetLayer, packetsLayer, talkersLayer, wholeLayer, textLayer,
		splitLayer, runsLayer, homeLayer,
	}
}

// on says that a layer is shown with a screen.
func on(s screen) func(*model) bool { return func(m *model) bool { return m.screen == s } }

// top is the topmost layer that is shown.
func (m *model) top() *layer { return m.first(func(*layer) bool { return true }) }

// helped is the layer that a help is about: the topmost one below it.
func (m *model) helped() *layer { return m.first(func(l *layer) bool { return l.help != nil }) }

// filling is the layer that fills the screen.
func (m *model) filling() *layer { return m.first(func(l *layer) bool { return l.fill != nil }) }

func (m *model) first(want func(*layer) bool) *layer {
	for i := range m.layers {
		if l := &m.layers[i]; want(l) && l.shown(m) {
			return l
		}
	}
	return &m.layers[len(m.layers)-1]
}

// still is the wheel where there is nothing to move.
func still(*model, int) tea.Cmd { return nil }

// arrows moves by rows as the arrow keys do.
func arrows(m *model, rows int) tea.Cmd {
	arrow := tea.KeyMsg{Type: tea.KeyDown}
	if rows < 0 {
		arrow.Type, rows = tea.KeyUp, -rows
	}
	var cmds []tea.Cmd
	for range rows {
		cmds = append(cmds, m.key(arrow))
	}
	return tea.Batch(cmds...)
}

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

// key gives a key to the topmost layer, unless it is a key of the whole console there.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	m.notice, m.failed = margin.Notice{}, nil
	for _, p := range m.pagers() {
		p.Retry()
	}
	top := m.top()
	switch {
	case top.claim == takingAll:
		return top.key(m, k)
	case key.Matches(k, keys.Help) && (k.Type == tea.KeyF1 || top.claim != typing):
		m.helping, m.helpTop = true, 0
		return nil
	case key.Matches(k, keys.Interrupt) && top.claim != answering:
		return m.quit()
	case top.claim != sharing:
		return top.key(m, k)
	case key.Matches(k, keys.Mouse):
		return m.switchMouse()
	case key.Matches(k, keys.Quit):
		return m.quit()
	case key.Matches(k, keys.Runs):
		return m.list()
	default:
		return top.key(m, k)
	}
}

// fixed is what a layer always offers.
func fixed(offers ...keys.Offer) func(*model) []keys.Offer {
	return func(*model) []keys.Offer { return offers }
}
