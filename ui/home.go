package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/panes"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/style"
)

var homeLayer = layer{
	name: "home", shown: on(home),
	key: (*model).keyHome, fill: (*model).homeLines, hint: (*model).homeHint, help: help.Home, wheel: arrows,
}

func (m *model) keyHome(k tea.KeyMsg) tea.Cmd {
	if k.Paste {
		return m.paste(k)
	}
	switch {
	case key.Matches(k, keys.Filter):
		m.openSearch()
	case key.Matches(k, keys.Back):
		m.back()
	case key.Matches(k, keys.Info):
		m.panes.ToggleDetails()
	case k.String() == "shift+tab":
		m.panes.Move(-1)
	case key.Matches(k, keys.Tab):
		m.panes.Move(1)
	case key.Matches(k, keys.Enter) && m.panes.Focused() == panes.Namespaces:
		m.panes.Focus(panes.Pods)
	case key.Matches(k, keys.Enter):
		m.choose()
	case key.Matches(k, keys.Sort, keys.Reverse):
		m.sort(key.Matches(k, keys.Reverse))
	case key.Matches(k, keys.Star):
		return m.star()
	case key.Matches(k, keys.Unmark):
		m.pods.Unmark()
	case key.Matches(k, keys.Context):
		return m.commands.contexts(true)
	case key.Matches(k, keys.Mark) && m.panes.Focused() == panes.Pods:
		m.notice = margin.Note(m.pods.Mark())
	default:
		m.moveHome(k)
	}
	return nil
}

// homeHint are the keys of the home screen.
func (m *model) homeHint() (offers []keys.Offer) {
	add := func(does string, key ...key.Binding) { offers = append(offers, keys.Offers(does, key...)) }
	_, any := m.pods.Selected()
	chosen, err := m.pods.Chosen()
	runs := len(chosen) > 0 && err == nil
	switch m.panes.Focused() {
	case panes.Namespaces:
		add("show its pods", keys.Enter)
		add("sort", keys.Sort, keys.Reverse)
		add("search", keys.Filter)
		add(m.panes.Next(), keys.Tab)
		add("runs", keys.Runs)
		return append(offers, margin.Ending("")[1:]...)
	case panes.Details:
		if m.detail.Scrolls(m.paneHeight()) {
			add("scroll", keys.UpDown)
		}
		if runs {
			add(runWord(len(m.pods.Marked())), keys.Enter)
		}
		add("hide", keys.Info)
		add(m.panes.Next(), keys.Tab)
		return append(offers, margin.Ending("pods")...)
	}
	if runs {
		add(runWord(len(m.pods.Marked())), keys.Enter)
	}
	if any {
		add("mark", keys.Mark)
	}
	add("search", keys.Filter)
	add("info", keys.Info)
	add(m.panes.Next(), keys.Tab)
	add("runs", keys.Runs)
	if any {
		add("favourite", keys.Star)
	}
	if m.pods.Shown() > 1 {
		add("sort", keys.Sort)
	}
	if m.pods.Narrowed() || len(m.pods.Marked()) > 0 {
		add("clear", keys.Back)
	}
	if len(m.others) > 0 {
		add("context", keys.Context)
	}
	return append(offers, margin.Ending("")[1:]...)
}

func runWord(marked int) string {
	if marked > 0 {
		return "run in all marked"
	}
	return "run"
}

// back leaves what was opened last: the details on a small screen, the search, the marks.
func (m *model) back() {
	switch {
	case m.panes.Focused() == panes.Details:
		m.panes.Focus(panes.Pods)
	case m.pods.ClearSearch():
	case m.pods.Unmark():
		m.notice = margin.Note("no pod is marked any more")
	}
}

// look looks at the pod under the cursor, if its details are visible.
func (m *model) look() tea.Cmd {
	pod, ok := m.pods.Selected()
	if seen := m.screen == home && (m.panes.Beside() || m.panes.Focused() == panes.Details); !seen || !ok {
		m.detail.Leave()
		return nil
	}
	return m.detail.Look(pod, m.commands.details)
}

// choose opens the form for the marked pods, or else for the one under the cursor; or says why no tool can run in them.
func (m *model) choose() {
	pods, err := m.pods.Chosen()
	if err != nil {
		m.failed = err
		return
	}
	if len(pods) == 0 {
		return
	}
	m.form.Open(pods[0], m.pods.Marked())
	m.screen = choosing
}

