package launch

import (
	"strings"
	"testing"
)

func TestTcpdumpStaysRootWhereItCannotBecomeAnotherUser(t *testing.T) {
	for arguments, want := range map[string]bool{
		"-n": false, "": false, "-Z nobody": true, "-Znobody": true, "--relinquish-privileges=nobody": true, "--relinquish-privileges nobody": true,
		"--re x": true, "-n -Z x": true, "-r x": false,
	} {
		if got := hasUserOption(append([]string{"tcpdump"}, strings.Fields(arguments)...)); got != want {
			t.Errorf("%s: got %v", arguments, got)
		}
	}
}
