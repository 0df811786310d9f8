package roster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/k8s/rules"
	"github.com/fennec-project/podtracer/ns"
)

// Node is the node that podtracer runs on, with the pods that its container runtime has.
type Node struct {
	Here    k8s.Node
	Runtime Runtime
}

// Runtime lists the pods that a container runtime has now, as ns.Residents does.
type Runtime interface {
	List(ctx context.Context) ([]ns.Resident, error)
}

// Pods asks the runtime, and returns the pods by namespace, then name. Those whose names break the rules of Kubernetes are left out.
//
// Errors: why the runtime cannot be asked, with a hint.
func (n *Node) Pods(ctx context.Context) ([]k8s.Pod, error) {
	residents, err := n.Runtime.List(ctx)
	if err != nil {
		return nil, err
	}
	var pods []k8s.Pod
	for _, r := range residents {
		if !r.Ready && len(r.Containers) == 0 { // what is left of a pod that was deleted
			continue
		}
		if rules.IsLabel(r.Namespace) && rules.IsName(r.Name) && rules.IsUID(r.UID) {
			pods = append(pods, n.podOf(r))
		}
	}
	slices.SortFunc(pods, byName)
	return pods, nil
}

func byName(a, b k8s.Pod) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// Pod is the pod of that name.
//
// Errors: k8s.ErrNotFound; why the runtime cannot be asked.
func (n *Node) Pod(ctx context.Context, namespace, name string) (k8s.Pod, error) {
	pods, err := n.Pods(ctx)
	if err != nil {
		return k8s.Pod{}, fmt.Errorf("find pod %s/%s on this node: %w", namespace, name, err)
	}
	i, found := slices.BinarySearchFunc(pods, k8s.Pod{Namespace: namespace, Name: name}, byName)
	if !found {
		return k8s.Pod{}, k8s.ErrNotFound
	}
	return pods[i], nil
}

// Names are those of the pods of this node.
func (n *Node) Names(ctx context.Context, _ []netip.Addr, _ time.Time) (*k8s.Names, error) {
	pods, err := n.Pods(ctx)
	incomplete := onlyHere
	if err != nil {
		incomplete = err.Error()
	}
	return k8s.NamesOf(pods, incomplete), ctx.Err()
}

// onlyHere says which names the runtime does not know.
const onlyHere = "pods of other nodes, and services: only the API knows them"

// podOf is a Resident as the API would describe it.
func (n *Node) podOf(r ns.Resident) k8s.Pod {
	p := k8s.Pod{
		Namespace: r.Namespace, Name: r.Name, UID: r.UID, StaticHash: r.StaticHash, Node: n.Here.Name,
		HostNetwork: r.HostNetwork, ContainerIDs: r.ContainerIDs, Created: r.Created, Started: r.Created, Labels: labelsOf(r.Labels),
	}
	for _, ip := range r.IPs {
		if addr, err := netip.ParseAddr(ip); err == nil {
			p.IPs = append(p.IPs, addr.String())
		}
	}
	containers := withoutInit(r.Containers)
	p.Containers = len(containers)
	for _, c := range containers {
		p.ContainerNames = append(p.ContainerNames, rules.Word(c.Name))
		p.Restarts += c.Restarts
		if c.State == ns.ContainerRunning {
			p.Ready++
		}
		if c.Finished.After(p.Ended) {
			p.Ended = c.Finished
		}
	}
	p.Phase, p.Status = standing(r.Ready, containers)
	if !p.Finished() {
		p.Ended = time.Time{}
	}
	return p
}

func labelsOf(all map[string]string) string {
	var words []string
	for key, value := range all {
		if rules.IsLabelKey(key) && rules.IsSimple(cmp.Or(value, "-"), 63) {
			words = append(words, key+"="+value)
		}
	}
	slices.Sort(words)
	return strings.Join(words, ",")
}

// withoutInit leaves out init containers, which the runtime does not tell from others: they have ended well before a later one was made.
func withoutInit(all []ns.Container) []ns.Container {
	var kept []ns.Container
	for i, c := range all {
		isInit := c.State == ns.ContainerEnded && c.Exit == 0 && slices.ContainsFunc(all[i+1:], func(later ns.Container) bool {
			return !later.Created.Before(c.Finished)
		})
		if !isInit {
			kept = append(kept, c)
		}
	}
	return kept
}

// standing is the phase of a pod and what kubectl would call its status.
func standing(ready bool, containers []ns.Container) (phase, status string) {
	status, failed := "", false
	for _, c := range containers {
		switch {
		case c.State == ns.ContainerCreated:
			status = "ContainerCreating"
		case c.State == ns.ContainerEnded && (status == "" || c.Exit != 0):
			status = cmp.Or(rules.Word(c.Reason), "Completed")
			failed = failed || c.Exit != 0
		}
	}
	switch {
	case ready && len(containers) == 0:
		return "Pending", "ContainerCreating"
	case ready:
		return "Running", cmp.Or(status, "Running")
	case failed:
		return "Failed", status
	default:
		return "Succeeded", cmp.Or(status, "Completed")
	}
}

// fateIn compares a pod with the one that a list has under its name.
func fateIn(find func(namespace, name string) (k8s.Pod, error), pod k8s.Pod) k8s.Fate {
	now, err := find(pod.Namespace, pod.Name)
	if errors.Is(err, k8s.ErrNotFound) {
		return k8s.Fate{Reason: "was deleted"}
	}
	return k8s.FateOf(pod, now)
}

// Gone does what Roster.Gone does, by the runtime alone.
func (n *Node) Gone(ctx context.Context, pod k8s.Pod) (k8s.Fate, error) {
	ctx, cancel := context.WithCancel(ctx)
	r, wait := Alone(ctx, n)
	defer wait()
	defer cancel()
	return r.goneHere(ctx, pod)
}
