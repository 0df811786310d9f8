package launch

import (
	"context"
	"fmt"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
)

// Network reads what the pod's network namespace contains. The pod must be on this node.
//
// Even with an error, it returns what could be read; the error says what could not.
func (l *Local) Network(ctx context.Context, pod k8s.Pod) (netinfo.Network, error) {
	if reach := l.Reach(&pod); reach.How == OutOfReach && reach.reason == elsewhere { // no need to ask the finder
		return netinfo.Network{}, reach.Err()
	}
	netns, err := l.find(ctx, pod)
	if err != nil {
		return netinfo.Network{}, err
	}
	defer netns.Close()
	network, err := netinfo.Read(ctx, netns)
	if err != nil {
		err = fmt.Errorf("read the network of %s: %w", pod, err)
	}
	return network, err
}
