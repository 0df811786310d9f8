package tty

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	mostNumber  = 9999 // of cells, rows or a colour: no terminal has more
	mostRepeats = 256  // of the last character: more would be much work for a terminal in few bytes
	mostErased  = 2    // kinds of erasing: 3 takes away what has scrolled off, and nobody gets that back
)

// draws says whether a control character or a sequence only draws: colours, moves of the cursor, erasing, and the few modes that
// a replay takes back. What is somebody else's must not ask the terminal anything, write to its clipboard, set its title or
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

// interacts says whether a sequence draws, or sets what TakeBack sets back: the other screen, what keys and the mouse send,
// characters for lines.
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

// Drawn is a terminal that a tool writes to, and what the tool did to it.
type Drawn struct {
	to      io.Writer
	sieve   sieve
	modes   *Modes
	changed bool   // a sequence came
	ends    string // what a line ends with; "" for what it ends with anyway
}

// Drawing is for a terminal that gets only what draws of what is written: text, colours, moves of the cursor, erasing. What
// somebody else writes below begins in no colour of it.
func Drawing(to io.Writer) *Drawn { return newDrawn(to, draws, "\x1b[0m\n") }

// DrawingBeside is Drawing for a terminal whose keys somebody has taken (Terminal.Keys), so that a line does not begin at its left.
func DrawingBeside(to io.Writer) *Drawn { return newDrawn(to, draws, "\x1b[0m\r\n") }

// Interacting is for a terminal that gets in addition what a tool needs to draw on all of it and to be typed to. Nothing asks
// the terminal anything, writes to its clipboard or sets its title.
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

// Write writes what passes.
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

// TakeBack is what sets the terminal back as it was; "" if nothing changed it.
func (d *Drawn) TakeBack() string {
	if !d.changed {
		return ""
	}
	return d.modes.usual()
}
