package packet

import (
	"fmt"
	"strings"
)

// httpLayer has a field for each line of an HTTP/1 message's head.
func httpLayer(p []byte, start int) Layer {
	l := Layer{Name: "HTTP", Start: start, End: start + len(p)}
	at := start
	for len(p) > 0 && len(l.Fields) < 100 {
		line, rest, _ := strings.Cut(string(p), "\r\n")
		if line == "" {
			if rest != "" {
				l.Fields = append(l.Fields, Field{"Body", fmt.Sprintf("%d bytes", len(rest)), at + 2, l.End})
			}
			break
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok || at == start {
			name, value = "Line", line
		}
		l.Fields = append(l.Fields, Field{name, value, at, at + len(line)})
		step := min(len(line)+2, len(p))
		at, p = at+step, p[step:]
	}
	return l
}
