package ui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// settleOutput brings the text that is watched up to date, once a message was taken.
func (m *model) settleOutput() tea.Cmd {
	if m.screen != watching || m.width <= 0 {
		return nil
	}
	run, _ := m.runs.find(m.output.id)
	p := &m.output.pager
	if m.output.side != asText {
		p.how = m.reading(run)
		return m.settleSide(run)
	}
	p.resize(m.width, m.bodyHeight(), m.reading(run))
	if notice := p.goOn(); notice != "" {
		m.notice = notice
	}
	return p.settle(m.commands)
}

// takeText takes what the commands bring for the text that is watched.
func (m *model) takeText(msg tea.Msg) tea.Cmd {
	p := &m.output.pager
	switch msg := msg.(type) {
	case textMsg:
		switch {
		case msg.view != p.view || m.screen != watching:
		case msg.err != nil:
			m.failed = msg.err
		default:
			if p.state = msg.state; !p.state.Ended {
				return m.commands.text(p.view, p.text, p.state)
			}
		}
	case linesMsg:
		switch {
		case msg.view != p.view:
		case msg.err != nil:
			m.failed = msg.err
		case msg.copying:
			return m.commands.copy(p.copied(msg.lines))
		default:
			p.takeLines(msg)
		}
	case hitsMsg:
		switch {
		case msg.step.view != p.view:
		case msg.err != nil:
			m.failed = msg.err
		case msg.step.which == forFilter:
			p.filter.take(msg)
		default:
			p.found.take(msg)
		}
	case placeMsg:
		switch {
		case msg.view != p.view:
		case msg.err != nil:
			m.failed = msg.err
		default:
			m.notice = p.takePlace(msg)
		}
	}
	return nil
}

// keyReading takes a key that has to do with reading, and says whether it was one.
func (m *model) keyReading(k tea.KeyMsg) (tea.Cmd, bool) {
	p := &m.output.pager
	if p.chosen.on {
		cmd, err, ok := p.keySelecting(k, m.commands)
		m.failed = err
		return cmd, ok
	}
	switch {
	case key.Matches(k, keys.back):
		return nil, p.clearOne()
	case key.Matches(k, keys.search):
		p.ask(searching)
	case key.Matches(k, keys.include):
		p.ask(including)
	case key.Matches(k, keys.exclude):
		p.ask(excluding)
	case key.Matches(k, keys.highlight):
		p.ask(highlighting)
	case key.Matches(k, keys.moment):
		p.ask(asMoment)
	case key.Matches(k, keys.nextMatch) && p.searched():
		p.next(false)
	case key.Matches(k, keys.previousMatch) && p.searched():
		p.next(true)
	case key.Matches(k, keys.wrapping):
		p.wrapped, p.left = !p.wrapped, 0
	case key.Matches(k, keys.stamps):
		p.stamp = (p.stamp + 1) % stampCount
	case key.Matches(k, keys.bookmark):
		p.toggleMark()
	case key.Matches(k, keys.nextMark):
		if !p.nextMark() {
			m.notice = "there is no bookmark yet: m sets one"
		}
	case key.Matches(k, keys.selecting):
		p.startSelecting()
	default:
		return nil, p.move(k)
	}
	return nil, true
}

// hint is what one can do while something is typed, chosen or searched; "" at other times.
func (p *pager) hint() string {
	switch {
	case p.prompt.on && p.prompt.kind == asMoment:
		return "enter go there   esc back"
	case p.prompt.on:
		return "a regular expression; case counts with a capital   enter keep   esc clear"
	case p.chosen.on:
		return "↑↓ pgup pgdn choose more   enter copy   esc leave"
	case p.searched():
		return "n next  N match before  / change  & only  ! without  f follow  esc clear  ? help"
	case p.filtered(), p.patterns[highlighting].re != nil:
		return "& only  ! without  H highlight  / search  f follow  s save  esc clear  ? help"
	default:
		return ""
	}
}

// readingHelp is the help of a run's screen.
func readingHelp(s styles, width int) []string {
	rows := [][2]string{
		{"space f G", "pause; follow the newest lines again"},
		{"↑ ↓ pgup pgdn g", "move by lines, by pages, to the first line"},
		{"← → w", "the rest of long lines; wrap them"},
		{"/ n N", "search as you type; next match, match before"},
		{"& !", "show only lines with, or without; H highlights"},
		{"t", "times: of arrival, since the start, since the line before"},
		{"@ T", "go to a time: 12:04:20, -5m, +30s"},
		{"m '", "set a bookmark or take it away; go to the next one"},
		{"c", "choose lines: move, then enter copies them"},
		{"a", "addresses: as they are, by name, or both; n as well"},
		{"tab", "of a capture: its packets, who talks to whom, the text"},
		{"s x z", "save; stop the tool; freeze the ring and keep it"},
		{"y Y ctrl+y", "copy: podtracer run …, the plain command, the saved path"},
		{"esc", "clear the search, the filters; then leave: the tool goes on"},
		{"r q ctrl+c", "all runs; quit: all tools are stopped"},
	}
	out := []string{s.strong.Render(fit(" a run: read what comes, and save it", width))}
	for _, r := range rows {
		out = append(out, fmt.Sprint("   ", s.accent.Render(fit(r[0], 17)), fit(r[1], width-20)))
	}
	return out
}
