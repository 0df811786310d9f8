package tty

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	mostNumber  = 9999 // the largest count of cells or rows, or number of a colour: no terminal has more
	mostRepeats = 256  // the most repetitions of the last character: more would let a few bytes cause much work
	mostErased  = 2    // the largest kind of erasing: 3 erases the scrollback, which nobody can restore
)

// draws says whether a control character or a sequence only draws: it sets colours, moves the cursor, erases, or sets one of the
// few modes that a replay resets. Output from elsewhere must not query the terminal, write to its clipboard, set its title or
// change what its keys send.
func draws(sequence string) bool {
	switch sequence {
	case "\r", "\n", "\b", "\t", "\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE":
		return true
	case "\x1b[?25h", "\x1b[?25l", "\x1b[?7h", "\x1b[?7l":
		return true
	}
	rest, ok := strings.CutPrefix(sequence, "\x1b[")
	if !ok || rest == "" {
		return false
	}
	numbers, final := rest[:len(rest)-1], rest[len(rest)-1]
	most := mostNumber
	switch final {
	case 'b':
		most = mostRepeats
	case 'J':
		most = mostErased
	}
	for number := range strings.FieldsFuncSeq(numbers, func(r rune) bool { return r == ';' || r == ':' }) {
		n := 0
		for _, digit := range []byte(number) {
			if n = 10*n + int(digit-'0'); digit < '0' || '9' < digit || n > most {
				return false
			}
		}
	}
	return strings.IndexByte("ABCDEFGHJKLMPSTX@`abdefmrsu", final) >= 0
}

// interacts says whether a sequence draws, or sets something that TakeBack resets: the alternate screen, what keys and the mouse
// send, line-drawing characters.
func interacts(sequence string) bool {
	switch sequence {
	case "\x1b=", "\x1b>", "\x1b(0", "\x1b(B", "\x0e", "\x0f", "\x1b[4h", "\x1b[4l":
		return true
	}
	numbers, ok := strings.CutPrefix(sequence, "\x1b[?")
	if !ok || strings.Trim(numbers, "0123456789;") != "h" && strings.Trim(numbers, "0123456789;") != "l" {
		return draws(sequence)
	}
	for number := range strings.SplitSeq(numbers[:len(numbers)-1], ";") {
		if !slices.ContainsFunc(privateModes, func(m privateMode) bool { return strconv.Itoa(m.number) == number }) {
			return false
		}
	}
	return true
}

// Drawn is a filter in front of a terminal that a tool writes to; it notes how the tool changed the terminal.
type Drawn struct {
	to      io.Writer
	sieve   sieve
	modes   *Modes
	changed bool   // a sequence has passed
	ends    string // replaces the end of a line; "" keeps the end as it is
}

// Drawing makes a filter that lets only drawing through: text, colours, moves of the cursor, erasing. It resets colours at the
// end of each line, so that they do not affect what somebody else writes below.
func Drawing(to io.Writer) *Drawn { return newDrawn(to, draws, "\x1b[0m\n") }

// DrawingBeside is Drawing for a terminal in raw mode (Terminal.Keys), on which a line break does not return to the left.
func DrawingBeside(to io.Writer) *Drawn { return newDrawn(to, draws, "\x1b[0m\r\n") }

// Interacting makes a filter that also lets through what a tool needs to use the whole screen and the keys. It lets nothing
// query the terminal, write to its clipboard or set its title.
func Interacting(to io.Writer) *Drawn { return newDrawn(to, interacts, "") }

func newDrawn(to io.Writer, lets func(string) bool, ends string) *Drawn {
	d := &Drawn{to: to, modes: NewModes(), ends: ends}
	d.sieve.lets = func(sequence string) bool {
		passes := lets(sequence)
		d.changed = d.changed || passes && !strings.Contains("\r\n\b\t", sequence)
		return passes
	}
	return d
}

// Write writes what passes the filter.
func (d *Drawn) Write(p []byte) (int, error) {
	text := d.sieve.pass(string(p))
	d.modes.follow([]byte(text))
	switch {
	case d.ends != "" && d.changed:
		text = strings.ReplaceAll(text, "\n", d.ends)
	case strings.HasSuffix(d.ends, "\r\n"):
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if _, err := io.WriteString(d.to, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// TakeBack is the sequence that resets the terminal; "" if nothing changed it.
func (d *Drawn) TakeBack() string {
	if !d.changed {
		return ""
	}
	return d.modes.usual()
}
