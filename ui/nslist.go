package ui

import (
	"slices"

	"github.com/fennec-project/podtracer/k8s"
)

// namespaceList is the pane of namespaces, with "all" above them.
type namespaceList struct {
	window
	names  []string
	counts map[string]int
}

func (l *namespaceList) set(s k8s.Snapshot, height int) {
	chosen := l.selected()
	l.names, l.counts = s.Namespaces, map[string]int{"": len(s.Pods)}
	for _, p := range s.Pods {
		l.counts[p.Namespace]++
	}
	l.choose(chosen, height)
}

// choose puts the cursor on a namespace; on "all" if it is gone.
func (l *namespaceList) choose(name string, height int) {
	l.cursor = slices.Index(l.names, name) + 1
	l.keep(len(l.names)+1, height)
}

func (l *namespaceList) move(by, height int) { l.window.move(by, len(l.names)+1, height) }

// selected is the namespace under the cursor, "" for all.
func (l *namespaceList) selected() string {
	if l.cursor == 0 || l.cursor > len(l.names) {
		return ""
	}
	return l.names[l.cursor-1]
}

func (l *namespaceList) lines(s styles, width, height int) []string {
	out := []string{s.dim.Render("  " + beside("NAMESPACE", "PODS", width-2))}
	first, end := l.visible(len(l.names)+1, height-1)
	for i := first; i < end; i++ {
		name, key := "all", ""
		if i > 0 {
			key = l.names[i-1]
			name = clean(key)
		}
		number := count(l.counts[key])
		line := "  " + fit(name, width-3-len(number)) + " " + number
		if i == l.cursor {
			line = s.selected.Render("▸ " + line[2:])
		}
		out = append(out, line)
	}
	return out
}
