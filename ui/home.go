package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
)

func (m *model) keyHome(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, keys.tab):
		m.onPods = !m.onPods
	case key.Matches(k, keys.filter):
		m.filtering, m.onPods = true, true
		m.filter.Focus()
	case key.Matches(k, keys.back):
		m.setFilter("")
	case key.Matches(k, keys.enter) && !m.onPods:
		m.onPods = true
	case key.Matches(k, keys.enter):
		m.choose()
	default:
		m.moveHome(k)
	}
	return nil
}

// choose opens the form for the pod under the cursor, or says why no tool can run in it.
func (m *model) choose() {
	pod, ok := m.pods.selected()
	if !ok {
		return
	}
	if err := tools.Runnable(pod, m.deps.Here); err != nil {
		m.failed = err
		return
	}
	m.form.open(pod)
	m.screen = choosing
	m.keepInView()
}

func (m *model) moveHome(k tea.KeyMsg) {
	height := m.paneHeight()
	by := 0
	switch {
	case key.Matches(k, keys.up):
		by = -1
	case key.Matches(k, keys.down):
		by = 1
	case key.Matches(k, keys.pageUp):
		by = -height
	case key.Matches(k, keys.pageDown):
		by = height
	case key.Matches(k, keys.top):
		by = -len(m.pods.all) - len(m.namespaces.names)
	case key.Matches(k, keys.bottom):
		by = len(m.pods.all) + len(m.namespaces.names)
	}
	if m.onPods {
		m.pods.move(by, height)
		return
	}
	m.namespaces.move(by, height)
	m.pods.in = m.namespaces.selected()
	m.pods.refresh(height)
}

func (m *model) keyFilter(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "enter", "tab", "down":
		m.filtering = false
		m.filter.Blur()
		return nil
	case "esc":
		m.setFilter("")
		return nil
	}
	var cmd tea.Cmd
	m.filter, cmd = m.filter.Update(k)
	m.pods.filter = m.filter.Value()
	m.pods.refresh(m.paneHeight())
	return cmd
}

func (m *model) setFilter(text string) {
	m.filtering = false
	m.filter.SetValue(text)
	m.filter.Blur()
	m.pods.filter = text
	m.pods.refresh(m.paneHeight())
}

func (m *model) homeLines(height int) []string {
	lines := warnings(m.styles, m.snapshot, m.width)
	lines = append(lines, m.filterLine())
	runs := runsLine(m.styles, m.runs.runs, m.now, m.width)
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

func (m *model) filterLine() string {
	shown := plural(len(m.pods.shown), "pod")
	if len(m.pods.shown) != len(m.pods.all) {
		shown = count(len(m.pods.shown)) + " of " + plural(len(m.pods.all), "pod")
	}
	left := m.styles.dim.Render(" / filter")
	if m.filtering || m.filter.Value() != "" {
		left = m.styles.accent.Render(" / ") + m.filter.View()
	}
	return besideStyled(left, m.styles.dim.Render(shown+" "), m.width)
}

// panes draws namespaces and pods: side by side where there is room, else the one that has the focus.
func (m *model) panes(height int) []string {
	switch {
	case m.width >= wideWidth:
		return joinColumns(m.namespacePane(namespacesWidth, height), m.podPane(m.width-namespacesWidth, height))
	case m.onPods:
		return m.podPane(m.width, height)
	default:
		return m.namespacePane(m.width, height)
	}
}

func (m *model) namespacePane(width, height int) []string {
	m.namespaces.keep(len(m.namespaces.names)+1, height-3)
	return m.styles.box("namespaces", m.namespaces.lines(m.styles, width-2, height-2), width, height, !m.onPods)
}

func (m *model) podPane(width, height int) []string {
	title := "pods"
	if m.pods.in != "" {
		title = "pods in " + clean(m.pods.in)
	}
	m.pods.keep(len(m.pods.shown), height-3)
	lines := m.pods.lines(m.styles, width-2, height-2, m.now)
	if len(m.pods.shown) == 0 {
		lines = append(lines, "", fit("  "+m.noPods(), width-2))
	}
	return m.styles.box(title, lines, width, height, m.onPods)
}

func (m *model) noPods() string {
	switch {
	case m.snapshot.Err != nil:
		return "no pods: the API does not answer"
	case !m.snapshot.Synced:
		return "listing pods …"
	case m.pods.filter != "":
		return "no pod matches the filter: esc clears it"
	default:
		return "no pods here: tab shows the namespaces"
	}
}
