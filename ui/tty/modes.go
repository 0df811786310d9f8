package tty

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/parser"
)

// Modes follows how a tool with the whole terminal changes it, so that the terminal can be reset afterwards, and set again when
// the person returns to the tool.
type Modes struct {
	parser *ansi.Parser
	set    map[int]bool // DEC private modes that the tool has changed
	keypad bool         // the keypad sends application sequences
	asked  func()       // called for each DSR (CSI 5 n) of the tool; may be nil
}

// privateModes are the modes that are followed, in the order in which they are set again, with their usual states: cursor keys,
// reverse video, origin, wrapping, the cursor, the alternate screens, keypad, mouse, focus and bracketed paste.
var privateModes = []privateMode{
	{47, false}, {1047, false}, {1049, false}, {1, false}, {5, false}, {6, false}, {7, true}, {25, true}, {66, false},
	{9, false}, {1000, false}, {1002, false}, {1003, false}, {1004, false}, {1005, false}, {1006, false}, {1015, false}, {2004, false},
}

type privateMode struct {
	number int
	usual  bool
}

// NewModes are the modes of a tool that has not written anything yet.
func NewModes() *Modes {
	const names = 256 // bytes of a title, which is not used
	m := &Modes{parser: ansi.NewParser(), set: map[int]bool{}}
	m.parser.SetDataSize(names)
	m.parser.SetHandler(ansi.Handler{HandleCsi: m.csi, HandleEsc: m.esc})
	return m
}

// follow processes what the tool writes to the terminal.
func (m *Modes) follow(p []byte) {
	for _, b := range p {
		m.parser.Advance(b)
	}
}

// between says whether the last sequence or character is complete.
func (m *Modes) between() bool { return m.parser.State() == parser.GroundState }

func (m *Modes) csi(cmd ansi.Cmd, params ansi.Params) {
	switch first, _, _ := params.Param(0, 0); {
	case cmd.Prefix() == 0 && cmd.Intermediate() == 0 && cmd.Final() == 'n' && first == 5 && m.asked != nil:
		m.asked()
	case cmd.Prefix() == 0 && cmd.Intermediate() == '!' && cmd.Final() == 'p': // a soft reset
		clear(m.set)
		m.keypad = false
	case cmd.Prefix() == '?' && cmd.Intermediate() == 0 && (cmd.Final() == 'h' || cmd.Final() == 'l'):
		for i := range params {
			number, _, _ := params.Param(i, 0)
			m.put(number, cmd.Final() == 'h')
		}
	}
}

func (m *Modes) put(number int, on bool) {
	for _, mode := range privateModes {
		switch {
		case mode.number != number:
		case mode.usual == on:
			delete(m.set, number)
		default:
			m.set[number] = on
		}
	}
}

func (m *Modes) esc(cmd ansi.Cmd) {
	if cmd.Intermediate() != 0 {
		return
	}
	switch cmd.Final() {
	case '=':
		m.keypad = true
	case '>':
		m.keypad = false
	case 'c': // a full reset
		clear(m.set)
		m.keypad = false
	}
}

// again is the sequence that sets the terminal as the tool had it.
func (m *Modes) again() string {
	var out strings.Builder
	for _, mode := range privateModes {
		if on, differs := m.set[mode.number]; differs {
			out.WriteString(mode.sequence(on))
		}
	}
	if m.keypad {
		out.WriteString("\x1b=")
	}
	return out.String()
}

// usual is the sequence that resets the terminal, whatever the tool did and wherever its output stopped. It cancels an
// unfinished sequence (CAN, ST), and resets the modes that were followed, and besides insert mode, margins, colours, character
// sets, the shape of the cursor, and the ways in which newer terminals report keys.
func (m *Modes) usual() string {
	var out strings.Builder
	out.WriteString("\x18\x1b\\")
	for _, mode := range privateModes {
		if on, differs := m.set[mode.number]; differs {
			out.WriteString(mode.sequence(!on))
		}
	}
	out.WriteString("\x1b7\x1b[r\x1b8") // saved and restored, because CSI r moves the cursor
	out.WriteString("\x1b>\x1b[4l\x1b[0m\x1b(B\x0f\x1b[0 q\x1b[<u\x1b[>4m\x1b[?25h")
	return out.String()
}

func (m privateMode) sequence(on bool) string {
	if on {
		return fmt.Sprintf("\x1b[?%dh", m.number)
	}
	return fmt.Sprintf("\x1b[?%dl", m.number)
}
