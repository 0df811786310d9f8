package pager

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/keys"
)

// selection is the lines from where the selection began to the cursor.
type selection struct {
	on   bool
	from uint64
}

const mostSelected = 10_000 // lines; a terminal takes fewer, unless they are nearly empty

// has says whether a line is selected while the cursor is on a line.
func (s selection) has(line, cursor uint64) bool {
	return s.on && min(s.from, cursor) <= line && line <= max(s.from, cursor)
}

// Selecting says whether lines are being selected.
func (p *Pager) Selecting() bool { return p.chosen.on }

func (p *Pager) startSelecting() {
	p.setFollow(false)
	p.chosen = selection{on: p.cursor > 0, from: p.cursor}
}

// KeySelecting handles a key while lines are selected, and says whether it was one.
func (p *Pager) KeySelecting(k tea.KeyMsg) (cmd tea.Cmd, err error, ok bool) {
	switch {
	case key.Matches(k, keys.Back, keys.Selecting):
		p.chosen.on = false
	case key.Matches(k, keys.Enter):
		p.chosen.on = false
		from, to := min(p.chosen.from, p.cursor), max(p.chosen.from, p.cursor)
		lines := p.between(from, to, mostSelected+1)
		if len(lines) > mostSelected {
			return nil, hint.Add(fmt.Errorf("too many lines to copy: more than %s", figures.Count(mostSelected)), "save the output with s instead"), true
		}
		return p.ask.lines(p.view, p.text, lines, true), nil, true
	case key.Matches(k, keys.Follow, keys.Pause, keys.Bottom):
		_, p.cursor = p.bounds()
	case key.Matches(k, keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Left, keys.Right):
		p.move(k)
	default:
		return nil, nil, false
	}
	return nil, nil, true
}

// copied is the text for the clipboard: the selected lines as they are shown, with the parts that are scrolled out of view.
func (p *Pager) copied(lines []text.Line) string {
	var b strings.Builder
	before := outputLine{}
	for _, line := range lines {
		l := lineOf(line)
		if !before.long || before.run != l.run { // otherwise this line continues the one before
			b.WriteString(p.stamp.Of(l.time, p.how.Began, before.time) + p.prefix(l))
		}
		b.WriteString(p.shown(l))
		if !l.long {
			b.WriteString("\n")
		}
		before = l
	}
	return b.String()
}

// selectionText says how many lines are selected.
func (p *Pager) selectionText() string {
	n := max(p.cursor, p.chosen.from) - min(p.cursor, p.chosen.from) + 1
	if p.filtered() {
		n = uint64(len(p.between(min(p.cursor, p.chosen.from), max(p.cursor, p.chosen.from), mostSelected+1)))
	}
	return figures.Plural(n, "line") + " chosen"
}
