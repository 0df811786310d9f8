package ui

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
)

// detail is the pane about the pod under the cursor: what the API and its network namespace tell when they are asked.
type detail struct {
	view   int // which look it is; answers to an older one are thrown away
	pod    k8s.Pod
	asked  bool
	wanted wanted

	api        k8s.Details
	apiKnown   bool
	apiErr     error
	network    ns.Network
	netKnown   bool
	netErr     error
	netSkipped string // why nobody has to ask for its network

	lines []string // as drawn last
	top   int
}

// wanted is whether the details are to be seen.
type wanted int

const (
	ifRoom wanted = iota
	yes
	no
)

const (
	restTime  = 150 * time.Millisecond // the cursor rests on a pod for so long before anybody is asked
	renewTime = 5 * time.Second
)

// What a look brings. The view says for which look it is.
type (
	restedMsg  struct{ view int }
	detailsMsg struct {
		view    int
		details k8s.Details
		err     error
	}
	networkMsg struct {
		view    int
		network ns.Network
		err     error
	}
)

// detailShown says whether the details are seen, if they have the focus or there is room for them beside the list.
func (m *model) detailShown() bool {
	return m.detail.wanted == yes || m.detail.wanted == ifRoom && m.width >= allWidth
}

// detailBeside says whether they stand beside the list.
func (m *model) detailBeside() bool { return m.width >= besideWidth && m.detailShown() }

// toggleDetail shows or hides the details: beside the list, or in its place where that is too narrow.
func (m *model) toggleDetail() {
	switch {
	case m.width < besideWidth && m.focused() == onDetail:
		m.focus = onPods
	case m.width < besideWidth:
		m.detail.wanted, m.focus = yes, onDetail
	case m.detailShown():
		m.detail.wanted, m.focus = no, onPods
	default:
		m.detail.wanted = yes
		if m.width < allWidth { // there they take the place of the namespaces
			m.focus = onPods
		}
	}
}

// look begins a look at the pod under the cursor, if it is another one than before and its details are seen.
func (m *model) look() tea.Cmd {
	d := &m.detail
	seen := m.screen == home && (m.detailBeside() || m.focused() == onDetail)
	pod, ok := m.pods.Selected()
	switch {
	case !seen || !ok:
		if d.asked { // what comes now is not for anybody
			d.view, d.asked = d.view+1, false
		}
		return nil
	case d.asked && samePod(pod, d.pod):
		d.pod = pod
		return nil
	case !samePod(pod, d.pod):
		*d = detail{view: d.view, wanted: d.wanted}
	}
	d.view++
	d.pod, d.asked = pod, true
	return m.commands.rest(d.view)
}

// samePod says whether what was learned of one holds for the other: a pod that starts, ends or moves is looked at anew.
func samePod(a, b k8s.Pod) bool {
	return a.UID == b.UID && a.Namespace == b.Namespace && a.Name == b.Name && a.Node == b.Node && a.Finished() == b.Finished()
}

// rested asks for the details of the pod on which the cursor rests.
func (m *model) rested(msg restedMsg) tea.Cmd {
	d := &m.detail
	if msg.view != d.view || !d.asked {
		return nil
	}
	ask := m.commands.details(d.view, d.pod)
	if d.netSkipped = m.deps.Launcher.Reach(&d.pod).Network(); d.netSkipped != "" {
		return ask
	}
	return tea.Batch(ask, m.commands.network(d.view, d.pod))
}

// takeDetails takes an answer of the API. The next question is asked a while later.
func (m *model) takeDetails(msg detailsMsg) tea.Cmd {
	d := &m.detail
	if msg.view != d.view {
		return nil
	}
	if d.apiErr = msg.err; msg.err == nil {
		d.api, d.apiKnown = msg.details, true
	}
	return m.commands.renew(d.view)
}

func (m *model) takeNetwork(msg networkMsg) {
	d := &m.detail
	if msg.view != d.view {
		return
	}
	d.netErr = msg.err
	d.network, d.netKnown = msg.network, msg.err == nil || len(msg.network.Interfaces) > 0
}

// gone says whether the API knows the pod no more.
func (d *detail) gone() bool { return errors.Is(d.apiErr, k8s.ErrNotFound) }

// scroll moves by some lines, as far as there are any.
func (d *detail) scroll(by, height int) {
	d.top = max(0, min(d.top+by, len(d.lines)-height))
}

func (d *detail) visible(height int) []string {
	return d.lines[min(d.top, len(d.lines)):min(len(d.lines), d.top+max(0, height))]
}

// title says what is above and below what is seen.
func (d *detail) title(height int) string {
	below := len(d.lines) - d.top - height
	switch {
	case d.top > 0 && below > 0:
		return "details: ↑ " + figures.Count(d.top) + " ↓ " + figures.Count(below) + " more lines"
	case below > 0:
		return "details: ↓ " + figures.Plural(below, "more line")
	case d.top > 0:
		return "details: ↑ " + figures.Plural(d.top, "more line")
	default:
		return "details"
	}
}

// whereOf says where the pod is, for the first lines.
func whereOf(p k8s.Pod, here bool) string {
	switch {
	case here:
		return "here"
	case p.Node == "":
		return "not on any node yet"
	default:
		return "on " + p.Node
	}
}
