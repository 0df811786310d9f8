package ui

import (
	"strings"
)

// View draws the whole screen: a line that says where one is, the screen with its overlay, a line that says what one can do.
func (m *model) View() string {
	switch {
	case m.width <= 0 || m.height <= 0:
		return ""
	case m.width < minWidth || m.height < minHeight:
		return tooSmall(m.width, m.height)
	}
	top := topLine(m.styles, m.deps, m.snapshot, m.pods.countHere(), m.now, m.width)
	bottom := m.hintLine()
	body := m.body(m.height - 2)
	if over := m.overlay(); over != nil {
		body = place(body, over, m.width)
	}
	lines := append([]string{top}, body[:m.height-2]...)
	return strings.Join(append(lines, bottom), "\n")
}

func tooSmall(width, height int) string {
	text := wrap("too small: podtracer needs "+count(minWidth)+"x"+count(minHeight)+", this is "+count(width)+"x"+count(height), width)
	return strings.Join(text[:min(len(text), height)], "\n")
}

// body draws the screen between the first line and the last.
func (m *model) body(height int) []string {
	notice := m.noticeLines()
	height -= len(notice)
	var lines []string
	switch m.screen {
	case choosing:
		title := " " + m.styles.strong.Render("run in ") + m.styles.accent.Render(clean(m.form.pod.String()))
		lines = append([]string{fitStyled(title, m.width)}, m.form.view(m.styles, m.width, height-1)...)
	case watching:
		lines = m.outputLines(height)
	case listing:
		lines = m.styles.box("runs", m.runs.lines(m.styles, m.width-2, height-2, m.now), m.width, height, true)
	default:
		lines = m.homeLines(height)
	}
	lines = append(lines[:min(len(lines), max(0, height))], notice...)
	for len(lines) < m.height-2 {
		lines = append(lines, "")
	}
	return lines
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

func (m *model) outputLines(height int) []string {
	run, _ := m.runs.find(m.output.id)
	lines := m.output.header(m.styles, run, m.deps.Here.Name, m.width, m.now)
	trouble := m.output.trouble(m.styles, run, m.width)
	rows := max(1, height-len(lines)-len(trouble)-1)
	lines = append(lines, m.output.body(m.styles, m.width, rows)...)
	lines = append(lines, trouble...)
	return append(lines, m.output.foot(m.styles, run, rows, m.width))
}

// overlay is what stands above the screen.
func (m *model) overlay() []string {
	switch {
	case m.leaving:
		n := m.runs.runs.Active()
		text := plural(n, "tool") + " still running. Stop and quit?"
		if n == 1 {
			text = "1 tool is still running. Stop it and quit?"
		}
		return m.styles.box("quit", []string{"", fit("  "+text, 50), fit("  y yes    n no", 50), ""}, 52, 6, true)
	case m.helping:
		lines := helpLines(m.styles, min(m.width, 78)-2)
		return m.styles.box("help: any key closes it", lines, min(m.width, 78), len(lines)+2, true)
	case m.saving:
		return m.save.view(m.styles, min(m.width, 100))
	default:
		return nil
	}
}

// place puts an overlay into the middle of the screen; the rows that it covers are its own.
func place(body, over []string, width int) []string {
	over = over[:min(len(over), len(body))]
	top := (len(body) - len(over)) / 2
	for i, line := range over {
		body[top+i] = fitStyled(strings.Repeat(" ", max(0, (width-visibleWidth(line))/2))+line, width)
	}
	return body
}

// hintLine is what one can do here.
func (m *model) hintLine() string {
	var text string
	switch {
	case m.leaving:
		text = "y stop and quit   n go on"
	case m.saving:
		text = "enter save   esc back"
	case m.filtering:
		text = "type to filter   enter keep   esc clear"
	case m.screen == choosing:
		text = "enter run   tab tools/arguments   ↑↓ tool   esc back"
	case m.screen == watching:
		text = "s save  x stop  f follow  ←→ pgup pgdn  r runs  esc back  ? help  q quit"
	case m.screen == listing:
		text = "enter watch   x stop   s save   esc back   ? help   q quit"
	default:
		text = "enter run a tool   / filter   tab namespaces   r runs   ? help   q quit"
	}
	return m.styles.dim.Render(fit(" "+text, m.width))
}

// Heights of what scrolls, for keys; drawing goes by what is really left.
func (m *model) paneHeight() int { return max(1, m.height-7) }

func (m *model) listHeight() int { return max(1, m.height-5) }

func (m *model) bodyHeight() int {
	header := 2
	if run, ok := m.runs.find(m.output.id); ok && run.Pod.HostNetwork {
		header = 3
	}
	return max(1, m.height-2-header-1)
}
