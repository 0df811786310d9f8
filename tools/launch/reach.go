package launch

import (
	"fmt"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
)

// Reach says whether a tool can run in a pod. Everything that depends on that asks a Launcher for it and decides nothing itself.
type Reach struct {
	How  How
	Here bool // the pod is on podtracer's node

	pod    *k8s.Pod
	here   string // podtracer's node
	reason reason
	none   error // why no helper can be made for it; nil if that is not known
}

// How says whether a tool can run in a pod at once, later, or not at all.
type How int

const (
	OutOfReach  How = iota // no tool can run there; Err says why
	AfterMaking            // the launcher has to prepare something first
	AtOnce
)

// reason is why a pod is out of reach.
type reason int

const (
	elsewhere reason = iota // on another node
	deleting
	ended
	unscheduled
	noLinux // podtracer does not run on Linux
)

// Elsewhere says whether the pod can be reached only from another node.
func (r Reach) Elsewhere() bool {
	return r.How == OutOfReach && (r.reason == elsewhere || r.reason == noLinux && r.pod.Node != "")
}

// Unsure says whether the pod may be on another node, because podtracer does not know for sure which node it is on.
func (r Reach) Unsure() bool { return r.How == AtOnce && !r.Here }

// ThroughHelper is the Reach of the pod where a helper can be made on its node.
func (r Reach) ThroughHelper() Reach {
	r.How = AfterMaking
	return r
}

// WithoutHelper adds the reason why no helper can be made.
func (r Reach) WithoutHelper(why error) Reach {
	r.none = why
	return r
}

// Err says why no tool can run in the pod, with a hint; nil if one can.
func (r Reach) Err() error {
	if r.How != OutOfReach {
		return nil
	}
	pod := r.pod
	switch r.reason {
	case deleting:
		return hint.Add(fmt.Errorf("pod %s is being deleted", pod), "choose the pod that takes its place")
	case ended:
		return hint.Add(fmt.Errorf("pod %s has ended (%s): its network namespace is gone", pod, pod.Status), "choose a pod that runs")
	case unscheduled:
		return hint.Add(fmt.Errorf("pod %s is %s: it is not on any node yet", pod, pod.Status), "see: "+describeLine(*pod))
	case noLinux:
		if r.none != nil {
			return fmt.Errorf("%w; through a helper: %w", guard.ErrUnsupported, r.none)
		}
		return hint.Add(guard.ErrUnsupported, "run podtracer on the pod's node, or in a debug pod there like the one in manifests/")
	default:
		err := wrongNode(*pod, r.here)
		if r.none != nil {
			return fmt.Errorf("%w; %w", err, r.none)
		}
		return err
	}
}

// Brief says why no tool can run in the pod, in few words for a list; "" if one can.
func (r Reach) Brief() string {
	if r.How != OutOfReach {
		return ""
	}
	switch r.reason {
	case deleting:
		return "is being deleted"
	case ended:
		return "has ended"
	case unscheduled:
		return "is not on any node yet"
	case noLinux:
		return "is out of reach: " + guard.ErrUnsupported.Error()
	default:
		return "is on " + r.pod.Node + ", not on " + r.here
	}
}

// Network says why the pod's network cannot be read; "" if it can, as it can while the pod is being deleted.
func (r Reach) Network() string {
	switch {
	case r.How != OutOfReach:
		return ""
	case r.pod.Finished():
		return "the pod has ended: it has no network any more"
	case r.pod.Node == "":
		return "the pod is not on any node yet"
	case !r.Here:
		return "can be read only on its node, " + r.pod.Node
	default:
		return ""
	}
}

// Reach says whether a tool can run in a pod: yes on this node, no on others. If Local is not sure which node this is, the finder of
// network namespaces decides later.
func (l *Local) Reach(pod *k8s.Pod) Reach {
	r := Reach{pod: pod, here: l.Here.Name, Here: pod.Node != "" && pod.Node == l.Here.Name}
	switch {
	case pod.Deleting:
		r.reason = deleting
	case pod.Finished():
		r.reason = ended
	case pod.Node == "":
		r.reason = unscheduled
	case !runsTools:
		r.reason = noLinux
	case l.Here.Sure && !r.Here:
		r.reason = elsewhere
	default:
		r.How = AtOnce
	}
	return r
}

// notHere explains why a pod has no network namespace on this node: it is on another node, or has none yet.
func notHere(pod k8s.Pod, here k8s.Node, err error) error {
	if pod.Node != here.Name {
		return wrongNode(pod, here.Name)
	}
	if pod.Phase == "Pending" {
		return hint.Add(fmt.Errorf("pod %s is Pending (%s): it has no network namespace yet", pod, pod.Status),
			"try again when its containers are being started: "+describeLine(pod))
	}
	return err
}

func wrongNode(pod k8s.Pod, here string) error {
	return hint.Add(fmt.Errorf("pod %s runs on node %s, podtracer on %s", pod, pod.Node, here),
		"run podtracer on "+pod.Node+": a debug pod like the one in manifests/, with nodeName: "+pod.Node)
}

// describeLine is the kubectl command that tells more about a pod.
func describeLine(pod k8s.Pod) string {
	return command.Join([]string{"kubectl", "describe", "pod", "-n", pod.Namespace, pod.Name})
}
