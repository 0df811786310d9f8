package ui

import (
	"cmp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// aspect is a way to look at what a run captures.
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

// show turns to a side.
func (o *output) show(to aspect, view int) {
	o.side = to
	o.packets.typing, o.packet.on = false, false
	switch to {
	case asPackets:
		o.packets.open(o.id, view)
	case asTalkers:
		o.talkers.open(o.id, view)
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
	m.views++
	m.output.show((m.output.side+by)%aspectCount, m.views)
}

// settleSide brings packets or talkers up to date, once a message was taken.
func (m *model) settleSide(r tools.State) tea.Cmd {
	o := &m.output
	height := m.sideHeight(r)
	if o.side == asTalkers {
		return o.talkers.settle(m.commands, height-1)
	}
	o.packets.width, o.packets.height = m.width, max(1, height-1)
	o.packet.resize(m.width, height)
	return o.packets.settle(m.commands, m.known)
}

// takePackets takes what the commands bring for the side that is seen.
func (m *model) takePackets(msg tea.Msg) tea.Cmd {
	o, t := &m.output, &m.output.packets
	switch msg := msg.(type) {
	case packetsMsg:
		if msg.ask.view == t.view {
			if t.failed = msg.err != nil; t.failed {
				m.failed = msg.err
			} else {
				t.take(msg)
			}
		}
	case packetHitsMsg:
		if msg.step.view == t.view {
			if t.failed = msg.err != nil; t.failed {
				m.failed = msg.err
			} else {
				t.takeHits(msg)
			}
		}
	case packetMsg:
		if msg.view == t.view && msg.number == o.packet.number {
			o.packet.take(msg)
		}
	case talkersMsg:
		if msg.view == o.talkers.view {
			m.failed = cmp.Or(msg.err, m.failed)
			o.talkers.take(msg)
		}
	}
	return nil
}

// sideLine says which side is seen, and how far what it shows has come.
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
		right = o.packets.progress()
	case asTalkers:
		right = o.talkers.progress()
	}
	return cells.BesideStyled(left, s.Warn.Render(cells.Clean(right))+" ", width)
}

// readSoFar says how much of a capture was read for the table, while it is not all.
func readSoFar(state capture.State) string {
	const unsaid = 1 << 20 // bytes: that little is read before one has seen it
	behind := state.Bytes - state.Read
	switch {
	case state.Ended && behind > 0:
		return "read " + bytesOf(state.Read, state.Bytes) + ": no packet is behind that"
	case !state.Ended && behind > unsaid:
		return "read " + bytesOf(state.Read, state.Bytes)
	default:
		return ""
	}
}

// bytesOf writes a part of a number of bytes: 340 of 812 MB.
func bytesOf(part, whole int64) string {
	const unit = 1_000_000
	if whole < 10*unit {
		return figures.Bytes(part) + " of " + figures.Bytes(whole)
	}
	return figures.Count(part/unit) + " of " + figures.Count(whole/unit) + " MB"
}

// sideHeight is how many rows packets or talkers have, with their titles.
func (m *model) sideHeight(r tools.State) int {
	header := m.output.header(m.styles, r, m.deps.Launcher.Reach(&r.Pod).Here, m.width, m.now)
	trouble := m.output.trouble(m.styles, r, m.width)
	below := 1
	if m.output.packets.typing {
		below++
	}
	return max(2, m.height-2-len(m.noticeLines())-len(header)-len(trouble)-below)
}

// sideLines draws a run: its header, what is seen of a side, how it stands, and what is typed.
func (m *model) sideLines(height int, typed []string, draw func(height int) []string) []string {
	o := &m.output
	run, _ := m.runs.find(o.id)
	header := o.header(m.styles, run, m.deps.Launcher.Reach(&run.Pod).Here, m.width, m.now)
	below := append(o.trouble(m.styles, run, m.width), o.foot(m.styles, run, m.width))
	below = append(below, typed...)
	height = max(1, height-len(header)-len(below))
	lines := draw(height)
	for len(lines) < height {
		lines = append(lines, "")
	}
	return append(append(header, lines[:height]...), below...)
}

// positions say what of the output is seen, from the fullest text to the briefest.
func (o *output) positions() []string {
	var text string
	switch {
	case o.side == asText:
		return o.pager.Positions()
	case o.packet.on:
		text = o.packet.position()
	case o.side == asPackets:
		text = o.packets.position()
	default:
		text = o.talkers.position()
	}
	return []string{o.how.Naming.String() + " · " + text, text}
}
