package ns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Resident is a pod on this node, as the node's container runtime knows it.
type Resident struct {
	Pod
	Ready      bool // its sandbox, and with it its network namespace, is there
	Created    time.Time
	IPs        []string // none for a pod with the node's network
	Labels     map[string]string
	Containers []Container // the newest of each name, the oldest first
}

// Container is a container of a Resident.
type Container struct {
	Name     string
	State    ContainerState
	Created  time.Time
	Finished time.Time // zero if it has not ended
	Exit     int       // its status, if it has ended
	Reason   string    // why it has ended, in a word of the runtime: Completed, Error, OOMKilled
	Restarts int
}

// ContainerState is how far a container has come.
type ContainerState int

// The states.
const (
	ContainerCreated ContainerState = iota
	ContainerRunning
	ContainerEnded
)

// Residents lists the pods of this node again and again. What does not change any more is asked for only once.
type Residents struct {
	cri *CRI

	mu       sync.Mutex
	answered map[socket]bool                        // places at which a runtime has answered
	networks map[string]network                     // by sandbox
	ended    map[string]*runtimeapi.ContainerStatus // by container
}

// network is what only the status of a sandbox says.
type network struct {
	ofNode bool
	ips    []string
}

// NewResidents asks the runtimes that NewCRI finds.
func NewResidents(c *CRI) *Residents {
	return &Residents{cri: c, answered: map[socket]bool{}, networks: map[string]network{}, ended: map[string]*runtimeapi.ContainerStatus{}}
}

// List asks every runtime that answers: a node may have another one than the kubelet's, without a pod. It reads and never subscribes, as CRI
// does.
//
// Errors: ErrUnavailable with every socket and what is wrong with it; ErrNotLinux; else what the runtime said, also if one does not answer
// that did before: its pods are then not known.
func (r *Residents) List(ctx context.Context) ([]Resident, error) {
	if runtime.GOOS != "linux" {
		return nil, ErrNotLinux
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var tried attempts
	var all []Resident
	there, some := map[string]bool{}, false
	for _, at := range r.cri.places(&tried) {
		found, err := r.ask(ctx, at, there)
		switch {
		case err == nil:
			r.answered[at], some = true, true
			all = append(all, found...)
		case ctx.Err() != nil || !tried.add(at, err) || r.answered[at]:
			return nil, err
		}
	}
	if !some {
		return nil, tried.err()
	}
	r.forget(there)
	return each(all), nil
}

// each are pods by namespace, then name, each once: a runtime may be reached in several places.
func each(all []Resident) []Resident {
	slices.SortStableFunc(all, func(a, b Resident) int {
		if order := cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name)); order != 0 || a.Ready == b.Ready {
			return order
		}
		if a.Ready {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(all, func(a, b Resident) bool { return a.Namespace == b.Namespace && a.Name == b.Name })
}

// ask asks one runtime, and notes which sandboxes and containers are there.
func (r *Residents) ask(ctx context.Context, at socket, there map[string]bool) ([]Resident, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cri.patience)
	defer cancel()
	said := func(err error) error { return fmt.Errorf("list the pods of the runtime at %s: %w", at, err) }
	d, end, err := at.talk(ctx, r.cri.patience)
	if err != nil {
		return nil, noAnswer{said(err)}
	}
	defer end()
	sandboxes, err := d.list(ctx, nil)
	if err != nil {
		return nil, said(err)
	}
	containers, err := d.client.ListContainers(ctx, &runtimeapi.ListContainersRequest{})
	if err != nil {
		return nil, said(d.plain(ctx, err))
	}
	all, err := r.of(ctx, d, newest(sandboxes), bySandbox(containers.Containers))
	if err != nil {
		return nil, said(err)
	}
	for _, s := range sandboxes {
		there[s.Id] = true
	}
	for _, c := range containers.Containers {
		there[c.Id] = true
	}
	return all, nil
}

// newest are the sandboxes that the kubelet made last for each pod; it keeps dead ones for a while.
func newest(sandboxes []*runtimeapi.PodSandbox) []*runtimeapi.PodSandbox {
	byPod := map[[2]string][]*runtimeapi.PodSandbox{}
	for _, s := range sandboxes {
		if s.GetLabels()[labelUID] == "" { // not the kubelet's
			continue
		}
		name := [2]string{s.GetMetadata().GetNamespace(), s.GetMetadata().GetName()}
		byPod[name] = append(byPod[name], s)
	}
	var kept []*runtimeapi.PodSandbox
	for _, some := range byPod {
		kept = append(kept, slices.MinFunc(some, func(a, b *runtimeapi.PodSandbox) int {
			return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(b.CreatedAt, a.CreatedAt))
		}))
	}
	slices.SortFunc(kept, func(a, b *runtimeapi.PodSandbox) int {
		return cmp.Or(strings.Compare(a.Metadata.Namespace, b.Metadata.Namespace), strings.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return kept
}

func bySandbox(containers []*runtimeapi.Container) map[string][]*runtimeapi.Container {
	of := map[string][]*runtimeapi.Container{}
	for _, c := range containers {
		of[c.PodSandboxId] = append(of[c.PodSandboxId], c)
	}
	return of
}

func (r *Residents) of(ctx context.Context, d dialogue, sandboxes []*runtimeapi.PodSandbox, containers map[string][]*runtimeapi.Container) ([]Resident, error) {
	var all []Resident
	for _, s := range sandboxes {
		m := s.GetMetadata()
		resident := Resident{
			Pod:     Pod{Namespace: m.GetNamespace(), Name: m.GetName(), UID: m.GetUid()},
			Ready:   s.State == runtimeapi.PodSandboxState_SANDBOX_READY,
			Created: time.Unix(0, s.CreatedAt), Labels: ownLabels(s.GetLabels()),
		}
		if source := s.GetAnnotations()["kubernetes.io/config.source"]; source != "" && source != "api" {
			resident.StaticHash = resident.UID
		}
		n, err := r.network(ctx, d, s.Id)
		if errors.Is(err, errUnknown) { // removed a moment ago
			continue
		}
		if err != nil {
			return nil, err
		}
		resident.HostNetwork, resident.IPs = n.ofNode, n.ips
		for _, c := range latestOf(containers[s.Id]) {
			resident.ContainerIDs = append(resident.ContainerIDs, c.Id)
			container, err := r.container(ctx, d, c)
			if err != nil {
				return nil, err
			}
			resident.Containers = append(resident.Containers, container)
		}
		all = append(all, resident)
	}
	return all, nil
}

// ownLabels are those that the pod has, without the kubelet's own.
func ownLabels(all map[string]string) map[string]string {
	own := map[string]string{}
	for key, value := range all {
		if !strings.HasPrefix(key, "io.kubernetes.pod.") && !strings.HasPrefix(key, "io.kubernetes.container.") {
			own[key] = value
		}
	}
	return own
}

// latestOf are the containers that run or ran last under each name, the oldest first.
func latestOf(containers []*runtimeapi.Container) []*runtimeapi.Container {
	byName := map[string]*runtimeapi.Container{}
	for _, c := range containers {
		if last := byName[c.GetMetadata().GetName()]; last == nil || last.CreatedAt < c.CreatedAt {
			byName[c.GetMetadata().GetName()] = c
		}
	}
	var last []*runtimeapi.Container
	for _, c := range byName {
		last = append(last, c)
	}
	slices.SortFunc(last, func(a, b *runtimeapi.Container) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), strings.Compare(a.Id, b.Id))
	})
	return last
}

