package pager

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
)

// Key takes a key that has to do with reading, and says whether it was one. It returns what there is to say.
func (p *Pager) Key(k tea.KeyMsg) (notice string, taken bool) {
	switch {
	case key.Matches(k, keys.Back):
		return "", p.clearOne()
	case key.Matches(k, keys.Search):
		p.openPrompt(searching)
	case key.Matches(k, keys.Include):
		p.openPrompt(including)
	case key.Matches(k, keys.Exclude):
		p.openPrompt(excluding)
	case key.Matches(k, keys.Highlight):
		p.openPrompt(highlighting)
	case key.Matches(k, keys.Moment):
		p.openPrompt(asMoment)
	case key.Matches(k, keys.NextMatch, keys.PreviousMatch) && !p.searched():
		return "nothing is searched for yet: / searches", true
	case key.Matches(k, keys.NextMatch):
		p.next(false)
	case key.Matches(k, keys.PreviousMatch):
		p.next(true)
	case key.Matches(k, keys.Wrapping):
		p.wrapped, p.left = !p.wrapped, 0
	case key.Matches(k, keys.Stamps):
		p.stamp = (p.stamp + 1) % line.StampCount
	case key.Matches(k, keys.Bookmark):
		p.toggleMark()
	case key.Matches(k, keys.NextMark):
		if !p.nextMark() {
			return "there is no bookmark yet: m sets one", true
		}
	case key.Matches(k, keys.Selecting):
		p.startSelecting()
	default:
		return "", p.move(k)
	}
	return "", true
}

// Hint is what one can do while something is typed, chosen, searched or left out; "" at other times.
func (p *Pager) Hint() string {
	switch {
	case p.prompt.on && p.prompt.kind == asMoment:
		return "enter go there   esc back   F1 help"
	case p.prompt.on:
		return "a regular expression, A-Z tells cases apart   enter keep   esc clear   F1 help"
	case p.chosen.on:
		return "↑↓ pgup pgdn choose more   enter copy   esc leave   ? help"
	case p.searched():
		return "n next  N before  / change  & only  ! without  f follow  esc clear  ? help"
	case p.filtered(), p.patterns[highlighting].re != nil:
		return "& only  ! without  H highlight  / search  f follow  s save  esc clear  ? help"
	default:
		return ""
	}
}
