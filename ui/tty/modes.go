package tty

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/parser"
)

// Modes follows what a tool that has the whole terminal does to it, as far as the terminal has to be set back afterwards, and
// set again when the person comes back to the tool.
type Modes struct {
	parser *ansi.Parser
	set    map[int]bool // DEC private modes as the tool left them, where they are not as usual
	keypad bool         // sends what applications want
	asked  func()       // told of each DSR (CSI 5 n) of the tool's own; may be nil
}

// privateModes are the modes that are followed, in the order in which they are set again, and how they usually are: keys of
// the cursor, reverse, origin, wrapping, the cursor, the other screens, keypad, mouse, focus and bracketed paste.
var privateModes = []privateMode{
	{47, false}, {1047, false}, {1049, false}, {1, false}, {5, false}, {6, false}, {7, true}, {25, true}, {66, false},
	{9, false}, {1000, false}, {1002, false}, {1003, false}, {1004, false}, {1005, false}, {1006, false}, {1015, false}, {2004, false},
}

type privateMode struct {
	number int
	usual  bool
}

// NewModes are those of a tool that has not written anything yet.
func NewModes() *Modes {
	const names = 256 // bytes of a title, which nobody reads
	m := &Modes{parser: ansi.NewParser(), set: map[int]bool{}}
	m.parser.SetDataSize(names)
	m.parser.SetHandler(ansi.Handler{HandleCsi: m.csi, HandleEsc: m.esc})
	return m
}

// follow takes note of what is written to the terminal.
func (m *Modes) follow(p []byte) {
	for _, b := range p {
		m.parser.Advance(b)
	}
}

// between says whether the last sequence or character is whole.
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

// again sets the terminal as the tool had it.
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

// usual sets the terminal back, whatever the tool did to it and wherever it was interrupted: the sequence that it had begun
// is called off (CAN, ST); then what was followed, and beside it insertion, the margins, colours, characters, the shape of
// the cursor, and the ways to report keys that newer terminals have.
func (m *Modes) usual() string {
	var out strings.Builder
	out.WriteString("\x18\x1b\\")
	for _, mode := range privateModes {
		if on, differs := m.set[mode.number]; differs {
			out.WriteString(mode.sequence(!on))
		}
	}
	out.WriteString("\x1b7\x1b[r\x1b8") // which would move the cursor
	out.WriteString("\x1b>\x1b[4l\x1b[0m\x1b(B\x0f\x1b[0 q\x1b[<u\x1b[>4m\x1b[?25h")
	return out.String()
}

func (m privateMode) sequence(on bool) string {
	if on {
		return fmt.Sprintf("\x1b[?%dh", m.number)
	}
	return fmt.Sprintf("\x1b[?%dl", m.number)
}
