package pods

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/k8s"
)

// sorting is the column by which a list is sorted, and the direction.
type sorting struct {
	by       column
	reversed bool
}

// column is a column by which pods, or namespaces, can be sorted.
type column int

const (
	byItself column = iota // no column: the best match first, else by namespace and name
	byPodName
	byReady
	byStatus
	byRestarts
	byNode
	byIP
	byAge
	podColumnCount

	byPodCount  = byReady // of namespaces
	byHereCount = byStatus
	nsColumnCount
)

// next is the sorting by the next column, or in reverse order; a list that is not sorted yet is then sorted by its first column.
func (s sorting) next(reverse bool, columns column) sorting {
	if reverse {
		return sorting{by: max(s.by, byPodName), reversed: !s.reversed}
	}
	return sorting{by: (s.by + 1) % columns}
}

// falling says whether the greatest comes first. For restarts it does: many mean trouble.
func (s sorting) falling() bool { return (s.by == byRestarts) != s.reversed }

// title adds the mark of the direction to the title of the sorted column.
func (s sorting) title(text string, of column, falling bool) string {
	switch {
	case s.by != of:
		return text
	case falling:
		return text + "▼"
	default:
		return text + "▲"
	}
}

// sort sorts places of pods; equal ones stay sorted by namespace and name. By node, those of this node come first.
func (s sorting) sort(places []int32, pods []k8s.Pod, here []bool) {
	compare := s.comparing()
	turn := 1
	if s.falling() {
		turn = -1
	}
	slices.SortFunc(places, func(a, b int32) int {
		first := 0
		if s.by == byNode {
			first = cmp.Compare(truth(here[b]), truth(here[a]))
		}
		return cmp.Or(turn*cmp.Or(first, compare(&pods[a], &pods[b])), cmp.Compare(a, b))
	})
}

func (s sorting) comparing() func(a, b *k8s.Pod) int {
	switch s.by {
	case byReady: // those that are not ready come first
		return func(a, b *k8s.Pod) int {
			return cmp.Or(cmp.Compare(a.Ready*max(1, b.Containers), b.Ready*max(1, a.Containers)), cmp.Compare(a.Containers, b.Containers))
		}
	case byStatus:
		return func(a, b *k8s.Pod) int { return strings.Compare(a.Status, b.Status) }
	case byRestarts:
		return func(a, b *k8s.Pod) int { return cmp.Compare(a.Restarts, b.Restarts) }
	case byNode:
		return func(a, b *k8s.Pod) int { return strings.Compare(a.Node, b.Node) }
	case byIP:
		return func(a, b *k8s.Pod) int { return compareIPs(a.IP(), b.IP()) }
	case byAge: // the youngest comes first
		return func(a, b *k8s.Pod) int { return b.Created.Compare(a.Created) }
	default:
		return func(a, b *k8s.Pod) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Namespace, b.Namespace))
		}
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareIPs compares addresses by their numbers without parsing them: 10.0.0.9 comes before 10.0.0.10, and a pod without an
// address comes last.
func compareIPs(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	for a != "" && b != "" {
		partA, restA := cutPart(a)
		partB, restB := cutPart(b)
		if c := cmp.Or(cmp.Compare(len(partA), len(partB)), strings.Compare(partA, partB)); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

func cutPart(s string) (part, rest string) {
	if i := strings.IndexAny(s, ".:"); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// byScore sorts places by how well they match, best first, and keeps the order of equal ones. It is a counting sort, because
// scores are few and places may be many.
func byScore(places []int32, score func(k int) int) []int32 {
	var starts [scoreLength*pinCount + 1]int32
	for k := range places {
		starts[scoreLength*pinCount-score(k)]++
	}
	sum := int32(0)
	for s := range starts {
		starts[s], sum = sum, sum+starts[s]
	}
	out := make([]int32, len(places))
	for k, place := range places {
		s := scoreLength*pinCount - score(k)
		out[starts[s]] = place
		starts[s]++
	}
	return out
}
