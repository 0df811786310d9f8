package pods

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// namespaceList is the pane of namespaces, with "all" above them.
type namespaceList struct {
	scroll.Window
	names  []string // in the order on the screen
	counts map[string]podCount
	order  sorting
}

// set takes the namespaces that exist, and how many pods of each the search finds.
func (l *namespaceList) set(names []string, counts map[string]podCount, height int) {
	chosen := l.selected()
	l.names, l.counts = slices.Clone(names), counts
	l.sort()
	l.choose(chosen, height)
}

func (l *namespaceList) sort() {
	slices.SortFunc(l.names, func(a, b string) int {
		by, most := strings.Compare(a, b), 0
		switch l.order.by {
		case byPodCount:
			most = cmp.Compare(l.counts[b].pods, l.counts[a].pods)
		case byHereCount:
			most = cmp.Compare(l.counts[b].here, l.counts[a].here)
		}
		if l.order.reversed {
			by, most = -by, -most
		}
		return cmp.Or(most, by)
	})
}

// resort sorts again and keeps the cursor on its namespace.
func (l *namespaceList) resort(order sorting, height int) {
	l.order = order
	l.set(l.names, l.counts, height)
}

// choose puts the cursor on a namespace; on "all" if it is gone.
func (l *namespaceList) choose(name string, height int) {
	l.Cursor = slices.Index(l.names, name) + 1
	l.keep(height)
}

// keep keeps the cursor among the visible rows.
func (l *namespaceList) keep(height int) { l.Keep(len(l.names)+1, height) }

func (l *namespaceList) move(by, height int) { l.Window.Move(by, len(l.names)+1, height) }

// selected is the namespace under the cursor, "" for all.
func (l *namespaceList) selected() string {
	if l.Cursor == 0 || l.Cursor > len(l.names) {
		return ""
	}
	return l.names[l.Cursor-1]
}

const countWidth = 5

// width is the width of the pane: names get the room that they need, up to a quarter of the screen.
func (l *namespaceList) width(screen int) int {
	longest := 0
	for _, name := range l.names {
		longest = max(longest, len(name))
	}
	return max(style.NamespacesWidth, min(longest+6+2*countWidth, screen/4))
}

func (l *namespaceList) lines(s style.Styles, width, height int) []string {
	row := func(mark, name, pods, here string) string {
		return mark + cells.Fit(name, width-4-2*countWidth) + " " + cells.FitRight(pods, countWidth) + " " + cells.FitRight(here, countWidth)
	}
	falls := !l.order.reversed
	out := []string{s.Dim.Render(row("  ", l.order.title("NAMESPACE", byPodName, !falls), l.order.title("PODS", byPodCount, falls), l.order.title("HERE", byHereCount, falls)))}
	first, end := l.Visible(len(l.names)+1, height-1)
	for i := first; i < end; i++ {
		name, key := "all", ""
		if i > 0 {
			key = l.names[i-1]
			name = cells.Clean(key)
		}
		n := l.counts[key]
		line := row("  ", name, figures.Count(n.pods), figures.Count(n.here))
		switch {
		case i == l.Cursor:
			line = s.Selected.Render("▸ " + line[2:])
		case n.pods == 0:
			line = s.Dim.Render(line)
		}
		out = append(out, line)
	}
	return out
}
