package packets

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/style"
)

// Lines draws the open packet, else the visible packets below their titles.
func (t *Table) Lines(s style.Styles, height int) []string {
	if t.opened.on {
		return t.opened.lines(s, t.how, t.pods, height)
	}

	c := t.columns()
	b, name, after := c.row("No", t.timeTitle(), "POD", "IF", "SOURCE", "DESTINATION", "PROTO", "BYTES", "INFO")
	out := []string{s.Dim.Render(cells.Fit(" "+b+name+after, t.width))}
	if t.len() == 0 {
		return append(out, s.Dim.Render(cells.Fit(" "+t.emptyText(), t.width)))
	}
	var last time.Time
	if first := t.index(t.top); first > 0 {
		last = t.rows[t.at(first-1)].Time
	}
	for _, n := range t.visible() {
		p, ok := t.rows[n]
		if !ok {
			line := cells.FitRight(strconv.FormatInt(n, 10), c.number) + " " + t.absentText(n)
			out = append(out, s.Dim.Render(cells.Fit(" "+line, t.width)))
			continue
		}
		out = append(out, t.drawn(s, c, p, last))
		last = p.Time
	}
	return out
}

func (t *Table) drawn(s style.Styles, c packetColumns, p capture.Packet, last time.Time) string {
	between := ends(&p)
	before, name, after := c.row(
		strconv.FormatInt(p.Number, 10), t.timeOf(p, last), podOf(t.pods, p.From), deviceText(p.Interface),
		endText(between[0], t.how, p.Time, c.ports()), endText(between[1], t.how, p.Time, c.ports()),
		cells.Clean(p.Protocol), strconv.Itoa(p.Length), cells.Clean(p.Info))
	switch {
	case p.Number == t.cursor:
		return s.Selected.Render(cells.Fit("▸"+before+name+after, t.width))
	case p.Reset, p.Retransmit:
		return " " + before + s.Of(protocolInk(p.Protocol)).Render(name) + s.Bad.Render(after)
	default:
		return " " + before + s.Of(protocolInk(p.Protocol)).Render(name) + after
	}
}

// timeOf is the time of a packet as its row shows it; last is the time of the row above.
func (t *Table) timeOf(p capture.Packet, last time.Time) string {
	return packetTime(t.stamp, p.Time, t.how.Began, last, t.width >= style.WideWidth)
}

// absentText says why a row has no packet.
func (t *Table) absentText(n int64) string {
	switch {
	case !t.absent[n]:
		return "…"
	case t.state.Read < t.state.Bytes && !t.state.Ended:
		return "… not read yet"
	default:
		return "… not there"
	}
}

// endText is where a packet comes from or goes to, with names if the person wants them.
func endText(e end, how line.Reading, at time.Time, ports bool) string {
	if !e.addr.IsValid() {
		return cells.Clean(e.text)
	}
	text := addressText(e.addr, how, at)
	if !ports || e.port == 0 {
		return text
	}
	if text == e.addr.String() {
		return netip.AddrPortFrom(e.addr, e.port).String()
	}
	return text + ":" + strconv.Itoa(int(e.port))
}

func addressText(a netip.Addr, how line.Reading, at time.Time) string {
	return how.Named(cells.Clean(a.String()), at)
}

// packetTime writes the time of a packet as precisely as there is room.
func packetTime(by line.Stamp, at, began, before time.Time, wide bool) string {
	if by == line.SinceStart && line.Foreign(at, began) {
		by = line.Arrival
	}
	switch {
	case by == line.Arrival && wide:
		return at.Format("15:04:05.000000")
	case by == line.Arrival:
		return at.Format("15:04:05.000")
	}
	from := began
	if by == line.SinceBefore {
		from = before
	}
	since := at.Sub(from)
	if by == line.SinceStart {
		since = max(0, since)
	}
	switch {
	case from.IsZero():
		return ""
	case wide && since.Abs() < time.Hour:
		return fmt.Sprintf("%+.6f", since.Seconds())
	default:
		return line.Span(since)
	}
}

func (t *Table) timeTitle() string {
	return [...]string{line.Arrival: "TIME", line.SinceStart: "START", line.SinceBefore: "DELTA"}[t.stamp]
}

