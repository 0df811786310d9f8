package ui

import (
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/style"
)

// podLists are the list of namespaces and the list of pods beside it, with the search in them, marks and favourites.
type podLists struct {
	namespaces namespaceList
	pods       podList
	rows       int  // of a list that are seen, for the keys; drawing goes by what is really left
	placed     bool // the first namespace was chosen

	box      textinput.Model // what is searched for
	narrowed string          // the namespace that was chosen before something was searched for
	synced   bool            // all pods are known
	err      error           // why the list is not live

	favourites favourites
	unkept     bool // favourites are not kept: those of before could not be read, or these not be written
	keeper     *keeper
}

// newPodLists are empty lists, for tools that run on a node. The namespace is shown first, "" for all; favourites are kept in
// the directory, "" for nowhere.
func newPodLists(here k8s.Node, namespace, stateDir string) podLists {
	l := podLists{box: style.NewInput(), keeper: &keeper{dir: stateDir}}
	l.pods.here, l.pods.in = here, namespace
	return l
}

// show takes the pods of a new snapshot.
func (l *podLists) show(s k8s.Snapshot) {
	l.synced, l.err = s.Synced, s.Err
	l.namespaces.set(s.Namespaces, l.pods.counts, l.rows)
	if !l.placed && s.Synced {
		l.placed = true
		l.namespaces.choose(l.pods.in, l.rows)
	}
	if l.placed {
		l.pods.in = l.namespaces.selected()
	}
	l.pods.set(s, &l.favourites, l.rows)
	l.namespaces.set(s.Namespaces, l.pods.counts, l.rows)
}

// resize says how many rows of a list are seen.
func (l *podLists) resize(rows int) {
	l.rows = rows
	l.pods.keep(rows)
	l.namespaces.keep(rows)
}

// move moves the cursor of the pods.
func (l *podLists) move(by int) { l.pods.move(by, l.rows) }

// moveNamespaces moves the cursor of the namespaces; the pods are those of the one under it.
func (l *podLists) moveNamespaces(by int) {
	l.namespaces.move(by, l.rows)
	l.pods.in = l.namespaces.selected()
	l.narrowed = l.pods.in
	l.pods.refresh(l.rows)
}

// sort sorts the pods by their next column, or the other way round.
func (l *podLists) sort(reverse bool) {
	l.pods.order = l.pods.order.next(reverse, podColumnCount)
	l.pods.refresh(l.rows)
}

// sortNamespaces sorts the namespaces by their next column, or the other way round.
func (l *podLists) sortNamespaces(reverse bool) {
	l.namespaces.resort(l.namespaces.order.next(reverse, nsColumnCount), l.rows)
}

// selected is the pod under the cursor, if there is one.
func (l *podLists) selected() (k8s.Pod, bool) { return l.pods.selected() }

// marked are the pods that are marked, in the order in which they were.
func (l *podLists) marked() []k8s.Pod { return l.pods.marks }

// chosen are the pods that a tool is to run in: those that are marked, else the one under the cursor.
//
// Errors: why no tool can run in some of them.
func (l *podLists) chosen() ([]k8s.Pod, error) {
	pods := l.marked()
	if pod, ok := l.selected(); len(pods) == 0 && ok {
		pods = []k8s.Pod{pod}
	}
	return pods, runnable(pods, l.pods.here)
}

// mark marks the pod under the cursor, or takes its mark away, and goes on to the next. It says so if no tool can run in a pod
// that is marked now.
func (l *podLists) mark() (warning string) {
	pod, ok := l.selected()
	if !ok {
		return ""
	}
	l.pods.marks.toggle(pod)
	if err := launch.Runnable(pod, l.pods.here); err != nil && l.pods.marks.has(&pod) {
		warning = "marked, but no tool can run in " + pod.String() + " " + whyNot(pod, l.pods.here)
	}
	l.move(1)
	return warning
}

// unmark takes all marks away, and says whether there were any.
func (l *podLists) unmark() bool {
	were := len(l.pods.marks) > 0
	l.pods.marks = nil
	return were
}

// count is how many pods there are in the cluster, and how many of them on this node.
func (l *podLists) count() (pods, here int) { return l.pods.total.pods, l.pods.total.here }

// youngest is the age of the youngest pod that is seen.
func (l *podLists) youngest(now time.Time) time.Duration {
	least := time.Duration(1<<63 - 1)
	first, end := l.pods.Visible(len(l.pods.shown), l.rows)
	for _, place := range l.pods.shown[first:end] {
		least = min(least, now.Sub(l.pods.all[place].Created))
	}
	return least
}

// podsMsg is what a command of these lists brings back, for take.
type podsMsg interface{ forPods() }

func (favouritesMsg) forPods()     {}
func (favouritesKeptMsg) forPods() {}

// load reads the favourites that an earlier console kept.
func (l *podLists) load() tea.Cmd {
	dir := l.keeper.dir
	return func() tea.Msg { return loadFavourites(dir) }
}

// take takes what a command brought back.
//
// Errors: that favourites cannot be read or kept, once.
func (l *podLists) take(msg podsMsg) error {
	switch msg := msg.(type) {
	case favouritesMsg:
		l.unkept = msg.err != nil // what cannot be read is left as it is
		if msg.err != nil {
			return msg.err
		}
		l.favourites.merge(msg.kept)
		l.pin()
	case favouritesKeptMsg:
		if !l.unkept {
			l.unkept = true
			return msg.err
		}
	}
	return nil
}

// star makes the pod under the cursor a favourite, or takes that back. It says what it did.
func (l *podLists) star() (done string, keep tea.Cmd) {
	pod, ok := l.selected()
	if !ok {
		return "", nil
	}
	done = l.favourites.star(pod)
	l.pin()
	return done, l.keep()
}

// used notes in which pods tools were started.
func (l *podLists) used(runs tools.List) tea.Cmd {
	if !l.favourites.use(runs) {
		return nil
	}
	l.pin()
	return l.keep()
}

// pin puts what comes first there.
func (l *podLists) pin() {
	l.pods.pins = l.favourites.pins(l.pods.all)
	l.pods.refresh(l.rows)
}

// keep keeps the favourites for the next console.
func (l *podLists) keep() tea.Cmd {
	if l.unkept {
		return nil
	}
	l.favourites.edition++
	keeper, favourites := l.keeper, l.favourites
	return func() tea.Msg { return keeper.keep(favourites) }
}
