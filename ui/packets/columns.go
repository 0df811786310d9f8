package packets

import (
	"strconv"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/style"
)

// packetColumns are the widths of the columns; a column of width 0 is not shown. The info gets the rest.
type packetColumns struct{ number, time, pod, device, end, protocol, length, info int }

func (t *Table) columns() packetColumns {
	c := packetColumns{number: max(3, len(strconv.FormatInt(t.state.Last, 10))), protocol: 6, time: 9}
	if t.stamp == line.Arrival {
		c.time = 12
	}
	switch {
	case t.width >= style.WideWidth:
		c.time += 3 // for microseconds
		c.end, c.length = min(44, 22+(t.width-style.WideWidth)/6), 6
	case t.width >= 100:
		c.end, c.length = 20, 6
	case t.width >= 90:
		c.end, c.length = 18, 5
	case t.width >= 80:
		c.end, c.length = 14, 5
	default:
		c.end = 14
	}
	var last time.Time
	for _, n := range t.visible() {
		p, ok := t.rows[n]
		if !ok {
			continue
		}
		if p.Interface > 0 {
			c.device = max(c.device, 2, len(deviceText(p.Interface)))
		}
		c.time = max(c.time, len(t.timeOf(p, last))) // a time that is cut short says nothing
		last = p.Time
	}
	if c.pod = podWidth(t.pods, t.width); c.pod > 0 && t.width < 100 { // the info matters more than the length
		c.length = 0
	}
	const margin, gaps = 1, 5
	c.info = t.width - margin - c.number - c.time - 2*c.end - c.protocol - gaps
	for _, w := range []int{c.pod, c.device, c.length} {
		if w > 0 {
			c.info -= w + 1
		}
	}
	return c
}

// podWidth is how wide a column for these pods is; 0 without pods.
func podWidth(pods []string, width int) (widest int) {
	for _, pod := range pods {
		widest = max(widest, runewidth.StringWidth(pod))
	}
	switch {
	case len(pods) == 0:
		return 0
	case width < 100:
		return max(3, min(widest, 9))
	default:
		return max(3, min(widest, 20))
	}
}

// podOf is the pod of a capture of a set; "" if there is no set, or the capture has just joined.
func podOf(pods []string, from int) string {
	if from >= len(pods) {
		return ""
	}
	return pods[from]
}

// deviceText is the index of an interface; "" where it is not known.
func deviceText(index uint32) string {
	if index == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(index), 10)
}

// ports says whether there is room for them.
func (c packetColumns) ports() bool { return c.end >= 22 }

func (c packetColumns) row(number, at, pod, device, from, to, protocol, length, info string) (before, name, after string) {
	before = cells.FitRight(number, c.number) + " " + cells.FitRight(at, c.time) + " "
	if c.pod > 0 {
		before += cells.FitMiddle(pod, c.pod) + " "
	}
	if c.device > 0 {
		before += cells.FitRight(device, c.device) + " "
	}
	before += cells.FitMiddle(from, c.end) + " " + cells.FitMiddle(to, c.end) + " "
	if c.length > 0 {
		after = cells.FitRight(length, c.length) + " "
	}
	return before, cells.Fit(protocol, c.protocol), " " + after + cells.Fit(info, c.info)
}
