package launch

import (
	"fmt"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
)

// Runnable says why a pod cannot have a tool run in it.
func Runnable(pod k8s.Pod, here k8s.Node) error {
	switch {
	case pod.Deleting:
		return hint.Add(fmt.Errorf("pod %s is being deleted", pod), "choose the pod that takes its place")
	case pod.Finished():
		return hint.Add(fmt.Errorf("pod %s has ended (%s): its network namespace is gone", pod, pod.Status), "choose a pod that runs")
	case pod.Node == "":
		return hint.Add(fmt.Errorf("pod %s is %s: it is not on any node yet", pod, pod.Status), "see: "+describeLine(pod))
	case here.Sure && pod.Node != here.Name:
		return wrongNode(pod, here)
	default:
		return nil
	}
}

// notHere says why a pod has no namespace on this node: it is on another one, or has none yet.
func notHere(pod k8s.Pod, here k8s.Node, err error) error {
	if pod.Node != here.Name {
		return wrongNode(pod, here)
	}
	if pod.Phase == "Pending" {
		return hint.Add(fmt.Errorf("pod %s is Pending (%s): it has no network namespace yet", pod, pod.Status),
			"try again when its containers are being started: "+describeLine(pod))
	}
	return err
}

func wrongNode(pod k8s.Pod, here k8s.Node) error {
	return hint.Add(fmt.Errorf("pod %s runs on node %s, podtracer on %s", pod, pod.Node, here.Name),
		"run podtracer on "+pod.Node+": a debug pod like the one in manifests/, with nodeName: "+pod.Node)
}

// describeLine is the command that tells more of a pod.
func describeLine(pod k8s.Pod) string {
	return command.Join([]string{"kubectl", "describe", "pod", "-n", pod.Namespace, pod.Name})
}
