package style

import (
	"strings"

	"github.com/fennec-project/podtracer/ui/cells"
)

// The smallest screen on which everything has its place, and the smallest on which both panes of the home screen fit side by
// side.
const (
	MinWidth, MinHeight = 60, 16
	WideWidth           = 110
	NamespacesWidth     = 28
)

// Box draws a frame of the given outer size around lines, with a title in its upper edge. Without focus the frame is blank but
// takes the same room, so nothing moves when the focus does. If there is no room for a frame, there is none.
func (s Styles) Box(title string, lines []string, width, height int, focus bool) []string {
	if height < 2 {
		return make([]string, max(0, height))
	}
	inner := width - 2
	edge := func(left, right, title string) string {
		if !focus {
			return s.Dim.Render(cells.Fit("  "+title, width))
		}
		if title != "" {
			title = "─ " + cells.Fit(title, min(len([]rune(title)), inner-4)) + " "
		}
		return s.Accent.Render(left + title + strings.Repeat("─", max(0, inner-len([]rune(title)))) + right)
	}
	side := " "
	if focus {
		side = s.Accent.Render("│")
	}
	out := make([]string, 0, height)
	out = append(out, edge("┌", "┐", title))
	for i := range height - 2 {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		out = append(out, side+cells.FitStyled(line, inner)+side)
	}
	return append(out, edge("└", "┘", ""))
}

// Join puts two blocks of lines side by side.
func Join(left, right []string) []string {
	out := make([]string, len(left))
	for i := range left {
		out[i] = left[i] + right[i]
	}
	return out
}
