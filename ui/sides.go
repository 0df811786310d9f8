package ui

import (
	"cmp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/style"
)

// aspect is a way to look at a capture.
type aspect int

const (
	asText aspect = iota
	asPackets
	asTalkers
	aspectCount
)

var aspectNames = [aspectCount]string{"text", "packets", "talkers"}

// hasSides says whether a run has more to look at than text.
func hasSides(r tools.State) bool { return r.Capture && !r.Whole && !r.Began.IsZero() }

// turnTo shows a side of the run or the set that is watched.
func (m *model) turnTo(side aspect) {
	o := &m.output
	m.views++
	o.side = side
	o.packets.Leave()
	switch side {
	case asPackets:
		o.packets.Open(m.commands.packets, o.of(), m.views)
	case asTalkers:
		o.talkers.Open(m.commands.packets, o.of(), m.views)
	}
}

// onSide says whether a capture is looked at from a side.
func (m *model) onSide(side aspect) bool { return m.screen == watching && m.output.side == side }

// turn goes to the next side of a capture, or to the one before.
func (m *model) turn(k tea.KeyMsg) tea.Cmd {
	side := m.output.side.next(k)
	if m.output.set != 0 && side == asText { // the text of a set has a screen of its own
		return m.openSet(m.output.set)
	}
	m.turnTo(side)
	return nil
}

// next is the side that a key goes to.
func (a aspect) next(k tea.KeyMsg) aspect {
	by := aspect(1)
	if k.String() == "shift+tab" {
		by = aspectCount - 1
	}
	return (a + by) % aspectCount
}

// settleSide brings packets or conversations up to date, after a message.
func (m *model) settleSide() tea.Cmd {
	o := &m.output
	if o.side == asTalkers {
		return o.talkers.Settle(m.width, m.sideHeight(), o.how, m.podsOfSet())
	}
	return o.packets.Settle(m.width, m.sideHeight(), o.how, m.podsOfSet())
}

// takePackets gives an answer to the table or the conversations that asked for it.
func (m *model) takePackets(msg packets.Answer) {
	m.failed = cmp.Or(m.output.packets.Take(msg), m.output.talkers.Take(msg), m.failed)
}

// sideLine says which side is shown, and how far it has been read.
func (o *output) sideLine(s style.Styles, width int) string {
	names := make([]string, aspectCount)
	for i, name := range aspectNames {
		if names[i] = s.Dim.Render(name); aspect(i) == o.side {
			names[i] = s.Accent.Render("▸" + name)
		}
	}
	left := " " + strings.Join(names, s.Dim.Render(" · ")) + s.Dim.Render("   tab")
	right := ""
	switch o.side {
	case asPackets:
		right = o.packets.Progress()
	case asTalkers:
		right = o.talkers.Progress()
	}
	return cells.BesideStyled(left, s.Warn.Render(cells.Clean(right))+" ", width)
}

// sideHeight is how many rows packets or conversations get, with their titles.
func (m *model) sideHeight() int {
	above, below := m.aroundSide()
	return max(2, m.height-2-len(m.noticeLines())-len(above)-len(below))
}

// aroundSide is what stands above a side, and below it: the state of what is watched, and the line that is typed.
func (m *model) aroundSide() (above, below []string) {
	o := &m.output
	if o.set != 0 {
		above, below = m.aroundSet()
	} else {
		run, _ := m.runs.Find(o.id)
		above = m.header(run)
		below = append(runs.Trouble(m.styles, run, m.width), runs.Foot(m.styles, run, o.positions(), m.width))
	}
	return above, append(below, o.packets.Bar(m.styles)...)
}

// sideLines draws a run or a set: its header, the visible side, its state, and the line that is typed.
func (m *model) sideLines(height int, draw func(s style.Styles, height int) []string) []string {
	header, below := m.aroundSide()
	height = max(1, height-len(header)-len(below))
	lines := draw(m.styles, height)
	for len(lines) < height {
		lines = append(lines, "")
	}
	return append(append(header, lines[:height]...), below...)
}

// positions say what part of the output is visible, from the longest text to the shortest.
func (o *output) positions() []string {
	var text string
	switch {
	case o.side == asText:
		return o.pager.Positions()
	case o.side == asPackets:
		text = o.packets.Position()
	default:
		text = o.talkers.Position()
	}
	return []string{o.how.Naming.String() + " · " + text, text}
}
