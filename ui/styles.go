package ui

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
)

// styles are the console's few colours (look.go). State is said by words and shapes first; without colours nothing is lost.
type styles struct {
	accent, strong, dim, bad, warn, good, selected lipgloss.Style
	blue, magenta                                  lipgloss.Style // of some protocols
}

// forRun is the colour of how a run stands.
func (s styles) forRun(r tools.State) lipgloss.Style {
	switch {
	case r.Phase != tools.Ended:
		return s.good
	case r.Status() == 0:
		return s.dim
	default:
		return s.bad
	}
}

// forVerdict is the colour of what a capture is worth.
func (s styles) forVerdict(verdict string) lipgloss.Style {
	if incomplete(verdict) {
		return s.bad
	}
	return s.good
}

// forNotice is the colour of what just happened.
func (s styles) forNotice(text string) lipgloss.Style {
	switch {
	case strings.HasPrefix(text, savedBegins) && !strings.Contains(text, "INCOMPLETE"):
		return s.good
	case strings.HasPrefix(text, welcomeText):
		return s.accent
	default:
		return s.warn
	}
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
		texts = append(texts, wrap(clean(strings.TrimRight(line, "\n")), width)...)
	}
	for line := range strings.Lines(hint.Of(err)) {
		hints = append(hints, wrap("  hint: "+clean(strings.TrimRight(line, "\n")), width)...)
	}
	if len(texts)+len(hints) > rows {
		hints = brief(hints, max(rows/3, rows-len(texts)))
		texts = brief(texts, rows-len(hints))
	}
	return append(styleAll(s.bad, texts), hints...)
}

func styleAll(style lipgloss.Style, lines []string) []string {
	for i, line := range lines {
		lines[i] = style.Render(line)
	}
	return lines
}

// fitStyled fits a line that has styles of ours in it.
func fitStyled(s string, width int) string {
	return ansi.Truncate(s, width, "") + strings.Repeat(" ", max(0, width-ansi.StringWidth(s)))
}

// besideStyled is beside for texts that have styles of ours in them.
func besideStyled(left, right string, width int) string {
	gap := width - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 1 {
		return fitStyled(ansi.Truncate(left, max(0, width-ansi.StringWidth(right)-2), "…")+" "+right, width)
	}
	return left + strings.Repeat(" ", gap) + right
}

// visibleWidth is the number of cells of a line that has styles of ours in it.
func visibleWidth(s string) int { return ansi.StringWidth(s) }
