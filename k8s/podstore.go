package k8s

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// podStore is filled by a reflector with Pods in place of the API's objects, once and sorted. An informer would keep them three times: in
// its queue, in its index and in the list made from that.
//
// Changes are collected until the next list is made, so that one copy of the list serves many changes.
type podStore struct {
	node   string            // keeps only pods of this node, even if the API ignores field selectors; "": of all nodes
	note   func(was, is Pod) // called for each change; the zero Pod means no pod
	mark   func()            // called when something changed
	shared map[string]string // texts that many pods share; used by the reflector only
	split  map[string][]string

	mu      sync.Mutex
	sorted  []Pod            // never changed, because snapshots share it
	pending map[podName]Pod  // new or changed since sorted was made
	gone    map[podName]bool // deleted since sorted was made
	filled  bool             // it contains all pods of the first list
	refused map[podName]error
}

type podName struct{ namespace, name string }

func nameOf(p Pod) podName { return podName{p.Namespace, p.Name} }

func newPodStore(node string, note func(was, is Pod), mark func()) *podStore {
	return &podStore{
		node: node, note: note, mark: mark, pending: map[podName]Pod{}, gone: map[podName]bool{}, refused: map[podName]error{},
	}
}

// refusals returns the number of pods that are left out, and why one of them is.
func (s *podStore) refusals() (count int, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, why = range s.refused {
		break
	}
	return len(s.refused), why
}

// isFilled says whether all pods of the first list are known.
func (s *podStore) isFilled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filled
}

// list returns all pods, by namespace, then name. The slice is never changed.
func (s *podStore) list() []Pod {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending)+len(s.gone) == 0 {
		return s.sorted
	}
	changed := slices.AppendSeq(slices.Collect(maps.Keys(s.gone)), maps.Keys(s.pending))
	slices.SortFunc(changed, compareNames)
	merged, old := make([]Pod, 0, len(s.sorted)+len(s.pending)), s.sorted
	for _, name := range changed {
		i, found := slices.BinarySearchFunc(old, name, compareToName)
		merged, old = append(merged, old[:i]...), old[i:]
		if found {
			old = old[1:]
		}
		if p, ok := s.pending[name]; ok {
			merged = append(merged, p)
		}
	}
	s.sorted = append(merged, old...)
	clear(s.pending)
	clear(s.gone)
	return s.sorted
}

func compareNames(a, b podName) int {
	return cmp.Or(strings.Compare(a.namespace, b.namespace), strings.Compare(a.name, b.name))
}

func compareToName(p Pod, n podName) int { return compareNames(nameOf(p), n) }

// find returns the pod of that name; the zero Pod if there is none.
func (s *podStore) find(name podName) Pod {
	if p, ok := s.pending[name]; ok {
		return p
	}
	if i, found := slices.BinarySearchFunc(s.sorted, name, compareToName); found && !s.gone[name] {
		return s.sorted[i]
	}
	return Pod{}
}

// Add is called by the reflector, as are the methods below, from one goroutine.
func (s *podStore) Add(object any) error { return s.Update(object) }

// Update adds the pod, or replaces the one of its name. A refused pod removes the one of its name and is left out.
func (s *podStore) Update(object any) error {
	i, err := s.itemOf(object)
	if err != nil {
		return err
	}
	if i.refused != nil {
		s.take(i)
		s.mu.Lock()
		s.refuse(i)
		s.mu.Unlock()
		return nil
	}
	p := i.pod
	if s.node != "" && p.Node != s.node {
		return nil
	}
	s.mu.Lock()
	was := s.find(nameOf(p))
	s.pending[nameOf(p)] = p
	delete(s.gone, nameOf(p))
	delete(s.refused, nameOf(p))
	s.mu.Unlock()
	s.note(was, p)
	s.mark()
	return nil
}

// Delete removes the pod of that name.
func (s *podStore) Delete(object any) error {
	i, err := s.itemOf(object)
	if err == nil {
		s.take(i)
	}
	return err
}

