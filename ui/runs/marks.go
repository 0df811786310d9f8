package runs

import (
	"errors"
	"slices"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
)

// MostMarked is how many runs can be marked to be shown side by side.
const MostMarked = 2

// ToggleMark marks the run under the cursor, or removes its mark. Marking a third run unmarks the one that was marked first.
func (l *List) ToggleMark() error {
	run, ok := l.Selected()
	switch i := slices.Index(l.marked, run.ID); {
	case !ok:
		return nil
	case run.Whole:
		return hint.Add(errors.New("a tool with the whole terminal has no lines to look at"), "enter goes to it while it runs")
	case i >= 0:
		l.marked = slices.Delete(l.marked, i, i+1)
	case len(l.marked) == MostMarked:
		l.marked = []tools.RunID{l.marked[1], run.ID}
	default:
		l.marked = append(l.marked, run.ID)
	}
	return nil
}

// Pair are the runs to be shown side by side: the marked ones, else the run under the cursor and the run started before it.
func (l *List) Pair() []tools.RunID {
	pair := slices.Clone(l.marked)
	for i := l.Cursor; i < len(l.items) && len(pair) < MostMarked; i++ {
		item := l.items[i]
		if item.members == nil && item.afar == nil && !item.run.Whole && !slices.Contains(pair, item.run.ID) {
			pair = append(pair, item.run.ID)
		}
	}
	return pair
}
