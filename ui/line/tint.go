package line

import (
	"path/filepath"
	"regexp"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// tint is the ink of what a pattern matches in a line; where several match, the last one counts.
type tint struct {
	pattern *regexp.Regexp
	ink     style.Ink
}

// Tints by tool. The first one is for the name of the protocol, the next ones for what is unusual about the packet.
var (
	packetTints = []tint{
		{regexp.MustCompile(`\bFlags \[[^\]]*\]`), style.DimInk},
		{regexp.MustCompile(`\bFlags \[S[^\]]*\]`), style.AccentInk},
		{regexp.MustCompile(`\bUDP\b`), style.BlueInk},
		{regexp.MustCompile(`\bICMP6?\b`), style.MagentaInk},
		{regexp.MustCompile(`\bARP\b`), style.WarnInk},
		{regexp.MustCompile(`\b(A|AAAA|CNAME|MX|NS|PTR|SOA|SRV|TXT|HTTPS)\?`), style.GoodInk},
		{regexp.MustCompile(`\bFlags \[[^\]]*R[^\]]*\]`), style.BadInk},
		{regexp.MustCompile(`\b(NXDomain|ServFail|Refused)\b\*?`), style.BadInk},
		{regexp.MustCompile(`\bICMP6?\b.*\b(unreachable|time exceeded|too big|need to frag).*`), style.BadInk},
	}
	socketTints = []tint{
		{regexp.MustCompile(`\b(ESTAB|ESTABLISHED)\b`), style.GoodInk},
		{regexp.MustCompile(`\b(LISTEN|UNCONN)\b`), style.AccentInk},
		{regexp.MustCompile(`\b(SYN[-_](SENT|RECV)|FIN[-_]WAIT[-_]?[12]|LAST[-_]ACK|CLOSING)\b`), style.WarnInk},
		{regexp.MustCompile(`\bCLOSE[-_]WAIT\b`), style.BadInk},
		{regexp.MustCompile(`\bTIME[-_]WAIT\b`), style.DimInk},
	}
	severityTints = []tint{
		{regexp.MustCompile(`(?i)\bwarn(ings?)?\b`), style.WarnInk},
		{regexp.MustCompile(`(?i)\b(errors?|fail(ed|ures?|s)?|fatal|panic|timed out|time-?outs?|refused|unreachable|denied)\b`), style.BadInk},
	}
	pingTints = append([]tint{
		{regexp.MustCompile(`\b[0-9.]+% packet loss`), style.BadInk},
		{regexp.MustCompile(`\b0(\.0+)?% packet loss`), style.GoodInk},
		{regexp.MustCompile(`(?i)no answer yet|\bDUP!`), style.BadInk},
	}, severityTints...)
)

// Tints returns the tints for a tool's output.
func Tints(tool string) []tint {
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

// nearby is how much of a line is searched on both sides of the drawn piece: what tints match is a few words long.
const nearby = 512

// Inks returns the ink of each byte of a piece of a line. The patterns of a person are searched for in the whole line.
func Inks(line string, drawn cells.Piece, tints []tint, highlight, match *regexp.Regexp) []style.Ink {
	out := make([]style.Ink, drawn.To-drawn.From)
	lay := func(re *regexp.Regexp, within cells.Piece, with style.Ink) {
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
	lay(highlight, all, style.HighlightInk)
	lay(match, all, style.MatchInk)
	return out
}
