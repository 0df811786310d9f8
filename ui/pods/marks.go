package pods

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
)

// marks are the pods in which a tool is to run, in the order in which they were marked.
type marks []k8s.Pod

func (m marks) index(p *k8s.Pod) int {
	for i := range m {
		if m[i].UID == p.UID && m[i].Name == p.Name && m[i].Namespace == p.Namespace {
			return i
		}
	}
	return -1
}

func (m marks) has(p *k8s.Pod) bool { return len(m) > 0 && m.index(p) >= 0 }

// toggle marks a pod, or removes its mark.
func (m *marks) toggle(p k8s.Pod) {
	if i := m.index(&p); i >= 0 {
		*m = append((*m)[:i:i], (*m)[i+1:]...)
		return
	}
	*m = append(*m, p)
}

// keep updates the marked pods and forgets those that are gone.
func (m *marks) keep(s k8s.Snapshot) {
	var still marks
	for _, was := range *m {
		if is, err := s.Find(was.Namespace, was.Name); err == nil && is.UID == was.UID {
			still = append(still, is)
		}
	}
	*m = still
}

// Runnable returns an error that says in which of some pods no tool can run, and why.
func Runnable(pods []k8s.Pod, reach func(*k8s.Pod) launch.Reach) error {
	var cannot []string
	var first error
	for i := range pods {
		if r := reach(&pods[i]); r.How == launch.OutOfReach {
			cannot = append(cannot, pods[i].String()+" ("+r.Brief()+")")
			first = cmp.Or(first, r.Err())
		}
	}
	switch {
	case len(cannot) == 0:
		return nil
	case len(pods) == 1:
		return first
	}
	const named = 3
	more := ""
	if len(cannot) > named {
		more = fmt.Sprintf(", and %d more", len(cannot)-named)
		cannot = cannot[:named]
	}
	return hint.Add(errors.New("no tool can run in some of the marked pods: "+strings.Join(cannot, ", ")+more),
		"space unmarks a pod, u unmarks all; “here” in the search box finds the pods of this node")
}
