// Package scroll says which rows of a list are seen. Its door is Window: a cursor that stays in view.
package scroll

// Window is which rows of a list are seen: a cursor that stays in view.
type Window struct {
	Cursor, Top int
}

// Move moves the cursor by some rows and keeps it within n rows of which height are seen.
func (w *Window) Move(by, n, height int) {
	w.Cursor = max(0, min(w.Cursor+by, n-1))
	w.Keep(n, height)
}

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

// Visible returns the range of rows that are seen.
func (w *Window) Visible(n, height int) (first, end int) {
	return w.Top, min(n, w.Top+max(0, height))
}
