package pager

import (
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/style"
)

// prompt is the line below the output into which a pattern or a time is typed.
type prompt struct {
	on    bool
	kind  int // the purpose of the pattern, or asMoment
	input textinput.Model
	err   error
	known bool // the typed text is a time

	cursor uint64 // the line with the cursor when the prompt was opened
	top    spot
	follow bool
}

// Typing says whether the prompt is open.
func (p *Pager) Typing() bool { return p.prompt.on }

// openPrompt opens the prompt with the text that was typed last time.
func (p *Pager) openPrompt(kind int) {
	p.prompt = prompt{on: true, kind: kind, input: style.NewInput(), cursor: p.cursor, top: p.top, follow: p.follow}
	if kind < patternCount {
		p.prompt.input.SetValue(p.patterns[kind].text)
		p.prompt.input.CursorEnd()
	}
	p.prompt.input.Focus()
}

// KeyTyped handles a key while the prompt is open. The typed pattern applies at once.
func (p *Pager) KeyTyped(k tea.KeyMsg, now time.Time) tea.Cmd {
	q := &p.prompt
	switch {
	case key.Matches(k, keys.Enter) && q.kind == asMoment:
		return p.askMoment(now)
	case key.Matches(k, keys.Enter):
		q.on = q.err != nil
		return nil
	case key.Matches(k, keys.Back):
		q.on = false
		if q.kind == searching {
			p.cursor, p.top, p.follow = q.cursor, q.top, q.follow
		}
		if q.kind < patternCount {
			_ = p.set(q.kind, "") // an empty pattern is always valid
		}
		return nil
	}
	var cmd tea.Cmd
	before := q.input.Value()
	q.input, cmd = q.input.Update(k)
	if text := q.input.Value(); text != before {
		q.err = nil
		if q.kind < patternCount {
			q.err = p.set(q.kind, text)
		} else {
			_, err := p.moment(now)
			q.known = err == nil
		}
	}
	return cmd
}

// set applies a pattern. A text that is not a regular expression changes nothing.
func (p *Pager) set(kind int, text string) error {
	re, err := compile(text)
	if err != nil {
		return err
	}
	p.patterns[kind] = pattern{text, re}
	switch kind {
	case including, excluding:
		p.findAnew()
	case searching:
		p.cursor, p.top, p.follow = p.prompt.cursor, p.prompt.top, p.prompt.follow
		p.found.start(p.wanted(true), p.cursor)
		p.seek = seek{on: re != nil, first: true, from: p.cursor, backwards: p.follow}
	}
	return nil
}

// clearOne clears one pattern: the search first, then the filters, then the highlight. It says whether there was one.
func (p *Pager) clearOne() bool {
	for _, kind := range []int{searching, including, excluding, highlighting} {
		if p.patterns[kind].re != nil {
			follow := p.follow
			p.prompt.cursor, p.prompt.top, p.prompt.follow = p.cursor, p.top, follow
			_ = p.set(kind, "")
			return true
		}
	}
	return false
}

// askMoment goes to the typed time.
func (p *Pager) askMoment(now time.Time) tea.Cmd {
	moment, err := p.moment(now)
	if err != nil {
		p.prompt.err = err
		return nil
	}
	p.prompt.on = false
	return p.ask.lineAt(p.view, p.text, moment)
}

// moment is the typed time.
func (p *Pager) moment(now time.Time) (time.Time, error) {
	at := p.lines[p.cursor].time
	if at.IsZero() {
		at = now
	}
	return line.ParseMoment(p.prompt.input.Value(), at.In(now.Location()), now)
}

// takePlace goes to the line that belongs to a time.
func (p *Pager) takePlace(msg placeMsg) (notice string) {
	if p.end == 0 {
		return "there are no lines yet"
	}
	p.setFollow(false)
	p.reveal(p.away(msg.line, 0))
	if msg.line > p.end {
		return "no line came at " + msg.at.Format("15:04:05") + " or later: this is the last line"
	}
	return ""
}
