// Package style is how the console looks: colours and attributes that fit the terminal, frames, errors with their hints, and the
// inks of a line. Its door is New, which makes Styles from a Look; nothing else in the console names a colour.
package style

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/ui/cells"
)

// Styles are the console's few colours (palette.go). Words and shapes say the state first; without colours nothing is lost.
type Styles struct {
	Accent, Strong, Dim, Bad, Warn, Good, Selected lipgloss.Style
	blue, magenta                                  lipgloss.Style // of some protocols
}

// MostRows is how many rows an error, or another text from elsewhere, gets at most: what it is about must stay on the screen.
const MostRows = 12

// Problem draws an error and its hints.
func (s Styles) Problem(err error, width int) []string { return s.ProblemIn(err, width, MostRows) }

// ProblemIn draws an error and its hints in at most that many rows.
func (s Styles) ProblemIn(err error, width, rows int) []string {
	var texts, hints []string
	for line := range strings.Lines(err.Error()) {
		texts = append(texts, cells.Wrap(cells.Clean(strings.TrimRight(line, "\n")), width)...)
	}
	for line := range strings.Lines(hint.Of(err)) {
		hints = append(hints, cells.Wrap("  hint: "+cells.Clean(strings.TrimRight(line, "\n")), width)...)
	}
	if len(texts)+len(hints) > rows {
		hints = cells.Brief(hints, max(rows/3, rows-len(texts)))
		texts = cells.Brief(texts, rows-len(hints))
	}
	return append(All(s.Bad, texts), hints...)
}

func All(style lipgloss.Style, lines []string) []string {
	for i, line := range lines {
		lines[i] = style.Render(line)
	}
	return lines
}
