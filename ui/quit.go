package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
)

var quitLayer = layer{
	name: "quit", claim: answering, shown: func(m *model) bool { return m.leaving },
	key: (*model).keyLeaving, over: (*model).quitBox, hint: fixed("y quit   n go on   r runs   ? help"), help: quitHelp, wheel: still,
}

// quit leaves at once if nothing runs and nothing is lost by it, else it asks.
func (m *model) quit() tea.Cmd {
	if m.nothingToAsk() {
		return tea.Quit
	}
	m.leaving = true
	return nil
}

func (m *model) nothingToAsk() bool {
	return m.runs.runs.Active() == 0 && m.unsaved().captures == 0
}

// keyLeaving takes the answer. What would be thrown away needs a plain yes: Enter and a second q come too easily.
func (m *model) keyLeaving(k tea.KeyMsg) tea.Cmd {
	easily := key.Matches(k, keys.Yes, keys.Interrupt, keys.Quit) && m.unsaved().captures == 0
	switch {
	case k.String() == "y", easily:
		return tea.Quit
	case key.Matches(k, keys.No):
		m.leaving = false
	case key.Matches(k, keys.Runs):
		m.leaving = false
		return m.list()
	}
	return nil
}

// unsaved is what the captures hold that is in no file.
type unsaved struct {
	captures, inPart int // of the captures, how many are saved in part
	packets, bytes   int64
}

func (m *model) unsaved() unsaved {
	var u unsaved
	for _, r := range m.runs.runs {
		packets := r.Packets - r.Counters.AgedOut
		if !r.Capture || packets == 0 {
			continue
		}
		saved, some := m.kept[r.ID]
		if some && !saved.Partial {
			continue
		}
		u.captures++
		if some {
			u.inPart++
		}
		u.packets += packets
		u.bytes += r.Bytes - r.Counters.AgedOutBytes
	}
	return u
}

// String says it in a sentence.
func (u unsaved) String() string {
	text := "1 capture was not saved: "
	if u.captures > 1 {
		text = figures.Count(u.captures) + " captures were not saved: "
	}
	text += figures.Plural(u.packets, "packet") + ", " + figures.Bytes(u.bytes)
	switch {
	case u.inPart == 0:
		return text
	case u.captures == 1:
		return "1 capture was saved in part only; it has " + figures.Plural(u.packets, "packet") + " now, " + figures.Bytes(u.bytes)
	default:
		return text + " (" + figures.Count(u.inPart) + " in part)"
	}
}

// quitBox is what is asked before everything ends.
func (m *model) quitBox() []string {
	width := min(m.width, questionWidth)
	var lines []string
	running, lost := m.runs.runs.Active(), m.unsaved()
	switch {
	case running == 1:
		lines = append(lines, "1 tool is still running. Stop it and quit?")
	case running > 1:
		lines = append(lines, figures.Plural(running, "tool")+" are still running. Stop them and quit?")
	default:
		lines = append(lines, "Quit all the same?")
	}
	if lost.captures > 0 {
		text := lost.String()
		if running == 0 {
			lines = append([]string{text}, lines...)
		} else {
			lines = append(lines, text)
		}
	}
	lines = append(lines, "", "y yes    n no    r runs, where s saves")
	out := []string{""}
	for _, line := range lines {
		out = append(out, cells.Wrap("  "+line, width-2)...)
	}
	return m.styles.Box("quit", append(out, ""), width, len(out)+3, true)
}
