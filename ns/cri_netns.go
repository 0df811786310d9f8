package ns

import (
	"context"
	"errors"
	"fmt"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

// open opens the network namespace of a sandbox.
func (c *CRI) open(ctx context.Context, d dialogue, pod Pod, sandbox *runtimeapi.PodSandbox) (*Netns, error) {
	answer, err := d.client.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: sandbox.Id, Verbose: true})
	if err != nil {
		return nil, fmt.Errorf("sandbox %.12s: %w", sandbox.Id, d.plain(ctx, err))
	}
	if answer.Status.GetId() != sandbox.Id || !identifies(answer.Status.GetMetadata(), pod) {
		return nil, fmt.Errorf("sandbox %.12s: the runtime's status is about another sandbox", sandbox.Id)
	}
	// cri-dockerd gives no info, and calls the sandbox of a pod with one address NOTREADY.
	if sandbox.State != runtimeapi.PodSandboxState_SANDBOX_READY && len(answer.Info) > 0 {
		return nil, fmt.Errorf("sandbox %.12s has stopped, and the pod's network with it", sandbox.Id)
	}
	// This comes first: even for a hostNetwork pod CRI-O makes and names a network namespace, which the pod does not use.
	if pod.HostNetwork || usesNode(answer.Status) {
		return c.host(d)
	}
	info, err := parseInfo(answer.Info)
	if err != nil {
		return nil, err
	}
	netns, err := c.own(ctx, d, pod, sandbox.Id, info)
	if err != nil {
		return nil, fmt.Errorf("sandbox %.12s: %w", sandbox.Id, err)
	}
	c.learnResolv(netns, info)
	return netns, nil
}

func usesNode(s *runtimeapi.PodSandboxStatus) bool {
	return s.GetLinux().GetNamespaces().GetOptions().GetNetwork() == runtimeapi.NamespaceMode_NODE
}

// own opens the network namespace of a sandbox with its own network: by its path, else by the sandbox's process, else by a process of
// one of its containers.
func (c *CRI) own(ctx context.Context, d dialogue, pod Pod, id string, info sandboxInfo) (*Netns, error) {
	var refusals []error
	if path := info.netnsPath(); path != "" {
		netns, err := c.byPath(path)
		if err == nil {
			return netns, nil
		}
		refusals = append(refusals, err)
	}
	if info.PID > 0 {
		netns, err := c.byPID(info.PID, belongs(pod, id))
		if err == nil {
			return netns, nil
		}
		refusals = append(refusals, err)
	}
	netns, err := c.byContainer(ctx, d, pod, id)
	if err == nil {
		return netns, nil
	}
	return nil, errors.Join(append(refusals, err)...)
}

// byPath opens a path that the runtime named: here, or in the root of the node.
func (c *CRI) byPath(path string) (*Netns, error) {
	netns, here := OpenNetns(path)
	if here == nil {
		return netns, nil
	}
	root, err := nodeRoot(c.proc)
	if err == nil && root == "" {
		return nil, here
	}
	if err == nil {
		netns, err = openNetnsBelow(root, path)
	}
	if err == nil {
		return netns, nil
	}
	return nil, hint.Add(errors.Join(here, err), "mount the node's /run into this pod (mountPropagation: HostToContainer), or set hostPID: true")
}

// byPID opens the network namespace of a process that the runtime named, if the process is the pod's: the PID is from the runtime's PID
// namespace, and may have been reused.
func (c *CRI) byPID(pid int, right func(cgroupID) bool) (*Netns, error) {
	netns, err := c.ofProcess(pid, right)
	if gone(err) || errors.As(err, new(notOfPod)) {
		err = hint.Add(fmt.Errorf("process %d, as the runtime numbers it, is not the pod's in %s: %w", pid, c.proc, err), hintHostPID)
	}
	return netns, err
}

func (c *CRI) ofProcess(pid int, right func(cgroupID) bool) (*Netns, error) {
	proc, err := openProcess(c.proc, pid)
	if err != nil {
		return nil, err
	}
	defer proc.close()
	node := cgroupsOfNode(c.proc)
	netns, err := proc.netns(func(cgroup string) bool { return right(node.identify(cgroup)) })
	if err != nil {
		return nil, err
	}
	netns.Resolv, netns.ResolvErr = proc.resolv()
	return netns, nil
}

// byContainer opens the network namespace of a running container of the sandbox. cri-dockerd needs this, because it tells nothing about
// sandboxes.
func (c *CRI) byContainer(ctx context.Context, d dialogue, pod Pod, sandbox string) (*Netns, error) {
	list, err := d.client.ListContainers(ctx, &runtimeapi.ListContainersRequest{Filter: &runtimeapi.ContainerFilter{
		PodSandboxId: sandbox,
		State:        &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING},
	}})
	if err != nil {
		return nil, d.plain(ctx, err)
	}
	refusals := []error{errors.New("no running container leads to the network namespace")}
	for _, container := range list.Containers {
		if container.PodSandboxId != sandbox {
			continue
		}
		answer, err := d.client.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: container.Id, Verbose: true})
		if err != nil {
			refusals = append(refusals, fmt.Errorf("container %.12s: %w", container.Id, d.plain(ctx, err)))
			continue
		}
		info, err := parseInfo(answer.Info)
		if err == nil && info.PID <= 0 {
			err = errors.New("the runtime names no process")
		}
		if err == nil {
			var netns *Netns
			if netns, err = c.byPID(info.PID, belongs(pod, sandbox, container.Id)); err == nil {
				return netns, nil
			}
		}
		refusals = append(refusals, fmt.Errorf("container %.12s: %w", container.Id, err))
	}
	return nil, errors.Join(refusals...)
}

// host opens the node's own network namespace, which is that of process 1.
//
// In a pod without hostPID, process 1 of /proc is the pod's own. So the runtime must be in podtracer's PID namespace, and in the same
// network namespace as process 1: hostNetwork pods are in the runtime's.
func (c *CRI) host(d dialogue) (*Netns, error) {
	netns, err := nodeNetns(c.proc)
	if err != nil {
		return nil, fmt.Errorf("open the node's network namespace: %w", err)
	}
	if c.proc == "/proc" {
		if err := d.shares(netns); err != nil {
			return nil, errors.Join(fmt.Errorf("open the node's network namespace: %w", err), netns.Close())
		}
	}
	netns.Host = true
	return netns, nil
}

// shares checks that the runtime is in the network namespace that is taken for the node's.
func (d dialogue) shares(node *Netns) error {
	if d.peer == 0 {
		return hint.Add(errors.New("the node's processes are not visible in /proc"), hintHostPID)
	}
	proc, err := openProcess("/proc", d.peer)
	if err != nil {
		return err
	}
	defer proc.close()
	runtime, err := proc.netns(func(string) bool { return true })
	if err != nil {
		return err
	}
	same := runtime.Same(node)
	if err := runtime.Close(); err != nil {
		return err
	}
	if !same {
		return fmt.Errorf("the runtime (process %d) and process 1 are in different network namespaces, so the node's is not known", d.peer)
	}
	return nil
}
