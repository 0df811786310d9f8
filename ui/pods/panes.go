package pods

import (
	"time"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// PodPane draws the list of pods in its box.
func (l *Lists) PodPane(s style.Styles, width, height int, now time.Time, focused bool) []string {
	title := "pods"
	if l.pods.in != "" {
		title = "pods in " + cells.Clean(l.pods.in)
	}
	l.pods.keep(height - 3)
	lines := l.pods.lines(s, width-2, height-2, now)
	if len(l.pods.shown) == 0 {
		lines = append(lines, "")
		for _, line := range l.noPods() {
			lines = append(lines, cells.Wrap("  "+line, width-2)...)
		}
	}
	return s.Box(title, lines, width, height, focused)
}

// NamespacePane draws the list of namespaces in its box.
func (l *Lists) NamespacePane(s style.Styles, width, height int, focused bool) []string {
	l.namespaces.keep(height - 3)
	return s.Box("namespaces", l.namespaces.lines(s, width-2, height-2), width, height, focused)
}

// NamespacesWidth is the width of the namespaces beside the pods, on a screen of that width.
func (l *Lists) NamespacesWidth(screen int) int { return l.namespaces.width(screen) }
