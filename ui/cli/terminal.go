package cli

import (
	"os"

	"golang.org/x/term"

	"github.com/fennec-project/podtracer/tools/launch"
)

// terminalSize is the size of the terminal that f is; nil if it is none.
func terminalSize(f *os.File) *launch.Size {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	columns, rows, err := term.GetSize(fd)
	if err != nil || columns <= 0 || rows <= 0 {
		columns, rows = 80, 24 // as it is at first through kubectl exec
	}
	return &launch.Size{Columns: columns, Rows: rows}
}
