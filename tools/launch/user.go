package launch

import "github.com/fennec-project/podtracer/tools/command"

// keepRoot adds -Z root to a tcpdump that could not change to another user here, and would therefore give up.
func keepRoot(argv []string) []string {
	if !command.IsTcpdump(argv) || canChangeUser() || hasUserOption(argv) {
		return argv
	}
	return append([]string{argv[0], "-Z", "root"}, argv[1:]...)
}

// hasUserOption says whether a tcpdump command has -Z or --relinquish-privileges.
func hasUserOption(argv []string) bool {
	for _, w := range argv[1:] {
		if w == "-Z" || len(w) > 2 && w[:2] == "-Z" || len(w) > 3 && w[:4] == "--re" {
			return true
		}
	}
	return false
}
