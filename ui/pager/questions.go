package pager

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
)

// Texts are what pagers read: the text of a run, or of all runs of a set.
type Texts interface {
	// Text waits until a text goes farther than what was seen of it.
	Text(ctx context.Context, id tools.TextID, seen text.State) (text.State, error)
	// Lines are those with these numbers, without those that are not kept any more.
	Lines(ctx context.Context, id tools.TextID, numbers []uint64) ([]text.Line, error)
	// Search looks for the lines that a filter takes, from a line on, a step at a time.
	Search(ctx context.Context, id tools.TextID, f text.Filter, from uint64, backwards bool, most int) (text.Hits, error)
	// Unfinished are the lines that have begun and have no end yet. They have no number.
	Unfinished(id tools.TextID) ([]text.Line, error)
	// LineAt is the first line that came at a time or after it.
	LineAt(ctx context.Context, id tools.TextID, at time.Time) (uint64, error)
}

// Questions are how pagers ask the world. They do not wait for an answer: it comes as a message.
type Questions struct {
	text   func(view int, id tools.TextID, seen text.State) tea.Cmd
	lines  func(view int, id tools.TextID, numbers []uint64, copying bool) tea.Cmd
	search func(searchStep) tea.Cmd
	lineAt func(view int, id tools.TextID, at time.Time) tea.Cmd
	copy   func(text string) tea.Cmd
}

// NewQuestions are questions until ctx ends. What comes to a text is told once in a pace, so that many lines make one frame. What
// somebody copies goes to copy.
func NewQuestions(ctx context.Context, from Texts, pace time.Duration, copy func(text string) tea.Cmd) Questions {
	return Questions{
		text: func(view int, id tools.TextID, seen text.State) tea.Cmd {
			return func() tea.Msg {
				state, err := from.Text(ctx, id, seen)
				if errors.Is(err, context.Canceled) {
					return nil
				}
				var open []text.Line
				if err == nil {
					open, err = from.Unfinished(id)
				}
				if seen.Last > 0 || seen.Unfinished > 0 {
					pause.For(ctx, pace)
				}
				return textMsg{forView(view), state, open, err}
			}
		},
		lines: func(view int, id tools.TextID, numbers []uint64, copying bool) tea.Cmd {
			return func() tea.Msg {
				lines, err := from.Lines(ctx, id, numbers)
				return linesMsg{forView(view), numbers, lines, copying, err}
			}
		},
		search: func(s searchStep) tea.Cmd {
			return func() tea.Msg {
				hits, err := from.Search(ctx, s.text, s.filter, s.from, s.backwards, stepHits)
				return hitsMsg{forView(s.view), s, hits, err}
			}
		},
		lineAt: func(view int, id tools.TextID, at time.Time) tea.Cmd {
			return func() tea.Msg {
				line, err := from.LineAt(ctx, id, at)
				return placeMsg{forView(view), line, at, err}
			}
		},
		copy: copy,
	}
}

// searchStep is a piece of a search.
type searchStep struct {
	view      int
	which     int // forFilter or forSearch
	id        int // of the search
	text      tools.TextID
	filter    text.Filter
	from      uint64
	backwards bool
}

// Answer is the message that answers a question. It is for the pager that asked, as it was shown then: Take of any other throws it
// away.
type Answer interface{ asked() (view int) }

// forView is the part of an answer that says whose it is.
type forView int

func (v forView) asked() int { return int(v) }

type (
	textMsg struct {
		forView
		state text.State
		open  []text.Line // that have no end yet
		err   error
	}
	linesMsg struct {
		forView
		numbers []uint64 // that were asked for
		lines   []text.Line
		copying bool // they are for the clipboard
		err     error
	}
	hitsMsg struct {
		forView
		step searchStep
		hits text.Hits
		err  error
	}
	placeMsg struct {
		forView
		line uint64 // the first that came at the time or after it
		at   time.Time
		err  error
	}
)

// Take takes the answer to a question, if it is this pager's. It returns what there is to say.
func (p *Pager) Take(msg Answer) (cmd tea.Cmd, notice string, err error) {
	if msg.asked() != p.view {
		return nil, "", nil
	}
	switch msg := msg.(type) {
	case textMsg:
		if msg.err != nil {
			return nil, "", msg.err
		}
		p.open = msg.open
		if p.state = msg.state; !p.state.Ended {
			cmd = p.ask.text(p.view, p.text, p.state)
		}
		return cmd, "", nil
	case linesMsg:
		if msg.copying && msg.err == nil {
			return p.ask.copy(p.copied(msg.lines)), "", nil
		}
		return nil, "", p.takeLines(msg)
	case hitsMsg:
		return nil, "", p.takeHits(msg)
	case placeMsg:
		if msg.err != nil {
			return nil, "", msg.err
		}
		return nil, p.takePlace(msg), nil
	}
	return nil, "", nil
}
