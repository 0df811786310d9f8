package ns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

// The labels that the kubelet gives to sandboxes (k8s.io/kubelet/pkg/types).
const (
	labelUID       = "io.kubernetes.pod.uid"
	labelName      = "io.kubernetes.pod.name"
	labelNamespace = "io.kubernetes.pod.namespace"
)

// dialogue is a conversation with one runtime.
type dialogue struct {
	client   runtimeapi.RuntimeServiceClient
	patience time.Duration
	peer     int // the runtime's process in our pid namespace; 0 if it is not in it
}

// ask looks the pod up at one socket.
func (c *CRI) ask(ctx context.Context, at socket, pod Pod) (*Netns, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	who := "the runtime"
	said := func(err error) error { return fmt.Errorf("ask %s at %s: %w", who, at, err) }

	conn, err := at.dial(ctx)
	if err != nil {
		return nil, noAnswer{said(err)}
	}
	channel, err := speak(conn)
	if err != nil {
		return nil, noAnswer{said(errors.Join(err, conn.Close()))}
	}
	defer func() {
		_ = channel.Close() // there is nothing of ours in it any more
		_ = conn.Close()    // for when gRPC did not take it
	}()
	d := dialogue{runtimeapi.NewRuntimeServiceClient(channel), c.patience, peerPID(conn)}

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

// sandbox finds the pod's sandbox by its UID; under that label a static pod has its hash. A runtime that lost the label
// may still have the UID in the metadata.
func (d dialogue) sandbox(ctx context.Context, pod Pod) (*runtimeapi.PodSandbox, error) {
	known := uids(pod)
	for _, uid := range known {
		list, err := d.list(ctx, map[string]string{labelUID: uid})
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(s *runtimeapi.PodSandbox) bool { return s.Labels[labelUID] != uid })
		if len(list) > 0 {
			return current(list), nil
		}
	}
	list, err := d.list(ctx, map[string]string{labelNamespace: pod.Namespace, labelName: pod.Name})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s *runtimeapi.PodSandbox) bool {
		return !slices.Contains(known, s.GetMetadata().GetUid())
	})
	if len(list) > 0 {
		return current(list), nil
	}
	return nil, fmt.Errorf("%w: %s", ErrNotHere, pod)
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

// current is the sandbox in use: the kubelet keeps dead ones for a while.
func current(list []*runtimeapi.PodSandbox) *runtimeapi.PodSandbox {
	return slices.MaxFunc(list, func(a, b *runtimeapi.PodSandbox) int {
		return cmp.Or(
			cmp.Compare(b.State, a.State), // READY is 0, NOTREADY is 1
			cmp.Compare(a.CreatedAt, b.CreatedAt),
		)
	})
}

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
