package pods

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// podColumns are the widths of the columns; one of 0 is not shown. Without a column of namespaces the names carry them.
type podColumns struct{ namespace, name, ready, status, restarts, node, ip, age int }

const (
	marksWidth  = 3  // the flag of the pod, the cursor, a blank
	leastName   = 24 // on narrower screens, less important columns are left out
	leastNarrow = 18 // where all columns are narrow
)

// columns uses the longest text of all pods, so that nothing moves while one scrolls or types.
func (l *podList) columns(width int) podColumns {
	most := l.longest
	c := podColumns{
		ready: 5, status: max(9, min(most.status, 22)), restarts: 9, node: max(5, min(most.node, 24)),
		ip: max(12, min(most.ip, 39)), age: 4,
	}
	least := leastName
	if width < style.WideWidth-style.NamespacesWidth-2 {
		least = leastNarrow
		c.restarts, c.status, c.node, c.ip = 4, min(c.status, 12), min(c.node, 8), min(c.ip, 15)
	}
	for _, less := range []*int{&c.ip, &c.restarts, &c.node, &c.age} {
		if c.used()+least <= width {
			break
		}
		*less = 0
	}
	rest := width - c.used()
	if l.in == "" && rest > 50 {
		c.namespace = min(most.namespace+1, 20)
		rest -= c.namespace + 1
	}
	c.name = max(8, rest)
	return c
}

// used is how many cells the columns other than the name take, with the gaps between them.
func (c podColumns) used() int {
	used := marksWidth + 1
	for _, w := range []int{c.ready, c.status, c.restarts, c.node, c.ip, c.age} {
		if w > 0 {
			used += w + 1
		}
	}
	return used
}

// lines draws the pane's inside: the titles and the visible rows.
func (l *podList) lines(s style.Styles, width, height int, now time.Time) []string {
	c := l.columns(width)
	out := []string{s.Dim.Render(l.titles(c))}
	first, end := l.Visible(len(l.shown), height-1)
	for i := first; i < end; i++ {
		out = append(out, l.draw(s, c, i, now))
	}
	return out
}

func (l *podList) titles(c podColumns) string {
	title := func(text string, of column) string {
		return l.order.title(text, of, l.order.falling())
	}
	row := podRow{
		namespace: "NAMESPACE", name: title("NAME", byPodName), ready: title("READY", byReady), status: title("STATUS", byStatus),
		restarts: title("RESTARTS", byRestarts), node: title("NODE", byNode), ip: title("IP", byIP), age: title("AGE", byAge),
	}
	if c.namespace == 0 && l.in == "" {
		row.name = "NAMESPACE/" + row.name
	}
	if c.restarts < 8 {
		row.restarts = title("RST", byRestarts)
	}
	if runewidth.StringWidth(row.ready) > c.ready {
		row.ready = title("RDY", byReady)
	}
	name, rest := c.row(row)
	return strings.Repeat(" ", marksWidth) + name + rest
}

// podRow is what a row shows.
type podRow struct{ namespace, name, ready, status, restarts, node, ip, age string }

// row fits the texts into the columns: the pod's name, and what comes after it.
func (c podColumns) row(r podRow) (name, rest string) {
	if c.namespace > 0 {
		name = cells.Fit(r.namespace, c.namespace) + " "
	}
	name += cells.FitMiddle(r.name, c.name)
	var b strings.Builder
	put := func(width int, text string) {
		if width > 0 {
			b.WriteString(" " + text)
		}
	}
	put(c.ready, cells.FitRight(r.ready, c.ready))
	put(c.status, cells.Fit(r.status, c.status))
	put(c.restarts, cells.FitRight(r.restarts, c.restarts))
	put(c.node, cells.Fit(r.node, c.node))
	put(c.ip, cells.Fit(r.ip, c.ip))
	put(c.age, cells.FitRight(r.age, c.age))
	return name, b.String() + " "
}

func (l *podList) draw(s style.Styles, c podColumns, i int, now time.Time) string {
	place := l.shown[i]
	p := &l.all[place]
	row := podRow{
		cells.Clean(p.Namespace), cells.Clean(p.Name), strconv.Itoa(p.Ready) + "/" + strconv.Itoa(p.Containers), cells.Clean(p.Status),
		strconv.Itoa(p.Restarts), cells.Clean(l.where(p)), cells.Clean(cmp.Or(p.IP(), "-")), figures.Age(now.Sub(p.Created)),
	}
	if c.namespace == 0 && l.in == "" {
		row.name = row.namespace + "/" + row.name
	}
	name, rest := c.row(row)
	mark := " "
	if i == l.Cursor {
		mark = "▸"
	}
	mark = l.flag(place, p) + mark + " "
	style := l.style(s, i, p)
	return style.Render(mark) + underlined(style, name, l.letters(c, p)) + style.Render(rest)
}

// flag says in one cell that a pod is marked, is a favourite, or was used recently.
func (l *podList) flag(place int32, p *k8s.Pod) string {
	if l.marks.has(p) {
		return "✓"
	}
	return l.pins[place].String()
}

func (l *podList) style(s style.Styles, i int, p *k8s.Pod) lipgloss.Style {
	switch {
	case i == l.Cursor:
		return s.Selected
	case !p.Deleting && l.reach(p).How == launch.OutOfReach:
		return s.Dim
	case p.Status != "Running" || p.Ready < p.Containers:
		return s.Warn
	default:
		return s.Strong.UnsetBold()
	}
}

// letters returns which cells of the name, with the namespace before it, the search matches. Names with other letters than ASCII
// do not come from the API, and are left alone.
func (l *podList) letters(c podColumns, p *k8s.Pod) map[int]bool {
	if l.found.query.empty() || !printable.ASCII(p.Namespace) || !printable.ASCII(p.Name) {
		return nil
	}
	text := []byte(strings.ToLower(p.String()))
	start := len(p.Namespace) + 1
	cells := map[int]bool{}
	for _, w := range l.found.query.words {
		if w.kind == plainWord {
			for _, at := range lettersOf(text, w.text, start) {
				if cell := c.cell(at, start, len(text), l.in == ""); cell >= 0 {
					cells[cell] = true
				}
			}
		}
	}
	return cells
}

// cell is where a letter of namespace/name is in the row; -1 if it is not visible. The name begins at start.
func (c podColumns) cell(at, start, length int, everywhere bool) int {
	before := 0
	switch {
	case c.namespace > 0 && at < start-1:
		if at >= min(start-1, c.namespace) || start-1 > c.namespace && at >= c.namespace-1 {
			return -1
		}
		return at
	case c.namespace > 0:
		before = c.namespace + 1
		at, length = at-start, length-start
	case !everywhere:
		at, length = at-start, length-start
	}
	if at < 0 {
		return -1
	}
	if length <= c.name {
		return before + at
	}
	tail := (c.name - 1) / 2
	switch head := c.name - tail - 1; {
	case at < head:
		return before + at
	case at >= length-tail:
		return before + head + 1 + at - (length - tail)
	default:
		return -1
	}
}

// underlined draws a text with some of its cells underlined.
func underlined(style lipgloss.Style, text string, cells map[int]bool) string {
	if len(cells) == 0 {
		return style.Render(text)
	}
	runes := []rune(text)
	var b strings.Builder
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && cells[to] == cells[from] {
			to++
		}
		piece := style
		if cells[from] {
			piece = style.Underline(true).Bold(true).Faint(false)
		}
		b.WriteString(piece.Render(string(runes[from:to])))
		from = to
	}
	return b.String()
}
