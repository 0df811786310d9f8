package ui

import tea "github.com/charmbracelet/bubbletea"

var searchLayer = layer{
	name: "search", claim: typing, shown: func(m *model) bool { return m.screen == home && m.pods.Searching() },
	key: func(m *model, k tea.KeyMsg) tea.Cmd { return m.pods.KeySearch(k) }, fill: (*model).homeLines,
	hint: fixed("type to search   ↑↓ move   enter keep   esc clear   F1 help   namespaces: all"), help: searchHelp, wheel: arrows,
}

// openSearch goes into the search box.
func (m *model) openSearch() {
	m.focus = onPods
	m.pods.OpenSearch()
}

// paste searches for what was pasted on the home screen: an address from elsewhere, most often.
func (m *model) paste(k tea.KeyMsg) tea.Cmd {
	m.openSearch()
	return m.pods.KeySearch(k)
}
