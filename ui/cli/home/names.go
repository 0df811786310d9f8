package home

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// Names are names for a capture that was left: a cluster is asked only when a capture is saved with names, and only for a
// short time.
type Names struct {
	Connect func(context.Context) (*k8s.Cluster, error)
	Pod     k8s.Pod // that was captured in
}

const namesTime = 3 * time.Second

// Names asks the cluster if the pod belongs to it: in another cluster the same addresses have other owners.
func (n *Names) Names(ctx context.Context, addrs []netip.Addr, at time.Time) (*k8s.Names, error) {
	ctx, cancel := context.WithTimeout(ctx, namesTime)
	defer cancel()
	cluster, err := n.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pod, err := cluster.Pod(ctx, n.Pod.Namespace, n.Pod.Name)
	switch {
	case errors.Is(err, k8s.ErrNotFound) || err == nil && pod.UID != n.Pod.UID:
		return nil, fmt.Errorf("the cluster %s does not have the pod any more, or never had", cluster.Name())
	case err != nil:
		return nil, err
	}
	return cluster.Names(ctx, addrs, at)
}
