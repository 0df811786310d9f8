package cli

import (
	"os"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui"
)

// terminalSize is the size of the terminal that f is; nil if it is none.
func terminalSize(f *os.File) *launch.Size {
	if !ui.IsTerminal(f) {
		return nil
	}
	size := launch.Size(ui.SizeOf(f))
	return &size
}
