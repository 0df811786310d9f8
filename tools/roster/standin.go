package roster

import (
	"context"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// alone is the list of a node whose API nobody asks. If the runtime does not answer, it is the last one, with the reason.
func (n *Node) alone(ctx context.Context, last k8s.Snapshot) k8s.Snapshot {
	pods, err := n.Pods(ctx)
	if err != nil {
		if last.Err == nil {
			last.Since = time.Now()
		}
		last.Err, last.Standin = err, n.Here.Name
		return last
	}
	return k8s.Snapshot{
		Pods: pods, Namespaces: namespacesOf(pods, nil), Synced: true, Standin: n.Here.Name,
		Names: k8s.NamesOf(pods, onlyHere),
	}
}

// isOf says whether this machine is a node of the cluster that a list is of. A laptop may have a runtime, too.
func (n *Node) isOf(s k8s.Snapshot) bool {
	return n.Here.Sure || !s.Synced || slices.ContainsFunc(s.Pods, func(p k8s.Pod) bool { return p.Node == n.Here.Name })
}

// standIn is the API's last list with the pods that this node has now.
func (n *Node) standIn(s k8s.Snapshot, here []k8s.Pod) k8s.Snapshot {
	var pods []k8s.Pod
	for _, p := range s.Pods {
		if p.Node != n.Here.Name && !hasName(here, p) { // a pod that was scheduled meanwhile is here
			pods = append(pods, p)
		}
	}
	for _, p := range here {
		if s.Only == "" || p.Namespace == s.Only {
			pods = append(pods, known(s, p))
		}
	}
	slices.SortFunc(pods, byName)
	if !s.Synced {
		s.Names = k8s.NamesOf(pods, onlyHere)
	}
	s.Pods, s.Namespaces, s.Standin = pods, namespacesOf(pods, s.Namespaces), n.Here.Name
	return s
}

func hasName(pods []k8s.Pod, p k8s.Pod) bool {
	_, found := slices.BinarySearchFunc(pods, p, byName)
	return found
}

// known is a pod of the runtime with what the API said of it, and only the API knows.
func known(s k8s.Snapshot, p k8s.Pod) k8s.Pod {
	was, err := s.Find(p.Namespace, p.Name)
	if err != nil || was.UID != p.UID && (p.StaticHash == "" || was.StaticHash != p.StaticHash) {
		return p
	}
	was.ContainerIDs, was.Node = p.ContainerIDs, p.Node
	if len(p.IPs) > 0 {
		was.IPs = p.IPs
	}
	if was.Status != p.Status && !was.Deleting {
		was.Phase, was.Status, was.Ready, was.Ended = p.Phase, p.Status, p.Ready, p.Ended
	}
	return was
}

// namespacesOf adds the namespaces of pods to others.
func namespacesOf(pods []k8s.Pod, others []string) []string {
	all := slices.Clone(others)
	for _, p := range pods {
		all = append(all, p.Namespace)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
