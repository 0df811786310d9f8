package grant

import (
	"slices"
	"strings"
	"sync"
)

// Refusals are the rights that the API has refused, and not given since.
type Refusals struct {
	mu   sync.Mutex
	some []Lack // each with a single verb, in the order in which they were refused
}

// Lack is a right that somebody does not have.
type Lack struct {
	Right
	Who string // as the API names them
}

// Words name what is not allowed: "list and watch pods".
func (l Lack) Words() string { return strings.Join(l.Verbs, " and ") + " " + l.Resource }

// Commands give the right.
func (l Lack) Commands() string { return l.Right.Commands(l.Who) }

// Add notes that the API has refused a right with err.
func (r *Refusals) Add(verb, resource, namespace string, err error) {
	r.Remove(verb, resource, namespace)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.some = append(r.some, Lack{Right{Verbs: []string{verb}, Resource: resource, Namespace: namespace}, Who(err)})
	slices.SortStableFunc(r.some, func(a, b Lack) int { return strings.Compare(a.Verbs[0], b.Verbs[0]) })
}

// Remove notes that the API has given a right.
func (r *Refusals) Remove(verb, resource, namespace string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.some = slices.DeleteFunc(r.some, func(l Lack) bool {
		return l.Verbs[0] == verb && l.Resource == resource && l.Namespace == namespace
	})
}

// Lacks are the rights that are missing now, the verbs for the same objects in one, sorted.
func (r *Refusals) Lacks() []Lack {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lacks []Lack
	for _, l := range r.some {
		i := slices.IndexFunc(lacks, func(other Lack) bool { return other.Resource == l.Resource && other.Namespace == l.Namespace })
		if i < 0 {
			lacks = append(lacks, l)
			continue
		}
		lacks[i].Verbs = append(slices.Clip(lacks[i].Verbs), l.Verbs...)
	}
	slices.SortFunc(lacks, func(a, b Lack) int { return strings.Compare(a.Resource+" "+a.Namespace, b.Resource+" "+b.Namespace) })
	return lacks
}

// Verbs are those that are missing for these objects.
func (r *Refusals) Verbs(resource, namespace string) []string {
	for _, l := range r.Lacks() {
		if l.Resource == resource && l.Namespace == namespace {
			return l.Verbs
		}
	}
	return nil
}
