package clock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Nodes are the clocks of nodes, in the order in which they were named. It is a value: With returns another one.
type Nodes []Node

// Node is a node with the course of its clock.
type Node struct {
	Name  string
	Clock Course
}

// With returns the clocks with what somebody else knows of that of a node, too.
func (n Nodes) With(name string, known Course) Nodes {
	more := slices.Clone(n)
	i := slices.IndexFunc(more, func(node Node) bool { return node.Name == name })
	if i < 0 {
		return append(more, Node{name, known})
	}
	more[i].Clock = more[i].Clock.and(known)
	return more
}

// and returns the offsets of both courses, each once. Where both have been told that a clock is this machine's own, one says it.
func (c Course) and(other Course) (both Course) {
	if c.Own() && other.Own() {
		return c
	}
	all := append(slices.Clone(c), other...)
	slices.SortStableFunc(all, func(a, b Offset) int { return a.At.Compare(b.At) })
	for _, o := range slices.Compact(all) {
		both = both.With(o)
	}
	return both
}

// Of returns the course of the clock of a node.
func (n Nodes) Of(name string) Course {
	for _, node := range n {
		if node.Name == name {
			return node.Clock
		}
	}
	return nil
}

// Apart is by how much two of the clocks differ at least, those that differ most: no more is sure of them.
func (n Nodes) Apart() (apart time.Duration) {
	for i, a := range n {
		for _, b := range n[:i] {
			if len(a.Clock) == 0 || len(b.Clock) == 0 {
				continue
			}
			one, other := a.Clock.Last(), b.Clock.Last()
			apart = max(apart, (one.Ahead-other.Ahead).Abs()-one.Within-other.Within)
		}
	}
	return apart
}

// Alone says whether there is no other clock than podtracer's.
func (n Nodes) Alone() bool {
	return !slices.ContainsFunc(n, func(node Node) bool { return !node.Clock.Own() })
}

// Certain says whether a clock differed from podtracer's for sure.
func (n Nodes) Certain() bool {
	return slices.ContainsFunc(n, func(node Node) bool { return node.Clock.Certain() })
}

// Words say of each clock how far it is from podtracer's, of at most so many: those that are the furthest.
func (n Nodes) Words(most int) string {
	order := slices.Clone(n)
	slices.SortStableFunc(order, func(a, b Node) int { return cmp.Compare(b.Clock.Last().Ahead.Abs(), a.Clock.Last().Ahead.Abs()) })
	var words []string
	for _, node := range order[:min(most, len(order))] {
		words = append(words, node.Name+" "+node.Clock.Words())
	}
	if more := len(order) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more no further", more))
	}
	return strings.Join(words, "; ")
}
