package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/saving"
)

var quitLayer = layer{
	name: "quit", claim: answering, shown: func(m *model) bool { return m.leaving },
	key: (*model).keyLeaving, over: (*model).quitBox, hint: (*model).quitHint, help: help.Quit, wheel: still,
}

// quit leaves podtracer.
func (m *model) quit() tea.Cmd {
	m.next = ""
	return m.leave()
}

// leave leaves this cluster at once if nothing runs and nothing would be lost, else it asks.
func (m *model) leave() tea.Cmd {
	if m.nothingToAsk() {
		return m.end()
	}
	m.leaving = true
	return nil
}

// end ends the console, and says there which runs go on.
func (m *model) end() tea.Cmd {
	m.told = append(m.told, m.goOnTexts()...)
	return tea.Quit
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
		return m.end()
	case key.Matches(k, keys.No):
		m.leaving, m.next = false, ""
	case key.Matches(k, keys.Runs):
		if m.leaving, m.next = false, ""; m.screen != listing {
			return m.list()
		}
	}
	return nil
}

// canSaveAll says whether there is something to be saved that is not being saved.
func (m *model) canSaveAll() bool { return !m.savingAll && m.unsaved().Captures() > 0 }

func (m *model) quitHint() (offers []keys.Offer) {
	if m.canSaveAll() {
		offers = append(offers, keys.Offers("save all and "+m.leaveWord(), keys.SaveAll))
	}
	return append(offers, keys.Offers(m.leaveWord(), keys.Yes), keys.Offers("go on", keys.No), keys.Offers("runs", keys.Runs), keys.Offers("help", keys.HelpHere))
}

// unsaved is what would be thrown away.
func (m *model) unsaved() saving.Unsaved { return saving.UnsavedOf(m.runs.All, m.kept) }

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
		lines = append(lines, "1 tool is still running. Stop it and "+m.leaveText()+"?")
	case running > 1:
		lines = append(lines, figures.Plural(running, "tool")+" are still running. Stop them and "+m.leaveText()+"?")
	case m.next != "":
		lines = append(lines, "Go to context "+cells.Clean(m.next)+" anyway?")
	default:
		lines = append(lines, "Quit anyway?")
	}
	if n := len(m.goingOn()); n > 0 {
		lost = append(lost, figures.Plural(n, "detached run")+" that you look at here "+goOn(n)+" on")
	}
	answers := "y yes    n no    r runs, where s saves"
	if m.canSaveAll() {
		answers = "a save all and " + m.leaveWord() + "    " + answers
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
	return m.styles.Box(m.leaveTitle(), append(out, ""), width, len(out)+3, true)
}

func goOn(n int) string {
	if n == 1 {
		return "goes"
	}
	return "go"
}

// leaveTitle names the question.
func (m *model) leaveTitle() string {
	if m.next != "" {
		return "another context"
	}
	return "quit"
}

// leaveWord says in a word or two what leaving this cluster is.
func (m *model) leaveWord() string {
	if m.next != "" {
		return "go there"
	}
	return "quit"
}

// leaveText says what leaving this cluster is.
func (m *model) leaveText() string {
	if m.next != "" {
		return "go to context " + cells.Clean(m.next)
	}
	return "quit"
}
