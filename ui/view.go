package ui

import (
	"strings"

	"github.com/fennec-project/podtracer/tools"
)

// draw draws the whole screen: a line that says where one is, the screen with its overlay, a line that says what one can do.
func (m *model) draw() string {
	switch {
	case m.width <= 0 || m.height <= 0:
		return ""
	case m.width < minWidth || m.height < minHeight:
		return tooSmall(m.width, m.height)
	}
	top := topLine(m.styles, m.deps, m.snapshot, m.pods.total, m.link.text(), m.width)
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
		title := " " + m.styles.strong.Render("run in ") + m.styles.accent.Render(clean(m.target()))
		lines = append([]string{fitStyled(title, m.width)}, m.form.view(m.styles, m.width, height-1)...)
	case watching:
		lines = m.outputLines(height)
	case listing:
		lines = m.styles.box("runs", m.runs.lines(m.styles, m.width-2, height-2, m.now), m.width, height, true)
	case splitting:
		lines = m.splitLines(height)
	default:
		lines = m.homeLines(height)
	}
	lines = append(lines[:min(len(lines), max(0, height))], notice...)
	for len(lines) < m.height-2 {
		lines = append(lines, "")
	}
	return lines
}

// overlay is what stands above the screen.
func (m *model) overlay() []string {
	switch {
	case m.helping:
		return m.helpView()
	case m.stopping != nil:
		return m.stopQuestion(min(m.width, 72))
	case m.leaving:
		return m.question(min(m.width, 72))
	case m.screen == choosing && m.form.presets.open:
		return m.form.presets.view(m.styles, min(m.width, 120), m.height-2)
	case m.screen == choosing && m.form.past.open:
		return m.form.past.view(m.styles, min(m.width, 120), m.height-2)
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
	case m.helping:
		text = m.helpHint()
	case m.leaving:
		text = "y quit   n go on   r runs   ? help"
	case m.saving:
		text = "enter save   esc back   F1 help"
	case m.filtering:
		text = "type to search   ↑↓ move   enter keep   esc clear   F1 help   namespaces: all"
	case m.screen == choosing && m.form.presets.open:
		text = "enter take it   ↑↓ preset   type to narrow   esc back   F1 help"
	case m.screen == choosing && m.form.past.open:
		text = "enter take it   ↑↓ ctrl+r older   type to narrow   esc back   F1 help"
	case m.screen == choosing:
		text = "enter run  p ctrl+p presets  ctrl+y ctrl+g copy  tab fields  F1 help  esc back"
	case m.stopping != nil:
		text = "y stop them   n let them go on   ? help"
	case m.screen == watching && m.output.side != asText:
		text = m.output.sideHint(m.width)
	case m.reader() != nil && m.reader().hint() != "":
		text = m.reader().hint()
	case m.screen == splitting:
		text = m.splitHint()
	case m.screen == watching:
		run, _ := m.runs.find(m.output.id)
		stop := "x stop  "
		if run.Phase == tools.Ended {
			stop = ""
		}
		if run.Whole {
			text = "s save  " + stop + "y copy  r runs  esc back  ? help  q quit"
			if seated(run) {
				text = "enter go to it  " + text
			}
			break
		}
		others := "a names  y copy  "
		if m.width >= wideWidth {
			others = "& only  ! without  t time  w wrap  " + others
		}
		if freezable(run) { // they are in the help as well
			others = ""
		}
		text = "s save  " + stop + freezeHint(run) + "f follow  / search  " + others + "esc back  ? help  q quit"
	case m.screen == listing:
		text = m.listHint()
	default:
		text = m.homeHint()
	}
	return m.styles.dim.Render(fit(" "+text, m.width))
}

func freezeHint(r tools.State) string {
	if !freezable(r) {
		return ""
	}
	return "z freeze  "
}

// Heights of what scrolls, for keys; drawing goes by what is really left.
func (m *model) paneHeight() int { return max(1, m.height-7) }

func (m *model) listHeight() int { return max(1, m.height-5) }

// bodyHeight is how many rows of a run's output are seen.
func (m *model) bodyHeight() int {
	run, _ := m.runs.find(m.output.id)
	header := m.output.header(m.styles, run, m.deps.Here.Name, m.width, m.now)
	trouble := m.output.trouble(m.styles, run, m.width)
	reader := m.output.pager.reader(m.styles, m.width)
	return max(1, m.height-2-len(m.noticeLines())-len(header)-len(trouble)-1-len(reader))
}
