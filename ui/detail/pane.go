// Package detail is the pane about the pod under the cursor: what the API and its network namespace tell when they are asked. Its
// door is Pane, which is told which pod the cursor is on and what the answers are, and Questions, which are how it asks.
package detail

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ui/style"
)

// Pane holds what is known of one pod, and which part of that is visible.
type Pane struct {
	view  int // which look it is; answers to an older one are thrown away
	pod   k8s.Pod
	asked bool

	api        k8s.Details
	apiKnown   bool
	apiErr     error
	network    netinfo.Network
	netKnown   bool
	netErr     error
	netSkipped string // why its network need not be asked for

	lines []string // as drawn last
	top   int
}

// Pod is the pod that was looked at last.
func (d *Pane) Pod() *k8s.Pod { return &d.pod }

// View is the number of the look. Answers carry the number of the look that asked.
func (d *Pane) View() int { return d.view }

// Leave ends the look: answers that still come are thrown away.
func (d *Pane) Leave() {
	if d.asked {
		d.view, d.asked = d.view+1, false
	}
}

// Look begins a look at a pod, unless it is the one that is looked at already.
func (d *Pane) Look(pod k8s.Pod, q Questions) tea.Cmd {
	switch {
	case d.asked && samePod(pod, d.pod):
		d.pod = pod
		return nil
	case !samePod(pod, d.pod):
		*d = Pane{view: d.view}
	}
	d.view++
	d.pod, d.asked = pod, true
	return q.Rest(d.view)
}

// samePod says whether what was learned of one pod holds for the other: a pod that starts, ends or moves is looked at from the
// beginning.
func samePod(a, b k8s.Pod) bool {
	return a.UID == b.UID && a.Namespace == b.Namespace && a.Name == b.Name && a.Node == b.Node && a.Finished() == b.Finished()
}

// Take takes an answer, and asks the next question. Once the cursor has rested on a pod, the API and the pod's network are asked;
// some time after the API has answered, both are asked again.
func (d *Pane) Take(msg Answer, q Questions) tea.Cmd {
	if msg.look() != d.view {
		return nil
	}
	switch msg := msg.(type) {
	case Rested:
		return d.ask(q)
	case FromAPI:
		if d.apiErr = msg.Err; msg.Err == nil {
			d.api, d.apiKnown = msg.Details, true
		}
		return q.Renew(d.view)
	case FromNetwork:
		d.netErr = msg.Err
		d.network, d.netKnown = msg.Network, msg.Err == nil || len(msg.Network.Interfaces) > 0
	}
	return nil
}

func (d *Pane) ask(q Questions) tea.Cmd {
	if !d.asked {
		return nil
	}
	ask := q.Details(d.view, d.pod)
	if d.netSkipped = q.NoNetwork(&d.pod); d.netSkipped != "" {
		return ask
	}
	return tea.Batch(ask, q.Network(d.view, d.pod))
}

// gone says whether the API does not know the pod any more.
func (d *Pane) gone() bool { return errors.Is(d.apiErr, k8s.ErrNotFound) }

// Scroll moves by some lines, within the lines that there are.
func (d *Pane) Scroll(by, height int) {
	d.top = max(0, min(d.top+by, len(d.lines)-height))
}

func (d *Pane) visible(height int) []string {
	return d.lines[min(d.top, len(d.lines)):min(len(d.lines), d.top+max(0, height))]
}

// title says how many lines are above and below the visible ones.
func (d *Pane) title(height int) string {
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

// Lines draws the pane in a box of that size; here says whether the pod is on this node.
func (d *Pane) Lines(s style.Styles, width, height int, now time.Time, here, focused bool) []string {
	rows := height - 2
	d.lay(s, width-4, now, here)
	d.Scroll(0, rows)
	return s.Box(d.title(rows), d.visible(rows), width, height, focused)
}

// Scrolls says whether there is more than is seen.
func (d *Pane) Scrolls(height int) bool { return len(d.lines) > height }
