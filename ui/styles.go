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

// problem draws an error and its hints.
func (s styles) problem(err error, width int) []string {
	var out []string
	for line := range strings.Lines(err.Error()) {
		out = append(out, styleAll(s.bad, wrap(clean(strings.TrimRight(line, "\n")), width))...)
	}
	for line := range strings.Lines(hint.Of(err)) {
		out = append(out, wrap("  hint: "+clean(strings.TrimRight(line, "\n")), width)...)
	}
	return out
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
