package ui

import (
	"strconv"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// podList is the pane of pods: those of the chosen namespace that match the filter.
type podList struct {
	window
	all    []k8s.Pod
	shown  []k8s.Pod
	in     string // namespace; "" for all
	filter string
	chosen string // UID of the pod under the cursor, which the cursor follows
	here   k8s.Node
}

func (l *podList) set(pods []k8s.Pod, height int) {
	l.all = pods
	l.refresh(height)
}

// refresh chooses what is shown and keeps the cursor on the pod that it was on.
func (l *podList) refresh(height int) {
	words := strings.Fields(strings.ToLower(l.filter))
	l.shown = l.shown[:0:0]
	for _, p := range l.all {
		if (l.in == "" || p.Namespace == l.in) && l.matches(p, words) {
			l.shown = append(l.shown, p)
		}
	}
	for i, p := range l.shown {
		if p.UID == l.chosen {
			l.cursor = i
			break
		}
	}
	l.keep(len(l.shown), height)
	l.remember()
}

// matches looks for every word in what the row shows.
func (l *podList) matches(p k8s.Pod, words []string) bool {
	if len(words) == 0 {
		return true
	}
	row := strings.ToLower(strings.Join([]string{p.String(), p.Status, l.where(p), p.Node, strings.Join(p.IPs, " ")}, " "))
	for _, w := range words {
		if !strings.Contains(row, w) {
			return false
		}
	}
	return true
}

func (l *podList) move(by, height int) {
	l.window.move(by, len(l.shown), height)
	l.remember()
}

func (l *podList) remember() {
	if p, ok := l.selected(); ok {
		l.chosen = p.UID
	}
}

func (l *podList) selected() (k8s.Pod, bool) {
	if l.cursor >= len(l.shown) {
		return k8s.Pod{}, false
	}
	return l.shown[l.cursor], true
}

// where is "here" for pods of this node, and the node's name for others.
func (l *podList) where(p k8s.Pod) string {
	switch p.Node {
	case "":
		return "-"
	case l.here.Name:
		return "here"
	default:
		return p.Node
	}
}

func (l *podList) countHere() int {
	n := 0
	for _, p := range l.all {
		if p.Node != "" && p.Node == l.here.Name {
			n++
		}
	}
	return n
}

// podColumns are the widths of the columns; a namespace of 0 means that names carry it.
type podColumns struct{ namespace, name, ready, status, restarts, node, ip, age int }

func (l *podList) columns(width int) podColumns {
	c := podColumns{ready: 5, status: 9, restarts: 8, node: 4, ip: 12, age: 4}
	longest := 0
	for _, p := range l.shown {
		c.status = max(c.status, len(p.Status))
		c.node = max(c.node, len(l.where(p)))
		c.ip = max(c.ip, len(p.IP()))
		longest = max(longest, len(p.Namespace))
	}
	narrow := width < wideWidth-namespacesWidth-4
	c.status, c.node, c.ip = min(c.status, 22), min(c.node, 24), min(c.ip, 39)
	if narrow {
		c.restarts, c.status, c.node, c.ip = 4, min(c.status, 12), min(c.node, 8), min(c.ip, 15)
	}
	rest := width - 3 - (c.ready + c.status + c.restarts + c.node + c.ip + c.age + 6)
	if l.in == "" && rest > 50 {
		c.namespace = min(longest+1, 20)
		rest -= c.namespace + 1
	}
	c.name = max(8, rest)
	return c
}

// lines draws the pane's inside.
func (l *podList) lines(s styles, width, height int, now time.Time) []string {
	c := l.columns(width)
	out := []string{s.dim.Render(l.row(c, "NAMESPACE", "NAME", "READY", "STATUS", restartsTitle(c), "NODE", "IP", "AGE", "  "))}
	first, end := l.visible(len(l.shown), height-1)
	for i := first; i < end; i++ {
		out = append(out, l.draw(s, c, i, now))
	}
	return out
}

func restartsTitle(c podColumns) string {
	if c.restarts < 8 {
		return "RST"
	}
	return "RESTARTS"
}

func (l *podList) draw(s styles, c podColumns, i int, now time.Time) string {
	p := l.shown[i]
	mark := "  "
	if i == l.cursor {
		mark = "▸ "
	}
	line := l.row(c, clean(p.Namespace), clean(p.Name), strconv.Itoa(p.Ready)+"/"+strconv.Itoa(p.Containers), clean(p.Status),
		strconv.Itoa(p.Restarts), clean(l.where(p)), clean(orDash(p.IP())), age(now.Sub(p.Created)), mark)
	switch {
	case i == l.cursor:
		return s.selected.Render(line)
	case p.Node != l.here.Name || p.Finished():
		return s.dim.Render(line)
	case p.Status != "Running" || p.Ready < p.Containers:
		return s.warn.Render(line)
	default:
		return line
	}
}

func (l *podList) row(c podColumns, namespace, name, ready, status, restarts, node, ip, age, mark string) string {
	first := ""
	switch {
	case c.namespace > 0:
		first = fit(namespace, c.namespace) + " "
	case l.in == "" && name == "NAME":
		name = "NAMESPACE/NAME"
	case l.in == "":
		name = namespace + "/" + name
	}
	return mark + first + fitMiddle(name, c.name) + " " + fitRight(ready, c.ready) + " " + fit(status, c.status) + " " +
		fitRight(restarts, c.restarts) + " " + fit(node, c.node) + " " + fit(ip, c.ip) + " " + fitRight(age, c.age) + " "
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
