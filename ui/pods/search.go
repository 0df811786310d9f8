package pods

import (
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// OpenSearch moves to the search box and empties it: an earlier search is not what is wanted now.
func (l *Lists) OpenSearch() {
	l.ClearSearch()
	l.box.Focus()
}

// Searching says whether the search box has the keys.
func (l *Lists) Searching() bool { return l.box.Focused() }

// ClearSearch empties the search box, and says whether it held something.
func (l *Lists) ClearSearch() bool {
	was := l.box.Value() != ""
	l.Search("")
	return was
}

// KeySearch takes a key while the search box has the keys: the list below is searched at each key, and its cursor can be moved.
func (l *Lists) KeySearch(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "enter", "tab":
		l.box.Blur()
	case "esc":
		l.ClearSearch()
		l.box.Blur()
	case "up":
		l.Move(-1)
	case "down":
		l.Move(1)
	case "pgup":
		l.Move(-l.rows)
	case "pgdown":
		l.Move(l.rows)
	default:
		var cmd tea.Cmd
		l.box, cmd = l.box.Update(k)
		l.Search(l.box.Value())
		return cmd
	}
	return nil
}

// Search searches all namespaces; the namespace that was chosen before comes back when the box is empty again.
func (l *Lists) Search(text string) {
	l.box.SetValue(text)
	q := parseQuery(text)
	before := l.pods.found.query
	if text == before.text {
		return
	}
	switch {
	case before.empty() && !q.empty():
		l.narrowed = l.pods.in
		l.chooseNamespace("")
	case !before.empty() && q.empty():
		l.chooseNamespace(l.narrowed)
	}
	l.pods.search(q, l.rows)
	if !q.empty() {
		l.pods.toTop(l.rows)
	}
	l.namespaces.set(l.namespaces.names, l.pods.counts, l.rows)
}

// chooseNamespace moves the cursor of the namespaces, which the list of pods follows. Before all namespaces are known, only the
// name is kept.
func (l *Lists) chooseNamespace(name string) {
	l.namespaces.choose(name, l.rows)
	l.pods.in = name
}

// SearchBox draws the box with the number of matches, and below it the notes about its words.
func (l *Lists) SearchBox(s style.Styles, width int) []string {
	all, shown := l.pods.total.pods, len(l.pods.shown)
	found := figures.Plural(all, "pod")
	if shown != all {
		found = figures.Count(shown) + " of " + found
	}
	if n := len(l.pods.marks); n > 0 {
		found = figures.Count(n) + " marked · " + found
	}
	left := s.Dim.Render(" / search: name, app=cart, node: ip: status: here")
	if l.Searching() || l.box.Value() != "" {
		left = s.Accent.Render(" / ") + l.box.View()
	}
	return append([]string{cells.BesideStyled(left, s.Dim.Render(found+" "), width)}, l.searchNotes(s, width)...)
}

// searchNotes say whose an address is, and which words find nothing.
func (l *Lists) searchNotes(s style.Styles, width int) []string {
	const most = 3
	var out []string
	for _, note := range l.pods.notes() {
		out = append(out, style.All(s.Warn, cells.WrapAll(note, width))...)
	}
	return out[:min(len(out), most)]
}

// noPods says why the list is empty, and what to do.
func (l *Lists) noPods() []string {
	searched := !l.pods.found.query.empty()
	switch {
	case errors.Is(l.err, k8s.ErrPlugin):
		return []string{"no pods: the API is not asked without credentials"}
	case errors.Is(l.err, k8s.ErrForbidden):
		return []string{"no pods: it is not allowed to list them. " + l.alone + " only needs the right to get one"}
	case l.err != nil:
		return []string{"no pods: the API does not answer"}
	case searched && l.pods.in != "":
		return []string{"no pod of " + cells.Clean(l.pods.in) + " matches: tab goes to the namespaces, which show where pods match"}
	case searched:
		return l.nothingFound()
	case !l.synced:
		return []string{"listing pods …"}
	case l.pods.total.pods == 0:
		return []string{"there are no pods in this cluster"}
	default:
		return []string{"no pods in this namespace: tab goes to the namespaces"}
	}
}

func (l *Lists) nothingFound() []string {
	lines := []string{"no pod matches: " + cells.Clean(strings.TrimSpace(l.box.Value())), ""}
	if !l.synced {
		lines = append(lines, "  the list is still loading: pods are searched as they arrive")
	}
	return append(lines,
		"  esc clears the search; all words have to match, so fewer words find more",
		"  a name or parts of it: crt9k   a label: app=cart, app!=cart, label:app",
		"  node:node-8  status:crash  ns:shop  here  an address: ip:10.244.1, 10.96.0.12:80")
}
