package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/style"
)

var packetsLayer = layer{
	name: "packets", shown: func(m *model) bool { return m.onSide(asPackets) },
	key: (*model).keyPackets, fill: (*model).packetsLines, hint: (*model).packetsHint, help: help.Packets, wheel: arrows,
}

var packetLayer = layer{
	name: "packet", shown: func(m *model) bool { return m.onSide(asPackets) && m.output.packets.IsOpen() },
	key: (*model).keyPacket, fill: (*model).packetsLines, hint: (*model).packetsHint, help: help.Packet, wheel: arrows,
}

var packetFilterLayer = layer{
	name: "packet filter", claim: typing, shown: func(m *model) bool { return m.onSide(asPackets) && m.output.packets.Typing() },
	key: func(m *model, k tea.KeyMsg) tea.Cmd { return m.output.packets.KeyTyped(k) }, fill: (*model).packetsLines,
	hint: (*model).packetsHint, help: help.PacketFilter, wheel: still,
}

var talkersLayer = layer{
	name: "talkers", shown: func(m *model) bool { return m.onSide(asTalkers) },
	key: (*model).keyTalkers, fill: (*model).talkersLines,
	hint: fixed("enter its packets  o O order  a names  tab text  s save  esc back  ? help"), help: help.Talkers, wheel: arrows,
}

// keyPackets takes a key while the table of packets is looked at.
func (m *model) keyPackets(k tea.KeyMsg) tea.Cmd {
	if key.Matches(k, keys.Tab) {
		m.turn(k)
		return nil
	}
	if cmd, taken := m.output.packets.Key(k); taken {
		return cmd
	}
	return m.keyRun(k)
}

// keyPacket takes a key while a packet is open.
func (m *model) keyPacket(k tea.KeyMsg) tea.Cmd {
	if key.Matches(k, keys.Tab) {
		m.turn(k)
		return nil
	}
	cmd, notice, taken := m.output.packets.KeyOpen(k)
	if m.say(notice); taken {
		return cmd
	}
	return m.keyRun(k)
}

// keyTalkers takes a key while talkers are looked at.
func (m *model) keyTalkers(k tea.KeyMsg) tea.Cmd {
	o := &m.output
	switch {
	case key.Matches(k, keys.Tab):
		m.turn(k)
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

func (m *model) packetsHint() string { return m.output.packets.Hint() }

func (m *model) talkersLines(height int) []string {
	return m.sideLines(height, func(s style.Styles, _ int) []string { return m.output.talkers.Lines(s) })
}
