package launch

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/tools/command"
)

// canChangeUser says whether a tool may change to another user: with CAP_SETUID and CAP_SETGID, and not in a user namespace with a
// single user (capabilities(7), user_namespaces(7)). The answer is that of podtracer's start.
var canChangeUser = sync.OnceValue(func() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || bytes.Count(ids, []byte{'\n'}) == 1 && bytes.HasSuffix(bytes.TrimSpace(ids), []byte(" 1")) {
		return false
	}
	return hasCapability(unix.CAP_SETUID) && hasCapability(unix.CAP_SETGID)
})

// missingCapability names the capability that a tool of the catalogue needs and this process lacks; "" if there is none.
func missingCapability(tool string) string {
	known := map[string]uint{"CAP_NET_RAW": unix.CAP_NET_RAW, "CAP_NET_ADMIN": unix.CAP_NET_ADMIN}
	for _, t := range command.Catalogue() {
		if capability, ok := known[t.Needs]; ok && t.Name == tool && !hasCapability(capability) {
			return t.Needs
		}
	}
	return ""
}

// hasCapability checks the effective capability set of this process.
func hasCapability(capability uint) bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(status)) {
		if set, ok := strings.CutPrefix(line, "CapEff:"); ok {
			bits, err := strconv.ParseUint(strings.TrimSpace(set), 16, 64)
			return err == nil && bits&(1<<capability) != 0
		}
	}
	return false
}
