package ui

import (
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/style"
)

// Widths of the home screen: from besideWidth on the details of a pod have room beside the list, from allWidth on beside
// list and namespaces.
const (
	besideWidth = 100
	allWidth    = 150
)

func (m *model) homeLines(height int) []string {
	lines := margin.Warnings(m.styles, m.snapshot, m.width)
	lines = append(lines, m.pods.SearchBox(m.styles, m.width)...)
	runs := runs.Line(m.styles, m.runs.All, m.now, m.width)
	pane := height - len(lines)
	if runs != "" {
		pane--
	}
	lines = append(lines, m.panes(pane)...)
	if runs != "" {
		lines = append(lines, runs)
	}
	return lines
}

// panes draws namespaces, pods and the details of one: side by side where there is room, else what has the focus.
func (m *model) panes(height int) []string {
	beside, focus := m.detailBeside(), m.focused()
	side := detailWidth(m.width)
	switch {
	case beside && m.width >= allWidth:
		names := m.pods.NamespacesWidth(m.width)
		left := style.Join(m.namespacePane(names, height), m.podPane(m.width-names-side, height))
		return style.Join(left, m.detailPane(side, height))
	case beside && focus != onNamespaces:
		return style.Join(m.podPane(m.width-side, height), m.detailPane(side, height))
	case focus == onDetail:
		return m.detailPane(m.width, height)
	case m.width >= style.WideWidth:
		names := m.pods.NamespacesWidth(m.width)
		return style.Join(m.namespacePane(names, height), m.podPane(m.width-names, height))
	case focus == onPods:
		return m.podPane(m.width, height)
	default:
		return m.namespacePane(m.width, height)
	}
}

func detailWidth(width int) int {
	if width >= allWidth {
		return min(max(44, (width-style.NamespacesWidth)*36/100), 90)
	}
	return max(42, width*40/100)
}

func (m *model) podPane(width, height int) []string {
	return m.pods.PodPane(m.styles, width, height, m.now, m.focused() == onPods)
}

func (m *model) namespacePane(width, height int) []string {
	return m.pods.NamespacePane(m.styles, width, height, m.focused() == onNamespaces)
}

func (m *model) detailPane(width, height int) []string {
	if _, any := m.pods.Selected(); !any {
		return m.styles.Box("details", []string{m.styles.Dim.Render(" no pod is chosen")}, width, height, m.focused() == onDetail)
	}
	reach := m.deps.Launcher.Reach(m.detail.Pod())
	return m.detail.Lines(m.styles, width, height, m.now, reach.Here && reach.How != launch.OutOfReach, m.focused() == onDetail)
}
