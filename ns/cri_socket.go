package ns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fennec-project/podtracer/internal/hint"
)

// usualSockets are the sockets of runtimes that were set up by kubeadm, k3s, k0s and microk8s.
func usualSockets() []string {
	return []string{
		"/run/containerd/containerd.sock",
		"/run/k3s/containerd/containerd.sock", // rke2, too
		"/run/crio/crio.sock",
		"/run/k0s/containerd.sock",
		"/var/snap/microk8s/common/run/containerd.sock",
		"/run/cri-dockerd.sock",
	}
}

// socket is where a runtime may listen.
type socket struct {
	root string // directory that is taken for "/"; "" for "/" itself
	path string
}

func (s socket) String() string { return s.root + s.path }

// places returns the sockets to ask in order: for each path, first here, then in the node's root.
func (c *CRI) places(tried *attempts) []socket {
	paths := slices.Clone(c.sockets)
	if given := c.endpoint; given != "" {
		path := strings.TrimPrefix(strings.TrimPrefix(given, "unix:"), "//")
		if strings.Contains(path, "://") {
			tried.silent = append(tried.silent, fmt.Errorf("runtime endpoint %s: not a unix socket", given))
		} else {
			paths = slices.Insert(slices.DeleteFunc(paths, func(p string) bool { return p == path }), 0, path)
		}
	}
	node, err := nodeRoot(c.proc)
	tried.blind = err
	var all []socket
	for _, path := range paths {
		all = append(all, socket{path: path})
		if node != "" && strings.HasPrefix(path, "/") {
			all = append(all, socket{node, path})
		}
	}
	return all
}

// dial connects. Its error is only the reason: the caller names the socket.
func (s socket) dial(ctx context.Context) (net.Conn, error) {
	var conn net.Conn
	connect := func(path string) (err error) {
		conn, err = (&net.Dialer{}).DialContext(ctx, "unix", path)
		return err
	}
	var err error
	if s.root == "" {
		err = connect(s.path)
	} else {
		err = socketBelow(s.root, s.path, connect)
	}
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, os.ErrPermission):
		return nil, hint.Add(reason(err), "only root may use the runtime's socket: run as root, or with CAP_DAC_OVERRIDE")
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w (nobody listens)", reason(err))
	}
	return nil, reason(err)
}

// speak uses a connection for gRPC and takes it over. By itself, gRPC would connect again and again; with a given connection its errors
// are plain.
func speak(conn net.Conn) (*grpc.ClientConn, error) {
	const largest = 16 << 20 // the kubelet's limit: a node with many pods has long lists
	only := make(chan net.Conn, 1)
	only <- conn
	return grpc.NewClient("passthrough:///localhost",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largest)),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) {
			select {
			case conn := <-only:
				return conn, nil
			default:
				return nil, errors.New("the runtime closed the connection")
			}
		}))
}
