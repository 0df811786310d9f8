package ui

import (
	"cmp"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
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

// keySide takes a key of the side that is seen, and says whether it was one.
func (m *model) keySide(k tea.KeyMsg, r tools.State) (tea.Cmd, bool) {
	o := &m.output
	switch {
	case o.packet.on:
		cmd, ok := m.keyPacket(k)
		return cmd, ok
	case key.Matches(k, keys.tab) && hasSides(r) && !o.pager.chosen.on:
		by := aspect(1)
		if k.String() == "shift+tab" {
			by = aspectCount - 1
		}
		m.views++
		o.show((o.side+by)%aspectCount, m.views)
	case o.side == asPackets && key.Matches(k, keys.enter):
		return m.openPacket(o.packets.cursor), true
	case o.side == asPackets:
		return nil, o.packets.key(k)
	case o.side == asTalkers && key.Matches(k, keys.enter):
		if of, ok := o.talkers.talk(); ok {
			m.views++
			o.show(asPackets, m.views)
			o.packets.setFilter(packetFilter{talk: of})
			o.packets.setFollow(false)
			o.packets.cursor, o.packets.top = 0, 0
		}
	case o.side == asTalkers:
		return nil, o.talkers.key(k)
	default:
		return m.keyReading(k)
	}
	return nil, true
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
			m.failed = cmp.Or(msg.err, m.failed)
			t.take(msg)
			if msg.err != nil { // it will not become better
				t.polling = true
			}
		}
	case packetHitsMsg:
		if msg.step.view == t.view {
			m.failed = cmp.Or(msg.err, m.failed)
			t.takeHits(msg)
			if msg.err != nil {
				t.found.busy = true
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
func (o *output) sideLine(s styles, width int) string {
	names := make([]string, aspectCount)
	for i, name := range aspectNames {
		if names[i] = s.dim.Render(name); aspect(i) == o.side {
			names[i] = s.accent.Render("▸" + name)
		}
	}
	left := " " + strings.Join(names, s.dim.Render(" · ")) + s.dim.Render("   tab")
	right := ""
	switch o.side {
	case asPackets:
		right = o.packets.progress()
	case asTalkers:
		right = o.talkers.progress()
	}
	return besideStyled(left, s.warn.Render(clean(right))+" ", width)
}

// readSoFar says how much of a capture was read for the table, while it is not all.
func readSoFar(state tools.PacketState) string {
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
		return bytesText(part) + " of " + bytesText(whole)
	}
	return count(part/unit) + " of " + count(whole/unit) + " MB"
}

// sideHeight is how many rows packets or talkers have, with their titles.
func (m *model) sideHeight(r tools.State) int {
	header := m.output.header(m.styles, r, m.deps.Here.Name, m.width, m.now)
	trouble := m.output.trouble(m.styles, r, m.width)
	below := 1
	if m.output.packets.typing {
		below++
	}
	return max(2, m.height-2-len(m.noticeLines())-len(header)-len(trouble)-below)
}

// sideLines are the rows below the header.
func (m *model) sideLines(r tools.State, height int) []string {
	o := &m.output
	below := append(o.trouble(m.styles, r, m.width), o.foot(m.styles, r, m.width))
	if o.packets.typing {
		below = append(below, o.packets.filterLine(m.styles))
	}
	height = max(1, height-len(below))
	var lines []string
	switch {
	case o.packet.on:
		lines = o.packet.lines(m.styles, o.pager.how, height)
	case o.side == asPackets:
		lines = o.packets.lines(m.styles, o.pager.how)
	default:
		lines = o.talkers.lines(m.styles, o.pager.how, m.width)
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return append(lines[:height], below...)
}

// position says what of the output is seen.
func (o *output) position(brief int) string {
	var text string
	switch {
	case o.side == asText:
		return o.pager.position(brief)
	case o.packet.on:
		text = o.packet.position()
	case o.side == asPackets:
		text = o.packets.position()
	default:
		text = o.talkers.position()
	}
	if brief < withoutNaming {
		text = o.pager.how.naming.String() + " · " + text
	}
	return text
}

// sideHint is what one can do.
func (o *output) sideHint(width int) string {
	switch {
	case o.packets.typing:
		return "words of address, name, port, protocol or info   enter keep   esc clear"
	case o.packet.on:
		return "↑↓ field   ←→ packet before, next   a names   tab side   esc back   ? help"
	case o.side == asTalkers:
		return "enter its packets  o O order  a names  tab text  s save  esc back  ? help"
	case o.packets.filter.on():
		return "enter open  / change  f follow  t time  a names  esc clear  ? help  q quit"
	case width >= wideWidth:
		return "enter open  / filter  f follow  t time  a names  tab talkers  s save  x stop  y copy  esc back  ? help  q quit"
	default:
		return "enter open  / filter  f follow  t time  a names  s save  esc back  ? help"
	}
}