var errUnknown = errors.New("the runtime does not know it any more")

// network asks for the network of a sandbox until it is complete.
func (r *Residents) network(ctx context.Context, d dialogue, sandbox string) (network, error) {
	if n, ok := r.networks[sandbox]; ok {
		return n, nil
	}
	answer, err := d.client.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: sandbox})
	if isUnknown(err) {
		return network{}, errUnknown
	}
	if err != nil {
		return network{}, fmt.Errorf("sandbox %.12s: %w", sandbox, d.plain(ctx, err))
	}
	n := network{ofNode: usesNode(answer.Status)}
	if !n.ofNode { // CRI-O gives the node's address to pods with the node's network, others none
		n.ips = addressesOf(answer.GetStatus().GetNetwork())
	}
	if n.ofNode || len(n.ips) > 0 {
		r.networks[sandbox] = n
	}
	return n, nil
}

func addressesOf(n *runtimeapi.PodSandboxNetworkStatus) (ips []string) {
	if ip := n.GetIp(); ip != "" {
		ips = append(ips, ip)
	}
	for _, more := range n.GetAdditionalIps() {
		ips = append(ips, more.GetIp())
	}
	return ips
}

// container describes a container; how it ended is asked for once.
func (r *Residents) container(ctx context.Context, d dialogue, c *runtimeapi.Container) (Container, error) {
	is := Container{Name: c.GetMetadata().GetName(), Created: time.Unix(0, c.CreatedAt), Restarts: int(c.GetMetadata().GetAttempt())}
	switch c.State {
	case runtimeapi.ContainerState_CONTAINER_RUNNING:
		is.State = ContainerRunning
		return is, nil
	case runtimeapi.ContainerState_CONTAINER_EXITED:
		is.State = ContainerEnded
	default:
		return is, nil
	}
	how, known := r.ended[c.Id]
	if !known {
		answer, err := d.client.ContainerStatus(ctx, &runtimeapi.ContainerStatusRequest{ContainerId: c.Id})
		switch {
		case isUnknown(err):
			return is, nil
		case err != nil:
			return is, fmt.Errorf("container %.12s: %w", c.Id, d.plain(ctx, err))
		}
		how = answer.GetStatus()
		r.ended[c.Id] = how
	}
	is.Exit, is.Reason = int(how.GetExitCode()), how.GetReason()
	if at := how.GetFinishedAt(); at > 0 {
		is.Finished = time.Unix(0, at)
	}
	return is, nil
}

// forget drops what is known of sandboxes and containers that are gone.
func (r *Residents) forget(there map[string]bool) {
	for id := range r.networks {
		if !there[id] {
			delete(r.networks, id)
		}
	}
	for id := range r.ended {
		if !there[id] {
			delete(r.ended, id)
		}
	}
}
