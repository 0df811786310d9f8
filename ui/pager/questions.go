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

// Texts are what a pager reads: the output of a run, or of all runs of a set.
type Texts interface {
	// Text waits until a text has more than what was seen.
	Text(ctx context.Context, id tools.TextID, seen text.State) (text.State, error)
	// Lines returns the lines with these numbers, without those that are not kept any more.
	Lines(ctx context.Context, id tools.TextID, numbers []uint64) ([]text.Line, error)
	// Search looks for the lines that pass a filter, from a line on, one step at a time.
	Search(ctx context.Context, id tools.TextID, f text.Filter, from uint64, backwards bool, most int) (text.Hits, error)
	// Unfinished returns the lines that have no end yet. They have no number.
	Unfinished(id tools.TextID) ([]text.Line, error)
	// LineAt returns the first line that came at a time or later.
	LineAt(ctx context.Context, id tools.TextID, at time.Time) (uint64, error)
}

// Questions ask the world on behalf of pagers. They do not wait for the answer, which comes as a message.
type Questions struct {
	text   func(view int, id tools.TextID, seen text.State) tea.Cmd
	lines  func(view int, id tools.TextID, numbers []uint64, copying bool) tea.Cmd
	search func(searchStep) tea.Cmd
	lineAt func(view int, id tools.TextID, at time.Time) tea.Cmd
	copy   func(text string) tea.Cmd
}

// NewQuestions makes questions that end with ctx. News of a text is reported at most once in a pace, so that many lines make one
// frame. copy puts text into the person's clipboard.
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

// searchStep asks for one step of a search.
type searchStep struct {
	view      int
	which     int // forFilter or forSearch
	id        int // the number of the search
	text      tools.TextID
	filter    text.Filter
	from      uint64
	backwards bool
}

// Answer is a message that answers a question. It belongs to the pager and the showing that asked; every other pager's Take
// throws it away.
type Answer interface{ asked() (view int) }

// forView is the part of an answer that says which showing it is for.
type forView int

func (v forView) asked() int { return int(v) }

type (
	textMsg struct {
		forView
		state text.State
		open  []text.Line // the lines that have no end yet
		err   error
	}
	linesMsg struct {
		forView
		numbers []uint64 // the lines that were asked for
		lines   []text.Line
		copying bool // the lines are for the clipboard
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
		line uint64 // the first line that came at the time or later
		at   time.Time
		err  error
	}
)

// Take takes an answer if it is for this pager. It returns a notice for the person, if any.
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
