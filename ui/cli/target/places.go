package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/roster"
	"github.com/fennec-project/podtracer/ui/cli/option"
)

// Places are where a single pod is looked for.
type Places struct {
	Cluster *k8s.Cluster
	Node    *roster.Node // whose runtime is asked while the API does not answer; nil for none
	Alone   bool         // the API is not asked
}

// Source knows what becomes of a pod, and whose addresses it talks to.
type Source interface {
	Gone(ctx context.Context, pod k8s.Pod) (k8s.Fate, error)
	Names(ctx context.Context, addrs []netip.Addr, at time.Time) (*k8s.Names, error)
}

// Find finds the pod that a target names, and who knows more of it. tell is told why the API was not the one that knew.
//
// Errors: there is no such pod; why neither the API nor the runtime answered. All have hints.
func (p Places) Find(ctx context.Context, t option.Target, tell func(error)) (k8s.Pod, Source, error) {
	if p.Node == nil {
		pod, err := FindPod(ctx, p.Cluster, t)
		return pod, p.Cluster, err
	}
	namespace := cmp.Or(t.Namespace, p.Cluster.Namespace())
	if p.Alone {
		pod, err := p.Node.Pod(ctx, namespace, t.Name)
		if errors.Is(err, k8s.ErrNotFound) {
			err = hint.Add(fmt.Errorf("the container runtime of this node has no pod %s in namespace %s", t.Name, namespace), "without --runtime-only the API is asked")
		}
		return pod, p.Node, err
	}
	pod, err := p.Cluster.Pod(ctx, namespace, t.Name)
	if !roster.Away(err) {
		return pod, p.Cluster, explainMissing(err, option.Pod, namespace, t.Name)
	}
	if pod, missing := p.Node.Pod(ctx, namespace, t.Name); missing == nil {
		tell(err)
		return pod, p.Node, nil
	}
	pod, err = FindPod(ctx, p.Cluster, t)
	return pod, p.Cluster, err
}
