package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

// pane is a part of the home screen that can have the focus.
type pane int

const (
	onPods pane = iota
	onNamespaces
	onDetail
	panesCount
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
		m.toggleDetail()
	case k.String() == "shift+tab":
		m.moveFocus(-1)
	case key.Matches(k, keys.Tab):
		m.moveFocus(1)
	case key.Matches(k, keys.Enter) && m.focused() == onNamespaces:
		m.focus = onPods
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
	case key.Matches(k, keys.Mark) && m.focused() == onPods:
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
	switch m.focused() {
	case onNamespaces:
		add("show its pods", keys.Enter)
		add("sort", keys.Sort, keys.Reverse)
		add("search", keys.Filter)
		add(m.nextPane(), keys.Tab)
		add("runs", keys.Runs)
		return append(offers, margin.Ending("")[1:]...)
	case onDetail:
		if m.detail.Scrolls(m.paneHeight()) {
			add("scroll", keys.UpDown)
		}
		if runs {
			add(runWord(len(m.pods.Marked())), keys.Enter)
		}
		add("hide", keys.Info)
		add(m.nextPane(), keys.Tab)
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
	add(m.nextPane(), keys.Tab)
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

// nextPane is the pane that Tab goes to.
func (m *model) nextPane() string {
	next := *m
	next.moveFocus(1)
	return [panesCount]string{"pods", "namespaces", "details"}[next.focus]
}

// back leaves what was opened last: the details on a small screen, the search, the marks.
func (m *model) back() {
	switch {
	case m.focused() == onDetail:
		m.focus = onPods
	case m.pods.ClearSearch():
	case m.pods.Unmark():
		m.notice = margin.Note("no pod is marked any more")
	}
}

// moveFocus goes to the next pane, or to the one before.
func (m *model) moveFocus(by pane) {
	m.focus = (m.focused() + by + panesCount) % panesCount
	if m.focus == onDetail && !m.detailBeside() {
		m.focus = (m.focus + by + panesCount) % panesCount
	}
}

// focused is the pane with the focus; a pane that does not fit on a smaller screen has none.
func (m *model) focused() pane {
	if m.focus == onDetail && !m.detailShown() {
		return onPods
	}
	return m.focus
}

// wanted says whether the details are to be shown.
type wanted int

const (
	ifRoom wanted = iota
	yes
	no
)

// detailShown says whether the details are visible: they have the focus or there is room for them beside the list.
func (m *model) detailShown() bool {
	return m.detailWanted == yes || m.detailWanted == ifRoom && m.width >= allWidth
}

// detailBeside says whether the details are beside the list.
func (m *model) detailBeside() bool { return m.width >= besideWidth && m.detailShown() }

// toggleDetail shows or hides the details: beside the list, or in its place where that is too narrow.
func (m *model) toggleDetail() {
	switch {
	case m.width < besideWidth && m.focused() == onDetail:
		m.focus = onPods
	case m.width < besideWidth:
		m.detailWanted, m.focus = yes, onDetail
	case m.detailShown():
		m.detailWanted, m.focus = no, onPods
	default:
		m.detailWanted = yes
		if m.width < allWidth { // there they take the place of the namespaces
			m.focus = onPods
		}
	}
}

// look looks at the pod under the cursor, if its details are visible.
func (m *model) look() tea.Cmd {
	pod, ok := m.pods.Selected()
	if seen := m.screen == home && (m.detailBeside() || m.focused() == onDetail); !seen || !ok {
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
	if m.focused() == onNamespaces {
		return nil
	}
	done, keep := m.pods.Star()
	m.notice = margin.Note(done)
	return keep
}

// sort sorts the list that has the focus by the next column, or reverses its order.
func (m *model) sort(reverse bool) {
	if m.focused() == onNamespaces {
		m.pods.SortNamespaces(reverse)
		return
	}
	m.pods.Sort(reverse)
}

func (m *model) moveHome(k tea.KeyMsg) {
	height := m.paneHeight()
	by, _ := keys.Rows(k, height)
	switch m.focused() {
	case onPods:
		m.pods.Move(by)
	case onDetail:
		m.detail.Scroll(by, height)
	default:
		m.pods.MoveNamespaces(by)
	}
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
	m.focus = onPods
	m.pods.OpenSearch()
}

// paste searches for what was pasted on the home screen: an address from elsewhere, most often.
func (m *model) paste(k tea.KeyMsg) tea.Cmd {
	m.openSearch()
	return m.pods.KeySearch(k)
}
