package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/style"
)

var packetsLayer = layer{
	name: "packets", shown: func(m *model) bool { return m.onSide(asPackets) },
	key: (*model).keyPackets, fill: (*model).packetsLines, hint: (*model).packetsHint, help: help.Packets, wheel: arrows,
}

var packetLayer = layer{
	name: "packet", shown: func(m *model) bool { return m.onSide(asPackets) && m.output.packets.IsOpen() },
	key: (*model).keyPacket, fill: (*model).packetsLines, hint: (*model).packetHint, help: help.Packet, wheel: arrows,
}

var packetFilterLayer = layer{
	name: "packet filter", claim: typing, shown: func(m *model) bool { return m.onSide(asPackets) && m.output.packets.Typing() },
	key: func(m *model, k tea.KeyMsg) tea.Cmd { return m.output.packets.KeyTyped(k) }, fill: (*model).packetsLines,
	hint: func(m *model) []keys.Offer { return m.output.packets.Offers() }, help: help.PacketFilter, wheel: still,
}

var talkersLayer = layer{
	name: "talkers", shown: func(m *model) bool { return m.onSide(asTalkers) },
	key: (*model).keyTalkers, fill: (*model).talkersLines,
	hint: (*model).talkersHint, help: help.Talkers, wheel: arrows,
}

// keyPackets takes a key of the table of packets.
func (m *model) keyPackets(k tea.KeyMsg) tea.Cmd {
	if key.Matches(k, keys.Tab) {
		return m.turn(k)
	}
	if cmd, taken := m.output.packets.Key(k); taken {
		return cmd
	}
	return m.keyRun(k)
}

// keyPacket takes a key of the open packet.
func (m *model) keyPacket(k tea.KeyMsg) tea.Cmd {
	if key.Matches(k, keys.Tab) {
		return m.turn(k)
	}
	cmd, notice, taken := m.output.packets.KeyOpen(k)
	if m.say(notice); taken {
		return cmd
	}
	return m.keyRun(k)
}

// keyTalkers takes a key of the conversations.
func (m *model) keyTalkers(k tea.KeyMsg) tea.Cmd {
	o := &m.output
	switch {
	case key.Matches(k, keys.Tab):
		return m.turn(k)
	case key.Matches(k, keys.Enter):
		if of, ok := o.talkers.Selected(); ok {
			m.turnTo(asPackets)
			o.packets.Only(of)
		}
	case !o.talkers.Key(k):
		return m.keyRun(k)
	}
	return nil
}

func (m *model) packetsLines(height int) []string { return m.sideLines(height, m.output.packets.Lines) }

// sideHint are the keys of a side of a capture, after those that only that side has. Tab goes to the next side.
func (m *model) sideHint(own []keys.Offer, back string) []keys.Offer {
	next := aspectNames[(m.output.side+1)%aspectCount]
	offers := append(own, keys.Offers("names", keys.Addresses), keys.Offers(next, keys.Tab))
	if m.output.set != 0 {
		offers = append(append(offers, ofSet(m.runsOf(m.output.of()))...), keys.Offers("each alone", keys.Runs))
		return append(offers, margin.Ending(back)...)
	}
	run, _ := m.runs.Find(m.output.id)
	return append(append(m.ofRun(offers, run), keys.Offers("copy", keys.CopyRun)), margin.Ending(back)...)
}

func (m *model) packetsHint() []keys.Offer {
	back := "back"
	if m.output.packets.Filtered() {
		back = "clear"
	}
	return m.sideHint(m.output.packets.Offers(), back)
}

func (m *model) packetHint() []keys.Offer { return m.sideHint(m.output.packets.Offers(), "back") }

func (m *model) talkersHint() []keys.Offer { return m.sideHint(m.output.talkers.Offers(), "back") }

func (m *model) talkersLines(height int) []string {
	return m.sideLines(height, func(s style.Styles, _ int) []string { return m.output.talkers.Lines(s) })
}
