package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"github.com/fennec-project/podtracer/ns"
)

// Node is a node of the demo: a network namespace with a bridge, and pods on the bridge, which are real network namespaces, too.
// It is a ns.Finder.
//
// Nothing of it has a name outside this process: no file, no bind mount, no interface of the host. Only open descriptors hold
// it, so it is gone with the process, however that ends.
type Node struct {
	mu     sync.Mutex
	pods   map[string]*podNet // by UID; NodeUID is the node itself; nil after Close
	bridge int                // index of the bridge in the node
	veths  int                // number made so far, so that each gets a new name
	dns    netip.Addr         // of the pod that serves DNS, even while it is gone; invalid if there never was one
}

// podNet is one network namespace of the demo, and the traffic in it.
type podNet struct {
	netns   *ns.Netns
	addrs   []netip.Addr
	veth    string // name of its end in the node
	stops   []context.CancelFunc
	traffic sync.WaitGroup // counts goroutines; added to only while the pod is in Node.pods
}

var errClosed = errors.New("the demo is closed")

// New makes the node and its bridge.
//
// Errors: those of the system, with a hint about the right that is missing.
func New() (*Node, error) {
	node, err := ns.MakeNetns()
	if err != nil {
		return nil, fmt.Errorf("make the demo's node: %w", err)
	}
	bridge, err := addBridge(node)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the demo's bridge: %w", err), node.Close())
	}
	return &Node{pods: map[string]*podNet{NodeUID: {netns: node}}, bridge: bridge}, nil
}

// AddPod makes the network namespace of a pod: lo, and an eth0 on the bridge with these addresses. They must be in 10.244.0.0/24 or
// fd00:10:244::/64, where the first address is the node's.
func (d *Node) AddPod(uid string, addrs ...netip.Addr) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pods == nil {
		return errClosed
	}
	if d.pods[uid] != nil {
		return fmt.Errorf("add demo pod %s: %w", uid, os.ErrExist)
	}
	pod, err := d.makePod(addrs)
	if err != nil {
		return fmt.Errorf("add demo pod %s: %w", uid, err)
	}
	d.pods[uid] = pod
	return nil
}

func (d *Node) makePod(addrs []netip.Addr) (*podNet, error) {
	netns, err := ns.MakeNetns()
	if err != nil {
		return nil, err
	}
	d.veths++
	pod := &podNet{netns: netns, addrs: addrs, veth: fmt.Sprintf("veth%d", d.veths)}
	node := d.pods[NodeUID].netns
	if err := addVeth(node, d.bridge, pod.veth, netns, addrs); err != nil {
		return nil, errors.Join(err, netns.Close())
	}
	if err := addAddresses(netns, addrs); err != nil {
		return nil, errors.Join(err, delVeth(node, pod.veth), netns.Close())
	}
	return pod, nil
}

// RemovePod ends the pod's traffic, waits for it, and takes the pod from the bridge. The namespace exists until no tool holds it any
// more; a tool that does sees eth0 disappear, as in a cluster.
func (d *Node) RemovePod(uid string) error {
	d.mu.Lock()
	pod := d.pods[uid]
	if pod == nil || uid == NodeUID {
		d.mu.Unlock()
		return fmt.Errorf("remove demo pod %s: %w", uid, ns.ErrNotHere)
	}
	delete(d.pods, uid)
	node := d.pods[NodeUID]
	node.traffic.Add(1) // the node must exist until the pod has been taken from it
	d.mu.Unlock()
	defer node.traffic.Done()

	pod.stop()
	pod.traffic.Wait()
	if err := errors.Join(delVeth(node.netns, pod.veth), pod.netns.Close()); err != nil {
		return fmt.Errorf("remove demo pod %s: %w", uid, err)
	}
	return nil
}

// stop ends the pod's traffic. The pod is no longer in Node.pods, so no more traffic is added.
func (p *podNet) stop() {
	for _, stop := range p.stops {
		stop()
	}
}

// Find implements ns.Finder. A hostNetwork pod is in the demo's node.
func (d *Node) Find(_ context.Context, pod ns.Pod) (*ns.Netns, error) {
	uid := pod.UID
	if pod.HostNetwork {
		uid = NodeUID
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	found := d.pods[uid]
	if found == nil || (uid == NodeUID && !pod.HostNetwork) {
		return nil, fmt.Errorf("find %s in the demo: %w", pod, ns.ErrNotHere)
	}
	netns, err := found.netns.Dup()
	if err != nil {
		return nil, fmt.Errorf("find %s in the demo: %w", pod, err)
	}
	if netns.Host = pod.HostNetwork; !netns.Host && d.dns.IsValid() {
		netns.Resolv = resolvConfOf(d.dns)
	}
	return netns, nil
}

// Close ends all traffic, waits for it, and closes all namespaces.
func (d *Node) Close() error {
	d.mu.Lock()
	pods := d.pods
	d.pods = nil
	d.mu.Unlock()

	for _, pod := range pods { // stop all before waiting for one
		pod.stop()
	}
	var all []error
	for _, pod := range pods {
		pod.traffic.Wait()
		all = append(all, pod.netns.Close())
	}
	return errors.Join(all...)
}
