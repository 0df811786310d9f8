package tty

import (
	"context"
	"os"

	"github.com/charmbracelet/x/term"
)

// Size is the size of a terminal, in cells.
type Size struct{ Columns, Rows int }

// usualSize stands in for the size of a terminal that does not report one, as at first through kubectl exec.
var usualSize = Size{Columns: 80, Rows: 24}

// SizeOf is the size of the terminal f, or the usual size if f does not report one.
func SizeOf(f *os.File) Size {
	if size, known := askSize(f); known {
		return size
	}
	return usualSize
}

// Sizes reports the size of the terminal f, now and whenever it changes, until ctx ends. While f does not report a size, Sizes
// does not either.
func Sizes(ctx context.Context, f *os.File, tell func(Size)) {
	var last Size
	onResize(ctx, func() {
		if size, known := askSize(f); known && size != last {
			last = size
			tell(size)
		}
	})
}

func askSize(f *os.File) (size Size, known bool) {
	columns, rows, err := term.GetSize(f.Fd())
	return Size{columns, rows}, err == nil && columns > 0 && rows > 0
}