// take removes the pod of the item's name.
func (s *podStore) take(i *item) {
	name := podName{i.namespace, i.name}
	s.mu.Lock()
	was := s.find(name)
	delete(s.pending, name)
	delete(s.refused, name)
	s.gone[name] = true
	s.mu.Unlock()
	if was.UID != "" {
		s.note(was, Pod{})
	}
	s.mark()
}

// refuse records that a pod is left out; the caller holds s.mu.
func (s *podStore) refuse(i *item) {
	if len(s.refused) < keepTexts {
		s.refused[podName{i.namespace, i.name}] = i.refused
	}
}

// Replace replaces all pods, and notes what has changed.
func (s *podStore) Replace(objects []any, _ string) error {
	was := s.list()
	is := make([]Pod, 0, len(objects))
	var refused []*item
	for i, object := range objects {
		item, err := s.itemOf(object)
		if err != nil {
			return err
		}
		objects[i] = nil // already converted, so it can be freed
		switch {
		case item.refused != nil:
			refused = append(refused, item)
		case s.node == "" || item.pod.Node == s.node:
			is = append(is, item.pod)
		}
	}
	slices.SortFunc(is, byName)
	s.mu.Lock()
	s.sorted, s.filled = is, true
	clear(s.refused)
	for _, item := range refused {
		s.refuse(item)
	}
	s.mu.Unlock()
	s.compare(was, is)
	s.mark()
	return nil
}

// compare notes the differences between two sorted lists.
func (s *podStore) compare(was, is []Pod) {
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(is) == 0 || len(was) > 0 && byName(was[0], is[0]) < 0:
			s.note(was[0], Pod{})
			was = was[1:]
		case len(was) == 0 || byName(was[0], is[0]) > 0:
			s.note(Pod{}, is[0])
			is = is[1:]
		default:
			s.note(was[0], is[0])
			was, is = was[1:], is[1:]
		}
	}
}

// Resync does nothing, because unchanged pods need no notice.
func (s *podStore) Resync() error { return nil }

// Transformer lets the reflector convert each pod as it comes, instead of keeping 12 KB of each until the last one has come.
func (s *podStore) Transformer() cache.TransformFunc {
	return func(object any) (any, error) { return s.itemOf(object) }
}

func (s *podStore) itemOf(object any) (*item, error) {
	switch o := object.(type) {
	case *item:
		return o, nil
	case *corev1.Pod:
		p, err := podOf(o)
		return &item{keyOf(&o.ObjectMeta, err), s.share(p)}, nil
	case cache.DeletedFinalStateUnknown:
		return s.itemOf(o.Obj)
	default:
		return nil, fmt.Errorf("an unexpected %T from the API", object)
	}
}

// share returns the pod with texts that earlier pods already have.
func (s *podStore) share(p Pod) Pod {
	if s.shared == nil || len(s.shared)+len(s.split) > 4*s.len()+keepTexts { // most texts are of pods that are gone
		s.shared, s.split = map[string]string{}, map[string][]string{}
	}
	for _, text := range []*string{&p.Namespace, &p.Node, &p.Phase, &p.Status, &p.Labels} {
		*text = s.one(*text)
	}
	p.ContainerNames, p.HostIPs = s.oneList(p.ContainerNames), s.oneList(p.HostIPs)
	return p
}

const keepTexts = 10_000 // even if there are few pods

// refuses says whether the pod of that name is left out.
func (s *podStore) refuses(p Pod) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused[nameOf(p)] != nil
}

func (s *podStore) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sorted)
}

func (s *podStore) one(text string) string {
	if known, ok := s.shared[text]; ok {
		return known
	}
	s.shared[text] = text
	return text
}

func (s *podStore) oneList(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	joined := strings.Join(list, ",")
	if known, ok := s.split[joined]; ok {
		return known
	}
	s.split[joined] = slices.Clip(list)
	return list
}
