package program

import (
	"strings"
	"testing"
)

// What a tool prints may come from the pod: an interface can be named with any bytes, and tools print the name as it is.
func TestWhatComesFromAPodOnlyDrawsAndHidesNothingOfPodtracers(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	const hostile = `printf '\033]52;c;AAAA\a\033[6n\302\233 \033[8m\033[?25lHOSTILE'`
	for name, c := range map[string]struct {
		argv []string
		want string
	}{
		"on standard output": {[]string{"sh", "-c", hostile + "; exec sleep 60"}, "HOSTILE"},
		"on standard error":  {[]string{"sh", "-c", hostile + " >&2; exec sleep 60"}, "HOSTILE"},
		"while it is saved":  {[]string{"-f", "FILE", "--", "sh", "-c", hostile + " >&2; exec sleep 60"}, "HOSTILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the test mostly waits
			argv := []string{binary, "demo", "run", "--pod", "client-0", "-t", "2s"}
			for _, word := range c.argv {
				if word == "FILE" {
					word = t.TempDir() + "/saved.txt"
				}
				if word == "sh" && c.argv[0] == "sh" {
					argv = append(argv, "--")
				}
				argv = append(argv, word)
			}
			s := onTerminal(t, nil, argv...)
			s.waitEnd()
			written := s.written()
			before, after, found := strings.Cut(written, c.want)
			if !found || !strings.Contains(after, "podtracer: stopped: its time was up") {
				t.Fatalf("got %q", written)
			}
			if strings.Contains(written, "\x1b]52") || strings.Contains(written, "\x1b[6n") || strings.Contains(written, "\u009b") {
				t.Errorf("the output did more than draw: %q", before)
			}
			after, _, _ = strings.Cut(after, "podtracer: ")
			if !strings.Contains(after, "\x1b[0m") || !strings.Contains(after, "\x1b[?25h") {
				t.Errorf("the output hides podtracer's messages: %q", after)
			}
		})
	}
}

func TestAToolThatIsKnownToNeedTheTerminalHasAllOfIt(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "--", "sh")
	s.waitFor("# ")
	s.press("printf '\\033]0;title\\a'; exit\r")
	s.waitEnd()
	s.waitFor("\x1b]0;title\a")
}
