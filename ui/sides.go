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

// turnTo shows a side of the run that is watched.
func (m *model) turnTo(side aspect) {
	o := &m.output
	m.views++
	o.side = side
	o.packets.Leave()
	switch side {
	case asPackets:
		o.packets.Open(m.commands.packets, o.id, m.views)
	case asTalkers:
		o.talkers.Open(m.commands.packets, o.id, m.views)
	}
}

// onSide says whether a capture is looked at from a side.
func (m *model) onSide(side aspect) bool { return m.screen == watching && m.output.side == side }

// turn goes to the next side of a capture, or to the one before.
func (m *model) turn(k tea.KeyMsg) {
	by := aspect(1)
	if k.String() == "shift+tab" {
		by = aspectCount - 1
	}
	m.turnTo((m.output.side + by) % aspectCount)
}

// settleSide brings packets or conversations up to date, after a message.
func (m *model) settleSide(r tools.State) tea.Cmd {
	o := &m.output
	if o.side == asTalkers {
		return o.talkers.Settle(m.width, m.sideHeight(r), o.how)
	}
	return o.packets.Settle(m.width, m.sideHeight(r), o.how)
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
func (m *model) sideHeight(r tools.State) int {
	header := m.header(r)
	trouble := runs.Trouble(m.styles, r, m.width)
	bar := m.output.packets.Bar(m.styles)
	return max(2, m.height-2-len(m.noticeLines())-len(header)-len(trouble)-1-len(bar))
}

// sideLines draws a run: its header, the visible side, its state, and the line that is typed.
func (m *model) sideLines(height int, draw func(s style.Styles, height int) []string) []string {
	o := &m.output
	run, _ := m.runs.Find(o.id)
	header := m.header(run)
	below := append(runs.Trouble(m.styles, run, m.width), runs.Foot(m.styles, run, m.output.positions(), m.width))
	below = append(below, o.packets.Bar(m.styles)...)
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
