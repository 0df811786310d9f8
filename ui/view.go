package ui

import (
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/style"
)

// draw draws the whole screen: a line that says where the person is, the screen with what is above it, a line with the keys.
func (m *model) draw() string {
	switch {
	case m.width <= 0 || m.height <= 0:
		return ""
	case m.width < style.MinWidth || m.height < style.MinHeight:
		return tooSmall(m.width, m.height)
	}
	pods, here := m.pods.Count()
	top := margin.Top(m.styles, m.deps.Cluster, m.deps.Node, m.snapshot, pods, here, m.link.Text(), m.width)
	layer := m.top()
	body := m.body(m.height - 2)
	if layer.over != nil {
		body = place(body, layer.over(m), m.width)
	}
	lines := append([]string{top}, body[:m.height-2]...)
	return strings.Join(append(lines, m.styles.Dim.Render(cells.Fit(" "+margin.Bar(m.offers()), m.width))), "\n")
}

const questionWidth = 72

func tooSmall(width, height int) string {
	text := cells.Wrap("too small: podtracer needs "+figures.Count(style.MinWidth)+"x"+figures.Count(style.MinHeight)+", this is "+figures.Count(width)+"x"+figures.Count(height), width)
	return strings.Join(text[:min(len(text), height)], "\n")
}

// body draws the screen between the first line and the last.
func (m *model) body(height int) []string {
	notice := m.noticeLines()
	room := max(0, height-len(notice))
	lines := m.filling().fill(m, room)
	lines = append(lines[:min(len(lines), room)], notice...)
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines
}

// place puts a box into the middle of the screen; it covers whole rows.
func place(body, over []string, width int) []string {
	over = over[:min(len(over), len(body))]
	top := (len(body) - len(over)) / 2
	for i, line := range over {
		body[top+i] = cells.FitStyled(strings.Repeat(" ", max(0, (width-cells.StyledWidth(line))/2))+line, width)
	}
	return body
}

// Heights of what scrolls, for keys; drawing uses the room that is really left.
func (m *model) paneHeight() int { return max(1, m.height-7) }

func (m *model) listHeight() int { return max(1, m.height-5) }

// bodyHeight is how many rows of a run's output are seen.
func (m *model) bodyHeight() int {
	run, _ := m.runs.Find(m.output.id)
	header := m.header(run)
	trouble := runs.Trouble(m.styles, run, m.width)
	bar := m.output.pager.Bar(m.styles, m.width)
	return max(1, m.height-2-len(m.noticeLines())-len(header)-len(trouble)-1-len(bar))
}

// offers are what the last line names of what the topmost layer offers.
func (m *model) offers() []keys.Offer { return margin.Fit(m.top().hint(m), m.width) }