// protocolInk is the ink of a protocol's name.
func protocolInk(protocol string) style.Ink {
	switch protocol {
	case "TCP":
		return style.DimInk
	case "UDP", "NTP":
		return style.BlueInk
	case "DNS", "MDNS", "LLMNR":
		return style.GoodInk
	case "HTTP", "TLS":
		return style.AccentInk
	case "ICMP", "ICMPv6":
		return style.MagentaInk
	default:
		return style.WarnInk
	}
}

func (t *Table) emptyText() string {
	switch {
	case !t.came:
		return "looking …"
	case t.filter.on() && !t.searchedAll():
		return "looking …"
	case t.filter.on():
		return "no packet matches: esc clears the filter"
	case t.state.Ended:
		return "no packets"
	default:
		return "no packets yet …"
	}
}

// Progress says what the filter has found, how much of the capture has been read, and how many packets aged out.
func (t *Table) Progress() string {
	var parts []string
	if t.filter.err != nil {
		parts = append(parts, "no filter: all packets are shown")
	}
	if t.filter.on() {
		text := "filter: " + figures.Count(int64(len(t.found.numbers))) + " of " + figures.Plural(max(0, t.state.Last-t.state.First+1), "packet")
		if t.found.dropped {
			text += ", the oldest left out"
		}
		if !t.searchedAll() {
			text += ", looking …"
		}
		parts = append(parts, text)
	}
	if read := readSoFar(t.state); read != "" {
		parts = append(parts, read)
	}
	if gone := t.state.First - 1 + t.state.Unnumbered; gone > 0 && len(parts) == 0 {
		parts = append(parts, figures.Count(gone)+" aged out")
	}
	return strings.Join(parts, " · ")
}

// Position says which packet the cursor is on.
func (t *Table) Position() string {
	n := t.len()
	switch {
	case t.opened.on:
		return t.opened.position()
	case n == 0:
		return "no packet"
	case t.follow && t.state.Ended:
		return "end"
	case t.follow:
		return "following"
	}
	text := "packet " + figures.Count(t.cursor) + " of " + figures.Count(t.state.Last)
	below := int64(n - t.index(t.top) - t.height)
	fresh := int64(n - t.index(t.paused+1))
	switch {
	case below > 0 && fresh > 0:
		text += " · " + figures.Plural(min(fresh, below), "new packet") + " below"
	case below > 0:
		text += " · " + figures.Count(below) + " below"
	}
	return text + " · f follow"
}

// Bar is the line below the packets: the filter, while it is being typed.
func (t *Table) Bar(s style.Styles) []string {
	if !t.typing {
		return nil
	}
	label := " / packets with "
	if t.filter.talk != nil {
		label = " / packets of this conversation with "
	}
	paint := s.Accent
	if t.filter.err != nil {
		paint = s.Bad
	}
	t.input.Width = max(8, t.width-runewidth.StringWidth(label)-2)
	bar := cells.FitStyled(paint.Render(label)+t.input.View(), t.width)
	if t.filter.err == nil {
		return []string{bar}
	}
	return append(style.All(s.Bad, cells.Wrap(" "+cells.Clean(t.filter.err.Error()), t.width)), bar)
}

// readSoFar says how much of a capture has been read for the table, unless all of it has.
func readSoFar(state capture.State) string {
	const unsaid = 1 << 20 // bytes: so little is read before anybody notices
	behind := state.Bytes - state.Read
	switch {
	case state.Ended && behind > 0:
		return "read " + bytesOf(state.Read, state.Bytes) + ": no packets after that"
	case !state.Ended && behind > unsaid:
		return "read " + bytesOf(state.Read, state.Bytes)
	default:
		return ""
	}
}

// bytesOf writes a part of a number of bytes: 340 of 812 MB.
func bytesOf(part, whole int64) string {
	const unit = 1_000_000
	if whole < 10*unit {
		return figures.Bytes(part) + " of " + figures.Bytes(whole)
	}
	return figures.Count(part/unit) + " of " + figures.Count(whole/unit) + " MB"
}
