// Package scroll works out which rows of a list are visible. The door: Window.
package scroll

// Window is the visible part of a list: the first visible row, and a cursor that stays visible.
type Window struct {
	Cursor, Top int
}

// Move moves the cursor by some rows in a list of n rows, height of which are visible.
func (w *Window) Move(by, n, height int) {
	w.Cursor = max(0, min(w.Cursor+by, n-1))
	w.Keep(n, height)
}

// Keep brings the cursor into a list of n rows, height of which are visible, and keeps the cursor visible.
func (w *Window) Keep(n, height int) {
	w.Cursor = max(0, min(w.Cursor, n-1))
	height = max(1, height)
	w.Top = max(0, min(w.Top, n-height))
	if w.Cursor < w.Top {
		w.Top = w.Cursor
	}
	if w.Cursor >= w.Top+height {
		w.Top = w.Cursor - height + 1
	}
}

// Visible returns the range of visible rows.
func (w *Window) Visible(n, height int) (first, end int) {
	return w.Top, min(n, w.Top+max(0, height))
}
