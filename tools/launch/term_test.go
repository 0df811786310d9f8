package launch

import "testing"

func TestATerminalThatToolsDoNotKnowIsACommonOne(t *testing.T) {
	for name, want := range map[string]string{
		"xterm-256color": "xterm-256color", "screen": "screen", "dumb": "dumb", "": CommonTerm, "xterm-of-nobody": CommonTerm,
		"../../../etc/passwd": CommonTerm, "/etc/passwd": CommonTerm, "..": CommonTerm, "x\nLD_PRELOAD=/tmp/x": CommonTerm, "é": CommonTerm,
	} {
		if got := knownTerm(name); got != want {
			t.Errorf("%q: got %q", name, got)
		}
	}
}
