package program

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestAToolThatIsStoppedEndsOnATerminalAsBehindAPipe(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, c := range map[string]struct {
		argv []string
		want []string
	}{
		"what sums up at an interrupt":  {[]string{"ping", "web"}, []string{"web ping statistics", "rtt min/avg/max"}},
		"a capture":                     {[]string{"tcpdump", "-i", "eth0", "-n"}, []string{"packets captured", "dropped by kernel"}},
		"what would have told later":    {[]string{"mtr", "-rn", "-c", "100", "web"}, []string{"hint: mtr writes its report when"}},
		"what has a trap for it":        {[]string{"sh", "-c", "trap 'echo summed up; exit 3' INT; while :; do sleep 1; done"}, []string{"summed up"}},
		"what an interrupt simply ends": {[]string{"sleep", "1000"}, nil},
		"a shell without a person":      {[]string{"bash", "-c", "sleep 1000; sleep 1000"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the test mostly waits
			argv := append([]string{binary, "demo", "run", "--data-dir", t.TempDir(), "--pod", "client-0", "-t", "2s", "--"}, c.argv...)
			s := onTerminal(t, nil, argv...)
			if status := s.waitEnd(); status != 0 {
				t.Errorf("on a terminal: status %d", status)
			}
			out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
			if err != nil {
				t.Errorf("behind a pipe: %v", err)
			}
			for _, text := range append(c.want, "podtracer: stopped: its time was up") {
				for where, got := range map[string]string{"on a terminal": s.written(), "behind a pipe": string(out)} {
					if !strings.Contains(got, text) {
						t.Errorf("%s: no %q: %q", where, text, got)
					}
				}
			}
		})
	}
}

// A shell, an editor and a pager take an interrupt for something else, and would have to be killed.
func TestWhatAPersonSitsBeforeEndsAtOnceWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for _, command := range []string{"bash --norc", "sh", "less /etc/passwd"} {
		argv := append([]string{binary, "demo", "run", "--pod", "client-0", "-t", "1s", "--"}, strings.Fields(command)...)
		s := onTerminal(t, nil, argv...)
		s.waitFor("\r\n")
		began := time.Now()
		if status := s.waitEnd(); status != 0 {
			t.Errorf("%s: status %d", command, status)
		}
		if took := time.Since(began); took > 3500*time.Millisecond { // podtracer waits 3 s after an interrupt
			t.Errorf("%s: it took %v", command, took)
		}
		s.nothingIsLeft(0)
	}
}

// notAtTheLeft finds a line break after which a terminal in raw mode does not return to the left.
var notAtTheLeft = regexp.MustCompile(`[^\r]\n`)

func TestEveryLineOnTheTerminalBeginsAtItsLeft(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, args := range map[string][]string{
		"to a file":              {"--", "tcpdump", "-i", "eth0", "-c", "3"},
		"to a file, not packets": {"--", "sh", "-c", "echo one; echo two >&2; echo three >&2"},
		"to both":                {"-s", "--", "sh", "-c", "echo one; echo two; echo three >&2; echo four >&2"},
	} {
		file := filepath.Join(t.TempDir(), "x.pcap")
		s := onTerminal(t, nil, append([]string{binary, "demo", "run", "--pod", "client-0", "-f", file}, args...)...)
		s.waitEnd()
		s.waitFor("saved ")
		if at := notAtTheLeft.FindStringIndex(s.written()); at != nil {
			t.Errorf("%s: a staircase from %q on, in %q", name, s.written()[max(0, at[0]-20):at[1]], s.written())
		}
	}
}
