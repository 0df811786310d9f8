package style

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Ink is what a piece of a line is drawn with. An ink says nothing that the words do not say.
type Ink byte

const (
	PlainInk Ink = iota
	DimInk
	BadInk
	WarnInk
	GoodInk
	AccentInk
	BlueInk
	MagentaInk
	HighlightInk
	MatchInk
)

// Of is the style of an ink with this look. Without colours hardly any ink differs from plain text.
func (s Styles) Of(i Ink) lipgloss.Style {
	switch i {
	case DimInk:
		return s.Dim
	case BadInk:
		return s.Bad
	case WarnInk:
		return s.Warn
	case GoodInk:
		return s.Good
	case AccentInk:
		return s.Accent
	case BlueInk:
		return s.blue
	case MagentaInk:
		return s.magenta
	case HighlightInk:
		return s.Warn.Bold(true).Underline(true)
	case MatchInk:
		return s.Selected
	default:
		return s.Dim.Faint(false)
	}
}

// Paint draws a text with the ink of each of its bytes.
func (s Styles) Paint(text string, with []Ink) string {
	var b strings.Builder
	for from := 0; from < len(text); {
		to := from + 1
		for to < len(text) && with[to] == with[from] {
			to++
		}
		if with[from] == PlainInk {
			b.WriteString(text[from:to])
		} else {
			b.WriteString(s.Of(with[from]).Render(text[from:to]))
		}
		from = to
	}
	return b.String()
}
