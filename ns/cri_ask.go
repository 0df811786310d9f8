package ns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Labels that the kubelet gives to sandboxes (k8s.io/kubelet/pkg/types).
const (
	labelUID       = "io.kubernetes.pod.uid"
	labelName      = "io.kubernetes.pod.name"
	labelNamespace = "io.kubernetes.pod.namespace"
)

// dialogue is a connection to one runtime.
type dialogue struct {
	client   runtimeapi.RuntimeServiceClient
	patience time.Duration
	peer     int // PID of the runtime in podtracer's PID namespace; 0 if it is not in it
}

// talk begins a dialogue with the runtime at a socket; end ends it. The caller names the socket in an error.
func (s socket) talk(ctx context.Context, patience time.Duration) (d dialogue, end func(), err error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return dialogue{}, nil, err
	}
	channel, err := speak(conn)
	if err != nil {
		return dialogue{}, nil, errors.Join(err, conn.Close())
	}
	end = func() {
		_ = channel.Close() // no request is under way
		_ = conn.Close()    // in case gRPC has not taken it over
	}
	return dialogue{runtimeapi.NewRuntimeServiceClient(channel), patience, peerPID(conn)}, end, nil
}

// ask looks for the pod at one socket.
func (c *CRI) ask(ctx context.Context, at socket, pod Pod) (*Netns, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	who := "the runtime"
	said := func(err error) error { return fmt.Errorf("ask %s at %s: %w", who, at, err) }

	d, end, err := at.talk(ctx, c.patience)
	if err != nil {
		return nil, noAnswer{said(err)}
	}
	defer end()
	version, err := d.client.Version(ctx, &runtimeapi.VersionRequest{})
	if err != nil {
		return nil, noAnswer{said(d.plain(ctx, err))}
	}
	who = version.RuntimeName
	sandbox, err := d.sandbox(ctx, pod)
	if err != nil {
		return nil, said(err)
	}
	netns, err := c.open(ctx, d, pod, sandbox)
	if err != nil {
		return nil, said(err)
	}
	return netns, nil
}

// sandbox finds the pod's sandbox by its UID; for a static pod that label has the hash. A runtime that has lost the label may still
// have the UID in the metadata.
func (d dialogue) sandbox(ctx context.Context, pod Pod) (*runtimeapi.PodSandbox, error) {
	var all []*runtimeapi.PodSandbox
	for _, uid := range uids(pod) {
		list, err := d.list(ctx, map[string]string{labelUID: uid})
		if err != nil {
			return nil, err
		}
		all = append(all, ofPod(list, pod)...)
	}
	if len(all) == 0 {
		list, err := d.list(ctx, map[string]string{labelNamespace: pod.Namespace, labelName: pod.Name})
		if err != nil {
			return nil, err
		}
		all = ofPod(list, pod)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNotHere, pod)
	}
	return current(all)
}

// ofPod keeps the sandboxes whose namespace, name and UID are the pod's. The UID is not enough, because an annotation may have
// brought it here.
func ofPod(list []*runtimeapi.PodSandbox, pod Pod) []*runtimeapi.PodSandbox {
	return slices.DeleteFunc(list, func(s *runtimeapi.PodSandbox) bool {
		label, labelled := s.GetLabels()[labelUID]
		return !identifies(s.GetMetadata(), pod) || labelled && label != s.GetMetadata().GetUid()
	})
}

// identifies says whether the kubelet made the sandbox for this pod, by the metadata that it gave to the runtime.
func identifies(m *runtimeapi.PodSandboxMetadata, pod Pod) bool {
	return m.GetNamespace() == pod.Namespace && m.GetName() == pod.Name && slices.Contains(uids(pod), m.GetUid())
}

func (d dialogue) list(ctx context.Context, labels map[string]string) ([]*runtimeapi.PodSandbox, error) {
	answer, err := d.client.ListPodSandbox(ctx, &runtimeapi.ListPodSandboxRequest{
		Filter: &runtimeapi.PodSandboxFilter{LabelSelector: labels},
	})
	if err != nil {
		return nil, noAnswer{d.plain(ctx, err)}
	}
	return answer.Items, nil
}

// current returns the sandbox in use; the kubelet keeps dead ones for a while. Two ready sandboxes exist only for moments, until the
// kubelet notices and ends one.
func current(list []*runtimeapi.PodSandbox) (*runtimeapi.PodSandbox, error) {
	slices.SortFunc(list, func(a, b *runtimeapi.PodSandbox) int {
		return cmp.Or(
			cmp.Compare(a.State, b.State), // READY is 0, NOTREADY is 1
			cmp.Compare(b.CreatedAt, a.CreatedAt),
			strings.Compare(a.Id, b.Id),
		)
	})
	list = slices.CompactFunc(list, func(a, b *runtimeapi.PodSandbox) bool { return a.Id == b.Id })
	if len(list) > 1 && list[1].State == runtimeapi.PodSandboxState_SANDBOX_READY {
		return nil, hint.Add(fmt.Errorf("%w: sandboxes %.12s and %.12s are ready", ErrAmbiguous, list[0].Id, list[1].Id),
			"the kubelet ends one of the two: try again in a moment")
	}
	return list[0], nil
}

// isUnknown says whether the runtime does not have what it was asked for.
func isUnknown(err error) bool { return status.Code(err) == codes.NotFound }

// plain turns a gRPC status into words.
func (d dialogue) plain(ctx context.Context, err error) error {
	said := status.Convert(err)
	switch said.Code() {
	case codes.Unimplemented:
		return hint.Add(errors.New("it does not offer the CRI (runtime.v1)"), "is the runtime's CRI plugin disabled?")
	case codes.Canceled:
		return cmp.Or(ctx.Err(), errors.New("canceled"))
	case codes.DeadlineExceeded:
		return fmt.Errorf("no answer within %s: %w", d.patience, context.DeadlineExceeded)
	}
	return errors.New(said.Message())
}
