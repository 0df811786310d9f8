package line

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// inked is a line with the pieces that are not plain in brackets, each with its ink.
func inked(line string, with []style.Ink) string {
	letters := map[style.Ink]string{
		style.DimInk: "dim", style.BadInk: "bad", style.WarnInk: "warn", style.GoodInk: "good", style.AccentInk: "accent", style.BlueInk: "blue", style.MagentaInk: "magenta",
		style.HighlightInk: "highlight", style.MatchInk: "match",
	}
	var b strings.Builder
	for from := 0; from < len(line); {
		to := from + 1
		for to < len(line) && with[to] == with[from] {
			to++
		}
		if with[from] == style.PlainInk {
			b.WriteString(line[from:to])
		} else {
			b.WriteString("<" + letters[with[from]] + " " + line[from:to] + ">")
		}
		from = to
	}
	return b.String()
}

func TestLinesAreColouredByProtocolAndSeverity(t *testing.T) {
	for _, c := range []struct{ tool, line, want string }{
		{"tcpdump", "IP a.1 > b.2: Flags [S], seq 1", "IP a.1 > b.2: <accent Flags [S]>, seq 1"},
		{"tcpdump", "IP a.1 > b.2: Flags [S.], seq 1", "IP a.1 > b.2: <accent Flags [S.]>, seq 1"},
		{"tcpdump", "IP a.1 > b.2: Flags [P.], length 5", "IP a.1 > b.2: <dim Flags [P.]>, length 5"},
		{"/usr/bin/tcpdump", "IP a.1 > b.2: Flags [R.], seq 0", "IP a.1 > b.2: <bad Flags [R.]>, seq 0"},
		{"tcpdump", "IP a.53 > b.2: 7 NXDomain 0/1/0 (9)", "IP a.53 > b.2: 7 <bad NXDomain> 0/1/0 (9)"},
		{"tcpdump", "IP a.2 > b.53: 7+ AAAA? db. (9)", "IP a.2 > b.53: 7+ <good AAAA?> db. (9)"},
		{"tcpdump", "IP a > b: ICMP echo request, id 1", "IP a > b: <magenta ICMP> echo request, id 1"},
		{"tcpdump", "IP a > b: ICMP c unreachable - need to frag (mtu 1400), length 36", "IP a > b: <bad ICMP c unreachable - need to frag (mtu 1400), length 36>"},
		{"tcpdump", "IP a.1 > b.2: UDP, length 5", "IP a.1 > b.2: <blue UDP>, length 5"},
		{"tcpdump", "ARP, Request who-has b tell a", "<warn ARP>, Request who-has b tell a"},
		{"tcpdump", "IP error.1 > b.2: Flags [.], ack 1", "IP error.1 > b.2: <dim Flags [.]>, ack 1"},
		{"ss", "tcp ESTAB 0 0 a b", "tcp <good ESTAB> 0 0 a b"},
		{"ss", "tcp CLOSE-WAIT 1 0 a b", "tcp <bad CLOSE-WAIT> 1 0 a b"},
		{"netstat", "tcp TIME_WAIT", "tcp <dim TIME_WAIT>"},
		{"ss", "tcp SYN-SENT 0 1 a b", "tcp <warn SYN-SENT> 0 1 a b"},
		{"ss", "udp UNCONN 0 0 a b", "udp <accent UNCONN> 0 0 a b"},
		{"ping", "5 packets transmitted, 5 received, 0% packet loss", "5 packets transmitted, 5 received, <good 0% packet loss>"},
		{"ping", "5 packets transmitted, 0 received, 100% packet loss", "5 packets transmitted, 0 received, <bad 100% packet loss>"},
		{"ping", "5 packets transmitted, 4 received, 20% packet loss", "5 packets transmitted, 4 received, <bad 20% packet loss>"},
		{"ping", "From 10.0.0.1 Destination Host Unreachable", "From 10.0.0.1 Destination Host <bad Unreachable>"},
		{"curl", "curl: (7) Failed to connect: Connection refused", "curl: (7) <bad Failed> to connect: Connection <bad refused>"},
		{"sh", "WARNING: 3 errors", "<warn WARNING>: 3 <bad errors>"},
		{"sh", "terrors and failsafe are words like any other", "terrors and failsafe are words like any other"},
		{"sh", "", ""},
	} {
		if diff := cmp.Diff(c.want, inked(c.line, Inks(c.line, cells.Piece{From: 0, To: len(c.line)}, Tints(c.tool), nil, nil))); diff != "" {
			t.Errorf("%s: %s", c.tool, diff)
		}
	}
}

func TestAMatchIsSeenAboveAHighlightAndBothAboveTheProtocol(t *testing.T) {
	got := inked("Flags [S], seq", Inks("Flags [S], seq", cells.Piece{From: 0, To: len("Flags [S], seq")}, packetTints, regexp.MustCompile(`S\], s`), regexp.MustCompile(`\], `)))
	if want := "<accent Flags [><highlight S><match ], ><highlight s>eq"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWithoutColoursALineIsItsWordsAndWithThemToo(t *testing.T) {
	line := "IP a.1 > b.2: Flags [R], seq 0"
	with := Inks(line, cells.Piece{From: 0, To: len(line)}, packetTints, nil, regexp.MustCompile("seq"))
	if got := style.New(style.Look{}).Paint(line, with); got != line {
		t.Errorf("without colours: %q", got)
	}
	got := style.New(style.Look{Colors: style.Colors16}).Paint(line, with)
	if got == line || ansi.Strip(got) != line {
		t.Errorf("with colours: %q", got)
	}
}
