package ui

import (
	"io"
	"strings"
)

const (
	mostNumber  = 9999 // of cells, rows or a colour: no terminal has more
	mostRepeats = 256  // of the last character: more would be much work for a terminal in few bytes
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
	if final == 'b' {
		most = mostRepeats
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

// Drawing is a writer for a terminal that gets only what draws of what is written: text, colours, moves of the cursor, erasing.
func Drawing(to io.Writer) io.Writer {
	s := &sieve{lets: draws}
	return writerFunc(func(p []byte) (int, error) {
		if _, err := io.WriteString(to, s.pass(string(p))); err != nil {
			return 0, err
		}
		return len(p), nil
	})
}
