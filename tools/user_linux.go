package tools

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// canChangeUser says whether a tool of ours may become another user: with CAP_SETUID and CAP_SETGID, and not in a user
// namespace that knows a single user (capabilities(7), user_namespaces(7)).
func canChangeUser() bool {
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || bytes.Count(ids, []byte{'\n'}) == 1 && bytes.HasSuffix(bytes.TrimSpace(ids), []byte(" 1")) {
		return false
	}
	return hasCapability(unix.CAP_SETUID) && hasCapability(unix.CAP_SETGID)
}

// hasCapability looks into the effective set of this process.
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
