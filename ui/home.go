package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/keys"
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
	key: (*model).keyHome, fill: (*model).homeLines, hint: (*model).homeHint, help: homeHelp, wheel: arrows,
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
		m.pods.marks = nil
	case key.Matches(k, keys.Mark) && m.focused() == onPods:
		m.mark()
	default:
		m.moveHome(k)
	}
	return nil
}

// back leaves what was opened last: the details on a small screen, the search, the marks.
func (m *model) back() {
	switch {
	case m.focused() == onDetail:
		m.focus = onPods
	case m.filter.Value() != "":
		m.setQuery("")
	case len(m.pods.marks) > 0:
		m.notice = note("no pod is marked any more")
		m.pods.marks = nil
	}
}

// moveFocus goes to the next pane, or to the one before.
func (m *model) moveFocus(by pane) {
	m.focus = (m.focused() + by + panesCount) % panesCount
	if m.focus == onDetail && !m.detailBeside() {
		m.focus = (m.focus + by + panesCount) % panesCount
	}
}

// focused is the pane with the focus; one that a smaller screen took away has none.
func (m *model) focused() pane {
	if m.focus == onDetail && !m.detailShown() {
		return onPods
	}
	return m.focus
}

// choose opens the form for the marked pods, or else for the one under the cursor; or says why no tool can run in them.
func (m *model) choose() {
	pods := m.pods.marks
	if pod, ok := m.pods.selected(); len(pods) == 0 && ok {
		pods = marks{pod}
	}
	if len(pods) == 0 {
		return
	}
	if err := pods.runnable(m.deps.Here); err != nil {
		m.failed = err
		return
	}
	m.form.open(pods[0])
	m.form.marks, m.form.known = m.pods.marks, m.snapshot
	m.screen = choosing
	m.keepInView()
}

// mark marks the pod under the cursor and goes on to the next.
func (m *model) mark() {
	pod, ok := m.pods.selected()
	if !ok {
		return
	}
	m.pods.marks.toggle(pod)
	if err := launch.Runnable(pod, m.deps.Here); err != nil && m.pods.marks.has(&pod) {
		m.notice = note("marked, but no tool can run in " + pod.String() + " " + whyNot(pod, m.deps.Here))
	}
	m.pods.move(1, m.paneHeight())
}

// star makes the pod under the cursor a favourite, or takes that back.
func (m *model) star() tea.Cmd {
	pod, ok := m.pods.selected()
	if !ok || m.focused() == onNamespaces {
		return nil
	}
	m.notice = note(m.favourites.star(pod))
	return m.pin()
}

// pin puts what comes first there, and keeps it.
func (m *model) pin() tea.Cmd {
	m.pods.pins = m.favourites.pins(m.pods.all)
	m.pods.refresh(m.paneHeight())
	if m.unkept {
		return nil
	}
	m.favourites.edition++
	return m.commands.keepFavourites(m.favourites)
}

// takeFavourites takes what an earlier console kept. If that cannot be read it is said once, and left as it is.
func (m *model) takeFavourites(msg favouritesMsg) {
	m.unkept = msg.err != nil
	if msg.err != nil {
		m.failed = msg.err
		return
	}
	m.favourites.merge(msg.kept)
	m.pods.pins = m.favourites.pins(m.pods.all)
	m.pods.refresh(m.paneHeight())
}

// takeUnkept says once that favourites cannot be kept.
func (m *model) takeUnkept(msg favouritesKeptMsg) {
	if !m.unkept {
		m.failed, m.unkept = msg.err, true
	}
}

// sort sorts the list that has the focus by its next column, or the other way round.
func (m *model) sort(reverse bool) {
	order, columns := &m.pods.order, podColumnCount
	if m.focused() == onNamespaces {
		order, columns = &m.namespaces.order, nsColumnCount
	}
	to := order.next(columns)
	if reverse {
		to = sorting{by: max(order.by, byPodName), reversed: !order.reversed}
	}
	if m.focused() == onNamespaces {
		m.namespaces.resort(to, m.paneHeight())
		return
	}
	m.pods.order = to
	m.pods.refresh(m.paneHeight())
}

func (m *model) moveHome(k tea.KeyMsg) {
	height := m.paneHeight()
	most := m.pods.total.pods + len(m.namespaces.names) + len(m.detail.lines)
	by := 0
	switch {
	case key.Matches(k, keys.Up):
		by = -1
	case key.Matches(k, keys.Down):
		by = 1
	case key.Matches(k, keys.PageUp):
		by = -height
	case key.Matches(k, keys.PageDown):
		by = height
	case key.Matches(k, keys.Top):
		by = -most
	case key.Matches(k, keys.Bottom):
		by = most
	}
	switch m.focused() {
	case onPods:
		m.pods.move(by, height)
	case onDetail:
		m.detail.scroll(by, height)
	default:
		m.namespaces.move(by, height)
		m.pods.in = m.namespaces.selected()
		m.narrowed = m.pods.in
		m.pods.refresh(height)
	}
}
