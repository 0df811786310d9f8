package runs

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// figure is one of a capture's counters, as the screen shows it.
type figure struct {
	text, short string
	worth       int // where space is short, the figure of least worth is dropped first
	style       lipgloss.Style
}

// counterLines draws a capture's counters and its verdict: in one line if both fit, else the verdict gets lines of its own. A
// verdict is never cut.
func counterLines(s style.Styles, r tools.State, width int) []string {
	verdict := verdictShown(r)
	paint := forVerdict(s, r.Verdict())
	if unreached(r) {
		paint = s.Warn
	}
	figures := figuresOf(s, r)
	const gap = 2
	needed := runewidth.StringWidth(verdict) + 1
	room := width - needed - gap
	if verdict == "" || room >= figuresWidth(worthMost(figures)) {
		return []string{cells.BesideStyled(drawFigures(figures, room), paint.Render(verdict)+" ", width)}
	}
	return append([]string{cells.FitStyled(drawFigures(figures, width), width)}, style.All(paint, cells.Wrap(" "+verdict, width))...)
}

// verdictShown is the verdict of a run. It is a single word while nothing is missing, and after the run has ended, when the
// lines below give the verdict in full. What left a ring is one of the figures.
func verdictShown(r tools.State) string {
	if unreached(r) {
		return "complete until " + r.Away.Since.Format("15:04:05")
	}
	if r.Phase == tools.Ended || len(r.Losses) == 0 {
		return r.Verdict().Word()
	}
	return cells.Clean(r.Verdict().String())
}

func figuresOf(s style.Styles, r tools.State) []figure {
	c := r.Counters
	var out []figure
	add := func(worth int, style lipgloss.Style, short, text string) {
		out = append(out, figure{text, short, worth, style})
	}
	plain, dim := lipgloss.NewStyle(), s.Dim
	if r.Phase != tools.Ended {
		newest := r.Rates[tools.RateSeconds-1]
		add(3, s.Accent, sparkline(r.Rates), sparkline(r.Rates))
		add(5, plain, rateText(newest.Packets), rateText(newest.Packets))
		add(4, plain, bitsText(newest.Bytes*8), bitsText(newest.Bytes*8))
	}
	if c.Known {
		received := c.Received
		if r.Phase != tools.Ended { // tcpdump counted a moment ago; packets that have arrived since were received, too
			received = max(received, uint64(max(0, r.Packets))+c.KernelDropped)
		}
		late := ""
		if n := afterItsEnd(r); n > 0 {
			late = ", " + figures.Count(n) + " after its end"
		}
		add(1, dim, "received "+figures.Count(received), "received by filter "+figures.Count(received)+late)
		switch {
		case c.Dropped() == 0:
			add(9, plain, "0 dropped", "0 dropped")
		default:
			if c.KernelDropped > 0 {
				add(9, s.Bad, figures.Count(c.KernelDropped)+" dropped", figures.Count(c.KernelDropped)+" dropped by the kernel")
			}
			if c.InterfaceDropped > 0 {
				add(8, s.Bad, figures.Count(c.InterfaceDropped)+" by the interface", figures.Count(c.InterfaceDropped)+" dropped by the interface")
			}
		}
	}
	if c.NotShown > 0 {
		add(2, dim, figures.Count(c.NotShown)+" not shown", figures.Count(c.NotShown)+" not shown")
	}
	if c.AgedOut > 0 {
		add(6, plain, figures.Count(c.AgedOut)+" aged out", figures.Count(c.AgedOut)+" aged out")
	}
	return out
}

// afterItsEnd is how many packets tcpdump counted that came when the capture had been stopped, or had enough. In a capture that is complete,
// these are all of those that are not there, unless it was told to throw some away (-Q).
func afterItsEnd(r tools.State) int64 {
	if r.Phase != tools.Ended || r.Verdict().Kind != report.Complete || r.Counters.Dropped() > 0 || len(r.Argv) == 0 {
		return 0
	}
	if plan, err := command.Understand(r.Argv, command.Wish{}); err != nil || plan.Sifts {
		return 0
	}
	return int64(r.Counters.Received) - r.Packets
}

// drawFigures draws the figures that fit: first it takes their short forms, then it drops those of least worth.
func drawFigures(figures []figure, room int) string {
	if figuresWidth(figures) > room {
		figures = append([]figure(nil), figures...)
		for i := range figures {
			figures[i].text = figures[i].short
		}
	}
	for len(figures) > 0 && figuresWidth(figures) > room {
		least := 0
		for i, f := range figures {
			if f.worth < figures[least].worth {
				least = i
			}
		}
		figures = append(append([]figure(nil), figures[:least]...), figures[least+1:]...)
	}
	var b strings.Builder
	for i, f := range figures {
		b.WriteString(strings.Repeat(" ", min(i, 1)+1) + f.style.Render(f.text))
	}
	return b.String()
}

// worthMost are the figures that stay beside a verdict, in their short forms: the rate, and what was dropped.
func worthMost(figures []figure) []figure {
	var out []figure
	for _, f := range figures {
		if f.worth >= 5 {
			f.text = f.short
			out = append(out, f)
		}
	}
	return out
}

func figuresWidth(figures []figure) int {
	width := 0
	for i, f := range figures {
		width += runewidth.StringWidth(f.text) + min(i, 1) + 1
	}
	return width
}

// sparkline draws the packets of the last seconds, scaled to the busiest second. A second without packets is blank.
func sparkline(rates [tools.RateSeconds]tools.Rate) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	most := int64(1)
	for _, r := range rates {
		most = max(most, r.Packets)
	}
	out := make([]rune, len(rates))
	for i, r := range rates {
		out[i] = ' '
		if r.Packets > 0 {
			out[i] = bars[int(r.Packets*int64(len(bars))-1)/int(most)]
		}
	}
	return string(out)
}

// rateText and bitsText pad their texts to a fixed width where they can, so that nothing beside them moves.
func rateText(packets int64) string { return fitLeast(figures.Count(packets)+"/s", 7) }

func bitsText(bits int64) string {
	const unit = 1000
	value, prefix := float64(bits), 0
	for value >= unit && prefix < 4 {
		value, prefix = value/unit, prefix+1
	}
	if prefix == 0 {
		return fitLeast(fmt.Sprintf("%d bit/s", bits), 12)
	}
	return fitLeast(fmt.Sprintf("%.1f %cbit/s", value, " kMGT"[prefix]), 12)
}

// fitLeast pads text on the left to at least that many cells.
func fitLeast(s string, width int) string {
	return strings.Repeat(" ", max(0, width-runewidth.StringWidth(s))) + s
}
