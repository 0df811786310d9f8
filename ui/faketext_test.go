package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
)

// fakeText is a text in memory. Its searches look at ten lines a step.
type fakeText struct {
	lines []text.Line
	first uint64
	ended bool
	err   error // of whoever reads it
}

func (f *fakeText) state() text.State {
	if len(f.lines) == 0 {
		return text.State{Ended: f.ended}
	}
	return text.State{First: max(f.first, 1), Last: uint64(len(f.lines)), Ended: f.ended}
}

// connect makes the commands read the text.
func (f *fakeText) connect(c *commands) {
	c.text = func(view int, _ tools.TextID, seen text.State) tea.Cmd {
		return func() tea.Msg {
			if f.state() == seen {
				return nil
			}
			return textMsg{view: view, state: f.state()}
		}
	}
	c.lines = func(view int, _ tools.TextID, numbers []uint64, copying bool) tea.Cmd {
		return func() tea.Msg {
			msg := linesMsg{view: view, numbers: numbers, copying: copying, err: f.err}
			for _, n := range numbers {
				if n >= f.state().First && n <= f.state().Last {
					msg.lines = append(msg.lines, f.lines[n-1])
				}
			}
			return msg
		}
	}
	c.search = func(s searchStep) tea.Cmd {
		return func() tea.Msg { return hitsMsg{step: s, hits: f.search(s), err: f.err} }
	}
	c.lineAt = func(view int, _ tools.TextID, at time.Time) tea.Cmd {
		return func() tea.Msg {
			for _, l := range f.lines {
				if !l.Time.Before(at) {
					return placeMsg{view: view, line: l.Number, at: at}
				}
			}
			return placeMsg{view: view, line: uint64(len(f.lines) + 1), at: at}
		}
	}
}

func (f *fakeText) search(s searchStep) (h text.Hits) {
	h.Next = s.from
	for range 10 {
		if h.Next < f.state().First || h.Next > f.state().Last {
			break
		}
		text := f.lines[h.Next-1].Text
		if s.filter.Shown != nil {
			text = s.filter.Shown(f.lines[h.Next-1])
		}
		if (s.filter.Include == nil || s.filter.Include.MatchString(text)) && (s.filter.Exclude == nil || !s.filter.Exclude.MatchString(text)) &&
			(s.filter.Find == nil || s.filter.Find.MatchString(text)) {
			h.Numbers = append(h.Numbers, h.Next)
		}
		if h.Next++; s.backwards {
			h.Next -= 2
		}
	}
	return h
}

// comes lets lines come.
func (p *person) comes(lines []text.Line) {
	p.t.Helper()
	for _, l := range lines {
		l.Number = uint64(len(p.text.lines) + 1)
		p.text.lines = append(p.text.lines, l)
	}
	p.tell(textMsg{view: p.m.output.pager.view, state: p.text.state()})
}
