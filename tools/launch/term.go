package launch

import (
	"os"
	"path/filepath"
	"strings"
)

// CommonTerm is a terminal that nearly all others understand.
const CommonTerm = "xterm-256color"

// knownTerm is the name of a terminal that tools on this machine know: the one that was asked for, else CommonTerm.
func knownTerm(name string) string {
	if isTermName(name) && isDescribed(name) {
		return name
	}
	return CommonTerm
}

// isTermName says whether a name can be that of a terminal, and so no path.
func isTermName(name string) bool {
	return name != "" && name[0] != '.' && strings.IndexFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-+._", r))
	}) < 0
}

// isDescribed says whether this machine describes a terminal, where Linux systems have their descriptions (terminfo(5)).
func isDescribed(name string) bool {
	for _, dir := range []string{"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"} {
		if _, err := os.Stat(filepath.Join(dir, name[:1], name)); err == nil {
			return true
		}
	}
	return false
}
