package cli

import (
	"os"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/tty"
)

// terminalSize is the size of the terminal that f is; nil if it is none.
func terminalSize(f *os.File) *launch.Size {
	if !tty.IsTerminal(f) {
		return nil
	}
	size := launch.Size(tty.SizeOf(f))
	return &size
}
