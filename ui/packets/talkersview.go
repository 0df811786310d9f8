package packets

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/packet"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/style"
)

// talkColumns are the widths of the columns; a column of width 0 is not shown.
type talkColumns struct{ pod, end, via, shake, last, state int }

// The widths of those that are always shown, from the protocol on.
const talkFixed = 6 + 6 + 6 + 8 + 4 + 5

func talkColumnsFor(width int, via bool, pods []string) talkColumns {
	c := talkColumns{pod: podWidth(pods, width), shake: 7}
	if c.pod > 0 && width < 100 { // who talks to whom matters more
		c.shake = 0
	}
	if via {
		c.via = 7
	}
	if width >= 100 {
		c.last = 8
	}
	if width >= treeBesideWidth {
		c.state = 12
	}
	used := 1 + talkFixed + 7
	for _, w := range []int{c.pod, c.via, c.shake, c.last, c.state} {
		if w > 0 {
			used += w + 1
		}
	}
	c.end = min(48, (width-used)/2)
	return c
}

func (c talkColumns) row(pod, a, b, protocol, via, there, back, bytes, resets, again, shake, last, state string) (before, resetCell, againCell, after string) {
	if c.pod > 0 {
		before = cells.FitMiddle(pod, c.pod) + " "
	}
	before += cells.FitMiddle(a, c.end) + " " + cells.FitMiddle(b, c.end) + " " + cells.Fit(protocol, 6) + " "
	if c.via > 0 {
		before += cells.Fit(via, c.via) + " "
	}
	before += cells.FitRight(there, 6) + " " + cells.FitRight(back, 6) + " " + cells.FitRight(bytes, 8)
	if c.shake > 0 {
		after = " " + cells.FitRight(shake, c.shake)
	}
	if c.last > 0 {
		after += " " + cells.FitRight(last, c.last)
	}
	if c.state > 0 {
		after += " " + cells.Fit(state, c.state)
	}
	return before, " " + cells.FitRight(resets, 4), " " + cells.FitRight(again, 5), after
}

// Lines draws the visible conversations, below their titles.
func (t *Talkers) Lines(s style.Styles) []string {
	width := t.width
	c := talkColumnsFor(width, slices.ContainsFunc(t.now.List, func(v packet.Conversation) bool { return viaText(&v) != "" }), t.pods)
	title := func(text string, of talkOrder) string {
		switch {
		case t.by != of:
			return text
		case t.turned:
			return text + "▲"
		default:
			return text + "▼"
		}
	}
	before, resets, again, after := c.row("POD", "A", "B", "PROTO", "VIA", title("PKT→", byPackets), "←PKT", title("BYTES", byBytes), title("RST", byResets),
		title("RETR", byRetransmits), title("SHAKE", byHandshake), title("LAST", byLast), "STATE")
	out := []string{s.Dim.Render(cells.Fit(" "+before+resets+again+after, width))}
	if len(t.order) == 0 {
		out = append(out, s.Dim.Render(cells.Fit(" "+t.emptyText(), width)))
	}
	first, end := t.at.Visible(len(t.order), t.rows())
	for row := first; row < end; row++ {
		v := &t.now.List[t.order[row]]
		out = append(out, c.drawn(s, t.how, v, podOf(t.pods, v.From), row == t.at.Cursor))
	}
	for _, text := range t.others() {
		out = append(out, s.Dim.Render(cells.Fit(" "+text, width)))
	}
	return out
}

func (c talkColumns) drawn(s style.Styles, how line.Reading, v *packet.Conversation, pod string, chosen bool) string {
	name := func(e end) string { return portFit(endText(e, how, v.Last, true), c.end) }
	before, resets, againCell, after := c.row(
		pod, name(end{addr: v.A.Addr(), port: v.A.Port()}), name(end{addr: v.B.Addr(), port: v.B.Port()}), cells.Clean(v.Protocol), viaText(v),
		smallCount(v.FromA.Packets), smallCount(v.FromB.Packets), figures.Bytes(v.FromA.Bytes+v.FromB.Bytes),
		unlessZero(v.Resets), unlessZero(again(v)), handshakeText(v.Handshake), lastText(v.Last), v.State)
	if chosen {
		return s.Selected.Render("▸" + before + resets + againCell + after)
	}
	if v.Resets > 0 {
		resets = s.Bad.Render(resets)
	}
	if again(v) > 0 {
		againCell = s.Bad.Render(againCell)
	}
	return " " + before + resets + againCell + after
}

// viaText is what a conversation goes through: a tunnel, an interface where there may be several, or both.
func viaText(v *packet.Conversation) string {
	switch device := strconv.FormatUint(uint64(v.Interface), 10); {
	case v.Interface == 0:
		return v.Tunnel
	case v.Tunnel == "":
		return "if " + device
	default:
		return v.Tunnel + " " + device
	}
}

// portFit shortens a name so that its port stays visible.
func portFit(text string, width int) string {
	if runewidth.StringWidth(text) <= width {
		return text
	}
	for i := len(text) - 1; i > 0 && len(text)-i <= 6; i-- {
		if text[i] == ':' {
			return cells.FitMiddle(text[:i], max(5, width-len(text)+i)) + text[i:]
		}
	}
	return text
}

func lastText(at time.Time) string { return at.Format("15:04:05") }

func unlessZero(n int64) string {
	if n == 0 {
		return "·"
	}
	return smallCount(n)
}

// smallCount writes a number in at most six cells: 99,999, 120k, 1.2M.
func smallCount(n int64) string {
	switch {
	case n < 100_000:
		return figures.Count(n)
	case n < 1_000_000:
		return fmt.Sprintf("%dk", n/1000)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.1fG", float64(n)/1e9)
	}
}
