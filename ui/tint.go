package ui

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
)

// ink is what a piece of a line is drawn with. Inks say nothing that the words do not say.
type ink byte

const (
	plainInk ink = iota
	dimInk
	badInk
	warnInk
	goodInk
	accentInk
	blueInk
	magentaInk
	highlightInk
	matchInk
)

// style is how an ink looks here. Without colours nothing is left of most.
func (s styles) style(i ink) lipgloss.Style {
	switch i {
	case dimInk:
		return s.dim
	case badInk:
		return s.bad
	case warnInk:
		return s.warn
	case goodInk:
		return s.good
	case accentInk:
		return s.accent
	case blueInk:
		return s.blue
	case magentaInk:
		return s.magenta
	case highlightInk:
		return s.warn.Bold(true).Underline(true)
	case matchInk:
		return s.selected
	default:
		return s.dim.Faint(false)
	}
}

// tint is the ink of what a pattern matches in a line; the last one that matches a piece counts.
type tint struct {
	pattern *regexp.Regexp
	ink     ink
}

// Tints by tool. The first names the protocol, the next ones what is unusual about the packet.
var (
	packetTints = []tint{
		{regexp.MustCompile(`\bFlags \[[^\]]*\]`), dimInk},
		{regexp.MustCompile(`\bFlags \[S[^\]]*\]`), accentInk},
		{regexp.MustCompile(`\bUDP\b`), blueInk},
		{regexp.MustCompile(`\bICMP6?\b`), magentaInk},
		{regexp.MustCompile(`\bARP\b`), warnInk},
		{regexp.MustCompile(`\b(A|AAAA|CNAME|MX|NS|PTR|SOA|SRV|TXT|HTTPS)\?`), goodInk},
		{regexp.MustCompile(`\bFlags \[[^\]]*R[^\]]*\]`), badInk},
		{regexp.MustCompile(`\b(NXDomain|ServFail|Refused)\b\*?`), badInk},
		{regexp.MustCompile(`\bICMP6?\b.*\b(unreachable|time exceeded|too big|need to frag).*`), badInk},
	}
	socketTints = []tint{
		{regexp.MustCompile(`\b(ESTAB|ESTABLISHED)\b`), goodInk},
		{regexp.MustCompile(`\b(LISTEN|UNCONN)\b`), accentInk},
		{regexp.MustCompile(`\b(SYN[-_](SENT|RECV)|FIN[-_]WAIT[-_]?[12]|LAST[-_]ACK|CLOSING)\b`), warnInk},
		{regexp.MustCompile(`\bCLOSE[-_]WAIT\b`), badInk},
		{regexp.MustCompile(`\bTIME[-_]WAIT\b`), dimInk},
	}
	severityTints = []tint{
		{regexp.MustCompile(`(?i)\bwarn(ings?)?\b`), warnInk},
		{regexp.MustCompile(`(?i)\b(errors?|fail(ed|ures?|s)?|fatal|panic|timed out|time-?outs?|refused|unreachable|denied)\b`), badInk},
	}
	pingTints = append([]tint{
		{regexp.MustCompile(`\b[0-9.]+% packet loss`), badInk},
		{regexp.MustCompile(`\b0(\.0+)?% packet loss`), goodInk},
		{regexp.MustCompile(`(?i)no answer yet|\bDUP!`), badInk},
	}, severityTints...)
)

// tintsOf are those of a tool's output.
func tintsOf(tool string) []tint {
	switch filepath.Base(tool) {
	case "tcpdump", "tshark":
		return packetTints
	case "ss", "netstat":
		return socketTints
	case "ping", "fping":
		return pingTints
	default:
		return severityTints
	}
}

// nearby is how much of a line is looked at on both sides of what is drawn of it: tints name what stands in a few words.
const nearby = 512

// inks says with what each byte of a piece of a line is drawn. Patterns of a person are looked for in all of the line.
func inks(line string, drawn cells.Piece, tints []tint, highlight, match *regexp.Regexp) []ink {
	out := make([]ink, drawn.To-drawn.From)
	lay := func(re *regexp.Regexp, within cells.Piece, with ink) {
		if re == nil {
			return
		}
		for _, at := range re.FindAllStringIndex(line[within.From:within.To], -1) {
			for i := max(at[0]+within.From, drawn.From); i < min(at[1]+within.From, drawn.To); i++ {
				out[i-drawn.From] = with
			}
		}
	}
	around := cells.Piece{From: max(0, drawn.From-nearby), To: min(len(line), drawn.To+nearby)}
	for _, t := range tints {
		lay(t.pattern, around, t.ink)
	}
	all := cells.Piece{From: 0, To: len(line)}
	lay(highlight, all, highlightInk)
	lay(match, all, matchInk)
	return out
}

// paint draws a text with the ink of each of its bytes.
func (s styles) paint(text string, with []ink) string {
	var b strings.Builder
	for from := 0; from < len(text); {
		to := from + 1
		for to < len(text) && with[to] == with[from] {
			to++
		}
		if with[from] == plainInk {
			b.WriteString(text[from:to])
		} else {
			b.WriteString(s.style(with[from]).Render(text[from:to]))
		}
		from = to
	}
	return b.String()
}

// podInks are the inks of the names of a set's pods. Only where there are more pods than inks do two have the same.
func podInks(members []tools.State, names map[tools.RunID]string) map[string]ink {
	palette := []ink{accentInk, goodInk, warnInk, magentaInk, blueInk}
	inks := map[string]ink{}
	for _, r := range members {
		if name := cells.Clean(names[r.ID]); inks[name] == plainInk {
			inks[name] = palette[len(inks)%len(palette)]
		}
	}
	return inks
}
