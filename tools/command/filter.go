package command

import (
	"strings"
)

// FilterCheck returns the tcpdump command that only compiles a filter. It has the options that decide how packets look, and -p,
// so that it leaves the device alone. It is nil if argv captures nothing or is refused.
func FilterCheck(argv []string) (command []string, filter string) {
	if len(argv) == 0 || !IsTcpdump(argv) {
		return nil, ""
	}
	c, err := parseCapture(argv, false)
	if err != nil || c == nil {
		return nil, ""
	}
	p := captureParser{argv: argv, tool: []string{argv[0], "-d", "-p"}}
	for p.i = 1; p.i < len(argv); p.i++ {
		if p.word(argv[p.i]) != nil {
			return nil, ""
		}
	}
	return append(append(p.tool, "--"), p.filter...), c.Filter
}

// LastWord returns the last message of tcpdump, without the program's name. A line in parentheses only explains the line before.
func LastWord(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if before := len(lines) - 2; before >= 0 && strings.HasPrefix(last, "(") {
		last = strings.TrimSpace(lines[before])
	}
	_, text, found := strings.Cut(last, ": ")
	if !found {
		return last
	}
	return text
}