// star makes the pod under the cursor a favourite, or reverses that.
func (m *model) star() tea.Cmd {
	if m.panes.Focused() == panes.Namespaces {
		return nil
	}
	done, keep := m.pods.Star()
	m.notice = margin.Note(done)
	return keep
}

// sort sorts the list that has the focus by the next column, or reverses its order.
func (m *model) sort(reverse bool) {
	if m.panes.Focused() == panes.Namespaces {
		m.pods.SortNamespaces(reverse)
		return
	}
	m.pods.Sort(reverse)
}

func (m *model) moveHome(k tea.KeyMsg) {
	height := m.paneHeight()
	by, _ := keys.Rows(k, height)
	switch m.panes.Focused() {
	case panes.Pods:
		m.pods.Move(by)
	case panes.Details:
		m.detail.Scroll(by, height)
	default:
		m.pods.MoveNamespaces(by)
	}
}

func (m *model) homeLines(height int) []string {
	lines := margin.Warnings(m.styles, m.snapshot, m.width)
	lines = append(lines, m.pods.SearchBox(m.styles, m.width)...)
	runs := runs.Line(m.styles, m.runs.All, m.now, m.width)
	pane := height - len(lines)
	if runs != "" {
		pane--
	}
	lines = append(lines, m.homePanes(pane)...)
	if runs != "" {
		lines = append(lines, runs)
	}
	return lines
}

// homePanes draws namespaces, pods and the details of one: side by side where there is room, else what has the focus.
func (m *model) homePanes(height int) []string {
	beside, focus := m.panes.Beside(), m.panes.Focused()
	side := detailWidth(m.width)
	switch {
	case beside && m.panes.All():
		names := m.pods.NamespacesWidth(m.width)
		left := style.Join(m.namespacePane(names, height), m.podPane(m.width-names-side, height))
		return style.Join(left, m.detailPane(side, height))
	case beside && focus != panes.Namespaces:
		return style.Join(m.podPane(m.width-side, height), m.detailPane(side, height))
	case focus == panes.Details:
		return m.detailPane(m.width, height)
	case m.width >= style.WideWidth:
		names := m.pods.NamespacesWidth(m.width)
		return style.Join(m.namespacePane(names, height), m.podPane(m.width-names, height))
	case focus == panes.Pods:
		return m.podPane(m.width, height)
	default:
		return m.namespacePane(m.width, height)
	}
}

func detailWidth(width int) int {
	if width >= panes.AllWidth {
		return min(max(44, (width-style.NamespacesWidth)*36/100), 90)
	}
	return max(42, width*40/100)
}

func (m *model) podPane(width, height int) []string {
	return m.pods.PodPane(m.styles, width, height, m.now, m.panes.Focused() == panes.Pods)
}

func (m *model) namespacePane(width, height int) []string {
	return m.pods.NamespacePane(m.styles, width, height, m.panes.Focused() == panes.Namespaces)
}

func (m *model) detailPane(width, height int) []string {
	if _, any := m.pods.Selected(); !any {
		return m.styles.Box("details", []string{m.styles.Dim.Render(" no pod is chosen")}, width, height, m.panes.Focused() == panes.Details)
	}
	reach := m.deps.Launcher.Reach(m.detail.Pod())
	return m.detail.Lines(m.styles, width, height, m.now, reach.Here && reach.How != launch.OutOfReach, m.panes.Focused() == panes.Details)
}

var searchLayer = layer{
	name: "search", claim: typing, shown: func(m *model) bool { return m.screen == home && m.pods.Searching() },
	key: func(m *model, k tea.KeyMsg) tea.Cmd { return m.pods.KeySearch(k) }, fill: (*model).homeLines,
	hint: (*model).searchHint, help: help.Search, wheel: arrows,
}

func (m *model) searchHint() []keys.Offer {
	offers := []keys.Offer{keys.Says("type to search")}
	if m.pods.Shown() > 1 {
		offers = append(offers, keys.Offers("move", keys.UpDown))
	}
	return append(offers, keys.Offers("keep", keys.Enter), keys.Offers("clear", keys.Back), keys.Offers("help", keys.HelpTyped), keys.Says("namespaces: all"))
}

// openSearch goes into the search box.
func (m *model) openSearch() {
	m.panes.Focus(panes.Pods)
	m.pods.OpenSearch()
}

// paste searches for what was pasted on the home screen: an address from elsewhere, most often.
func (m *model) paste(k tea.KeyMsg) tea.Cmd {
	m.openSearch()
	return m.pods.KeySearch(k)
}
