// Package pods is the lists of namespaces and pods: which are shown and in which order, the search in them, marks and favourites.
// Its door is Lists, which gets snapshots, keys and room and says what was chosen; Msg is what its commands bring back, and
// Runnable says why no tool can run in some pods.
package pods

import (
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/style"
)

// Lists are the list of namespaces and the list of pods beside it, with the search in them, marks and favourites.
type Lists struct {
	namespaces namespaceList
	pods       podList
	rows       int  // visible rows of a list, for the keys; drawing uses the room that is really left
	placed     bool // the namespace to show first has been chosen

	box      textinput.Model // what is searched for
	narrowed string          // the namespace that was chosen before the search
	synced   bool            // all pods are known
	err      error           // why the list is not live
	alone    string          // the command for a pod that cannot be listed

	favourites favourites
	unkept     bool // nothing is kept from now on: earlier favourites could not be read, or these could not be written
	keeper     *keeper
}

// New returns empty lists. A launcher says how far away pods are; namespace is shown first, "" for all; favourites are kept in
// the directory, "" for nowhere. The command alone runs a tool in a pod that cannot be listed.
func New(reach func(*k8s.Pod) launch.Reach, namespace, stateDir, alone string) Lists {
	l := Lists{alone: alone, box: style.NewInput(), keeper: &keeper{dir: stateDir}}
	l.pods.reach, l.pods.in = reach, namespace
	return l
}

// Show takes the pods of a new snapshot.
func (l *Lists) Show(s k8s.Snapshot) {
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

// Resize says how many rows of a list are visible.
func (l *Lists) Resize(rows int) {
	l.rows = rows
	l.pods.keep(rows)
	l.namespaces.keep(rows)
}

// Move moves the cursor of the pods.
func (l *Lists) Move(by int) { l.pods.move(by, l.rows) }

// MoveNamespaces moves the cursor of the namespaces; the list shows the pods of the one under it.
func (l *Lists) MoveNamespaces(by int) {
	l.namespaces.move(by, l.rows)
	l.pods.in = l.namespaces.selected()
	l.narrowed = l.pods.in
	l.pods.refresh(l.rows)
}

// Sort sorts the pods by the next column, or reverses the order.
func (l *Lists) Sort(reverse bool) {
	l.pods.order = l.pods.order.next(reverse, podColumnCount)
	l.pods.refresh(l.rows)
}

// SortNamespaces sorts the namespaces by the next column, or reverses the order.
func (l *Lists) SortNamespaces(reverse bool) {
	l.namespaces.resort(l.namespaces.order.next(reverse, nsColumnCount), l.rows)
}

// Selected is the pod under the cursor, if there is one.
func (l *Lists) Selected() (k8s.Pod, bool) { return l.pods.selected() }

// Marked are the marked pods, in the order in which they were marked.
func (l *Lists) Marked() []k8s.Pod { return l.pods.marks }

// Chosen are the pods in which a tool is to run: the marked ones, else the one under the cursor.
//
// Errors: why no tool can run in some of them.
func (l *Lists) Chosen() ([]k8s.Pod, error) {
	pods := l.Marked()
	if pod, ok := l.Selected(); len(pods) == 0 && ok {
		pods = []k8s.Pod{pod}
	}
	return pods, Runnable(pods, l.pods.reach)
}

// Mark marks the pod under the cursor, or removes its mark, and moves to the next one. It returns a warning if no tool can run in
// the marked pod now.
func (l *Lists) Mark() (warning string) {
	pod, ok := l.Selected()
	if !ok {
		return ""
	}
	l.pods.marks.toggle(pod)
	if why := l.pods.reach(&pod).Brief(); why != "" && l.pods.marks.has(&pod) {
		warning = "marked, but no tool can run in " + pod.String() + " (" + why + ")"
	}
	l.Move(1)
	return warning
}

// Unmark removes all marks, and says whether there were any.
func (l *Lists) Unmark() bool {
	were := len(l.pods.marks) > 0
	l.pods.marks = nil
	return were
}

// Count is how many pods are in the cluster, and how many of them are on this node.
func (l *Lists) Count() (pods, here int) { return l.pods.total.pods, l.pods.total.here }

// Shown is how many pods are listed.
func (l *Lists) Shown() int { return len(l.pods.shown) }

// Narrowed says whether something is searched for.
func (l *Lists) Narrowed() bool { return l.box.Value() != "" }

// Youngest is the age of the youngest visible pod.
func (l *Lists) Youngest(now time.Time) time.Duration {
	least := time.Duration(1<<63 - 1)
	first, end := l.pods.Visible(len(l.pods.shown), l.rows)
	for _, place := range l.pods.shown[first:end] {
		least = min(least, now.Sub(l.pods.all[place].Created))
	}
	return least
}

// Msg is the result of a command of these lists, for Take.
type Msg interface{ forPods() }

func (favouritesMsg) forPods()     {}
func (favouritesKeptMsg) forPods() {}

// Load reads the favourites that an earlier console kept.
func (l *Lists) Load() tea.Cmd {
	dir := l.keeper.dir
	return func() tea.Msg { return loadFavourites(dir) }
}

// Take takes the result of a command.
//
// Errors: that favourites cannot be read or kept, reported once.
func (l *Lists) Take(msg Msg) error {
	switch msg := msg.(type) {
	case favouritesMsg:
		l.unkept = msg.err != nil // a file that cannot be read is not replaced
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

// Star makes the pod under the cursor a favourite, or reverses that. It returns what it did.
func (l *Lists) Star() (done string, keep tea.Cmd) {
	pod, ok := l.Selected()
	if !ok {
		return "", nil
	}
	done = l.favourites.star(pod)
	l.pin()
	return done, l.keep()
}

// Used records in which pods tools were started.
func (l *Lists) Used(runs tools.List) tea.Cmd {
	if !l.favourites.use(runs) {
		return nil
	}
	l.pin()
	return l.keep()
}

// pin puts favourites and recently used pods above the others.
func (l *Lists) pin() {
	l.pods.pins = l.favourites.pins(l.pods.all)
	l.pods.refresh(l.rows)
}

// keep keeps the favourites for the next console.
func (l *Lists) keep() tea.Cmd {
	if l.unkept {
		return nil
	}
	l.favourites.edition++
	keeper, favourites := l.keeper, l.favourites
	return func() tea.Msg { return keeper.keep(favourites) }
}
