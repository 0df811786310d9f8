package pods

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/scroll"
)

// podList is the pane of pods: those that the query finds in the chosen namespace. What it shows is computed when something
// changes, not when it is drawn: pods are many, and the rows on the screen are few.
type podList struct {
	scroll.Window
	surroundings
	all     []k8s.Pod // sorted by namespace and name
	reach   func(*k8s.Pod) launch.Reach
	here    []bool  // by place in all: the pod is on this node
	shown   []int32 // places in all, in the order on the screen
	in      string  // namespace; "" for all
	found   finding
	order   sorting
	pins    map[int32]pin // why a pod comes first, by place in all
	marks   marks
	chosen  k8s.Pod             // the pod under the cursor; the cursor follows it
	counts  map[string]podCount // how many pods the query finds, by namespace; "" for all
	total   podCount            // of all pods
	longest podColumns          // the longest text of each column
}

// podCount is a number of pods, and how many of them are on this node.
type podCount struct{ pods, here int }

// set takes the pods of a new snapshot.
func (l *podList) set(s k8s.Snapshot, kept *favourites, height int) {
	l.all, l.names, l.services = s.Pods, s.Names, s.Services
	l.measure()
	l.pins = kept.pins(l.all)
	l.marks.keep(s)
	l.found.renew()
	l.search(l.found.query, height)
}

// search runs a query and shows what it finds.
func (l *podList) search(q query, height int) {
	l.found.find(q, l.all, l.here, l.surroundings)
	l.count()
	l.refresh(height)
}

// measure finds out how wide the columns have to be and which pods are on this node, in one pass: a launcher is asked once for
// each pod, not at every key.
func (l *podList) measure() {
	l.here = slices.Grow(l.here[:0], len(l.all))[:len(l.all)]
	l.longest, l.total = podColumns{}, podCount{pods: len(l.all)}
	w := &l.longest
	for i := range l.all {
		p := &l.all[i]
		w.status, w.ip = max(w.status, len(p.Status)), max(w.ip, len(p.IP()))
		w.namespace = max(w.namespace, len(p.Namespace))
		if l.here[i] = l.reach(p).Here; l.here[i] {
			l.total.here++
		} else {
			w.node = max(w.node, len(p.Node))
		}
	}
}

// count counts, by namespace, the pods that were found.
func (l *podList) count() {
	l.counts = map[string]podCount{}
	var all, one podCount
	namespace := ""
	done := func() {
		l.counts[namespace] = one
		all = podCount{all.pods + one.pods, all.here + one.here}
	}
	l.each(func(i int32) { // all pods of a namespace are next to each other
		if is := l.all[i].Namespace; is != namespace {
			done()
			namespace, one = is, podCount{}
		}
		one.pods++
		if l.here[i] {
			one.here++
		}
	})
	done()
	l.counts[""] = all
}

// each calls f with the place of each pod that was found, in the order of all.
func (l *podList) each(f func(int32)) {
	if l.found.query.empty() {
		for i := range l.all {
			f(int32(i))
		}
		return
	}
	for _, i := range l.found.places {
		f(i)
	}
}

// refresh chooses which pods are shown and in which order, and keeps the cursor on its pod.
func (l *podList) refresh(height int) {
	var shown []int32
	var scores []int16
	switch searching := !l.found.query.empty(); {
	case searching && l.in == "":
		shown, scores = slices.Clone(l.found.places), l.found.scores
	case searching:
		for k, i := range l.found.places {
			if l.all[i].Namespace == l.in {
				shown, scores = append(shown, i), append(scores, l.found.scores[k])
			}
		}
	default:
		first, end := l.rangeOf(l.in)
		shown = make([]int32, 0, end-first)
		for i := first; i < end; i++ {
			shown = append(shown, int32(i))
		}
	}
	l.shown = l.ordered(shown, scores)
	l.follow()
	l.keep(height)
	l.remember()
}

// rangeOf is where the pods of a namespace are among all.
func (l *podList) rangeOf(namespace string) (first, end int) {
	if namespace == "" {
		return 0, len(l.all)
	}
	of := func(p k8s.Pod, namespace string) int { return strings.Compare(p.Namespace, namespace) }
	first, _ = slices.BinarySearchFunc(l.all, namespace, of)
	end, _ = slices.BinarySearchFunc(l.all, namespace+"\x00", of)
	return first, end
}

// notes are what a person has to know about the words of the search.
func (l *podList) notes() []string { return l.found.notes(l.names) }

// ordered sorts by the chosen column, if there is one, else by how well pods match the search. Pinned pods come first; in a
// search, only among those that match equally well.
func (l *podList) ordered(places []int32, scores []int16) []int32 {
	switch {
	case l.order.by != byItself:
		l.order.sort(places, l.all, l.here)
	case scores != nil:
		return byScore(places, func(k int) int { return int(scores[k])*pinCount + l.pins[places[k]].rank() })
	}
	if len(l.pins) == 0 || scores != nil {
		return places
	}
	slices.SortStableFunc(places, func(a, b int32) int { return cmp.Compare(l.pins[b], l.pins[a]) })
	return places
}

// follow puts the cursor on the pod that it was on, if that pod is still shown.
func (l *podList) follow() {
	at, found := slices.BinarySearchFunc(l.all, l.chosen, comparePods)
	if !found {
		return
	}
	if row := slices.Index(l.shown, int32(at)); row >= 0 {
		l.Cursor = row
	}
}

func comparePods(a, b k8s.Pod) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// keep keeps the cursor among the visible rows.
func (l *podList) keep(height int) { l.Keep(len(l.shown), height) }

func (l *podList) move(by, height int) {
	l.Window.Move(by, len(l.shown), height)
	l.remember()
}

// toTop moves the cursor to the best match.
func (l *podList) toTop(height int) { l.move(-len(l.shown), height) }

func (l *podList) remember() {
	if p, ok := l.selected(); ok {
		l.chosen = p
	}
}

func (l *podList) selected() (k8s.Pod, bool) {
	if l.Cursor >= len(l.shown) {
		return k8s.Pod{}, false
	}
	return l.all[l.shown[l.Cursor]], true
}

// where is "here" for pods of this node, and the node's name for others.
func (l *podList) where(p *k8s.Pod) string {
	if l.reach(p).Here {
		return "here"
	}
	return cmp.Or(p.Node, "-")
}
