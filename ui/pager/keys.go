package pager

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
)

// Key handles a key for reading, and says whether it was one. It returns a notice for the person, if any.
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
		return "there is no search yet: / searches", true
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
