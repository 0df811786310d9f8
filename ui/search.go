package ui

import (
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

var searchLayer = layer{
	name: "search", claim: typing, shown: func(m *model) bool { return m.screen == home && m.filtering },
	key: (*model).keySearch, fill: (*model).homeLines,
	hint: fixed("type to search   ↑↓ move   enter keep   esc clear   F1 help   namespaces: all"), help: searchHelp, wheel: arrows,
}

// openSearch goes into the search box.
func (m *model) openSearch() {
	if m.filter.Value() != "" { // what was searched before is not what is searched now
		m.setQuery("")
	}
	m.filtering, m.focus = true, onPods
	m.filter.Focus()
}

// keySearch takes a key while the search box is open: the list below answers at once, and can be moved in.
func (m *model) keySearch(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "enter", "tab":
		m.closeSearch()
		return nil
	case "esc":
		m.setQuery("")
		m.closeSearch()
		return nil
	case "up", "down", "pgup", "pgdown":
		m.moveHome(k)
		return nil
	}
	var cmd tea.Cmd
	m.filter, cmd = m.filter.Update(k)
	m.setQuery(m.filter.Value())
	return cmd
}

func (m *model) closeSearch() {
	m.filtering = false
	m.filter.Blur()
}

// paste searches for what was pasted on the home screen: an address from elsewhere, most often.
func (m *model) paste(k tea.KeyMsg) tea.Cmd {
	m.openSearch()
	m.filter.SetValue("")
	return m.keySearch(k)
}

// setQuery searches. The box searches all namespaces; the one that was chosen is back when the box is empty again.
func (m *model) setQuery(text string) {
	m.filter.SetValue(text)
	q := parseQuery(text)
	before := m.pods.found.query
	if text == before.text {
		return
	}
	switch {
	case before.empty() && !q.empty():
		m.narrowed = m.pods.in
		m.chooseNamespace("")
	case !before.empty() && q.empty():
		m.chooseNamespace(m.narrowed)
	}
	m.pods.search(q, m.paneHeight())
	if !q.empty() {
		m.pods.toTop(m.paneHeight())
	}
	m.namespaces.set(m.namespaces.names, m.pods.counts, m.paneHeight())
}

// chooseNamespace puts the cursor of the namespaces where the list of pods goes by it. Before all of them are known, that
// is by the name alone.
func (m *model) chooseNamespace(name string) {
	m.namespaces.choose(name, m.paneHeight())
	m.pods.in = name
}

// searchLine is the search box, and how much it finds.
func (m *model) searchLine() string {
	all, shown := m.pods.total.pods, len(m.pods.shown)
	found := figures.Plural(all, "pod")
	if shown != all {
		found = figures.Count(shown) + " of " + found
	}
	if n := len(m.pods.marks); n > 0 {
		found = figures.Count(n) + " marked · " + found
	}
	left := m.styles.Dim.Render(" / search: name, app=cart, node: ip: status: here")
	if m.filtering || m.filter.Value() != "" {
		left = m.styles.Accent.Render(" / ") + m.filter.View()
	}
	return cells.BesideStyled(left, m.styles.Dim.Render(found+" "), m.width)
}

// searchNotes are lines below the box: whose an address is, and which words find nothing.
func (m *model) searchNotes() []string {
	const most = 3
	var out []string
	for _, note := range m.pods.found.notes(m.known) {
		out = append(out, style.All(m.styles.Warn, cells.WrapAll(note, m.width))...)
	}
	return out[:min(len(out), most)]
}

// noPods says why the list is empty, and what to do.
func (m *model) noPods() []string {
	switch {
	case errors.Is(m.snapshot.Err, k8s.ErrPlugin):
		return []string{"no pods: the API is not asked without credentials"}
	case m.snapshot.Err != nil:
		return []string{"no pods: the API does not answer"}
	case !m.pods.found.query.empty() && m.pods.in != "":
		return []string{"no pod of " + cells.Clean(m.pods.in) + " matches: tab goes to the namespaces, which say where there are some"}
	case !m.pods.found.query.empty():
		return m.nothingFound()
	case !m.snapshot.Synced:
		return []string{"listing pods …"}
	case m.pods.total.pods == 0:
		return []string{"there are no pods in this cluster"}
	default:
		return []string{"no pods in this namespace: tab goes to the namespaces"}
	}
}

func (m *model) nothingFound() []string {
	text := strings.TrimSpace(m.filter.Value())
	lines := []string{"no pod matches: " + cells.Clean(text), ""}
	if !m.snapshot.Synced {
		lines = append(lines, "  the list is still coming: what comes is searched as well")
	}
	return append(lines,
		"  esc clears the search; all words have to match, so fewer find more",
		"  a name or parts of it: crt9k   a label: app=cart, app!=cart, label:app",
		"  node:node-8  status:crash  ns:shop  here  an address: ip:10.244.1, 10.96.0.12:80")
}
