package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/runs"
)

var quitLayer = layer{
	name: "quit", claim: answering, shown: func(m *model) bool { return m.leaving },
	key: (*model).keyLeaving, over: (*model).quitBox, hint: (*model).quitHint, help: help.Quit, wheel: still,
}

// quit leaves at once if nothing runs and nothing would be lost, else it asks.
func (m *model) quit() tea.Cmd {
	if m.nothingToAsk() {
		return tea.Quit
	}
	m.leaving = true
	return nil
}

func (m *model) nothingToAsk() bool {
	return m.runs.All.Active() == 0 && m.unsaved().Captures() == 0
}

// keyLeaving takes the answer. Throwing output away needs a plain yes: Enter and a second q come too easily.
func (m *model) keyLeaving(k tea.KeyMsg) tea.Cmd {
	easily := key.Matches(k, keys.Yes, keys.Interrupt, keys.Quit) && m.unsaved().Captures() == 0
	switch {
	case key.Matches(k, keys.SaveAll) && m.canSaveAll():
		return m.saveAll()
	case k.String() == "y", easily:
		return tea.Quit
	case key.Matches(k, keys.No):
		m.leaving = false
	case key.Matches(k, keys.Runs):
		if m.leaving = false; m.screen != listing {
			return m.list()
		}
	}
	return nil
}

// canSaveAll says whether there is something to be saved that is not being saved.
func (m *model) canSaveAll() bool { return !m.savingAll && m.unsaved().Captures() > 0 }

func (m *model) quitHint() (offers []keys.Offer) {
	if m.canSaveAll() {
		offers = append(offers, keys.Offers("save all and quit", keys.SaveAll))
	}
	return append(offers, keys.Offers("quit", keys.Yes), keys.Offers("go on", keys.No), keys.Offers("runs", keys.Runs), keys.Offers("help", keys.HelpHere))
}

// unsaved is what would be thrown away.
func (m *model) unsaved() runs.Unsaved { return runs.UnsavedOf(m.runs.All, m.kept) }

// quitBox is what is asked before everything ends.
func (m *model) quitBox() []string {
	if m.savingAll {
		return m.savingBox()
	}
	width := min(m.width, questionWidth)
	var lines []string
	running, lost := m.runs.All.Active(), m.unsaved().Texts()
	switch {
	case running == 1:
		lines = append(lines, "1 tool is still running. Stop it and quit?")
	case running > 1:
		lines = append(lines, figures.Plural(running, "tool")+" are still running. Stop them and quit?")
	default:
		lines = append(lines, "Quit anyway?")
	}
	answers := "y yes    n no    r runs, where s saves"
	if len(lost) > 0 {
		answers = "a save all and quit    " + answers
	}
	if running == 0 {
		lines = append(lost, lines...)
	} else {
		lines = append(lines, lost...)
	}
	lines = append(lines, "", answers)
	out := []string{""}
	for _, line := range lines {
		out = append(out, cells.Wrap("  "+line, width-2)...)
	}
	return m.styles.Box("quit", append(out, ""), width, len(out)+3, true)
}
