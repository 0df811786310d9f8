package ui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/ui/cells"
)

// styles are the console's few colours (look.go). State is said by words and shapes first; without colours nothing is lost.
type styles struct {
	accent, strong, dim, bad, warn, good, selected lipgloss.Style
	blue, magenta                                  lipgloss.Style // of some protocols
}

// mostRows is how many rows an error, or another text that podtracer did not write alone, gets at the most: what it is about
// must stay on the screen.
const mostRows = 12

// problem draws an error and its hints.
func (s styles) problem(err error, width int) []string { return s.problemIn(err, width, mostRows) }

// problemIn draws an error and its hints in so many rows.
func (s styles) problemIn(err error, width, rows int) []string {
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
	return append(styleAll(s.bad, texts), hints...)
}

func styleAll(style lipgloss.Style, lines []string) []string {
	for i, line := range lines {
		lines[i] = style.Render(line)
	}
	return lines
}
