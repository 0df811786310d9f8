package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// lateNames are names for a capture that was left: a cluster is asked only when a capture is saved with names, and only for a
// short time.
type lateNames struct {
	flags    *k8s.Flags
	terminal io.Writer // where a credential plugin is heard
	pod      k8s.Pod   // that was captured in
}

const lateNamesTime = 3 * time.Second

// Names asks the cluster if the pod belongs to it: in another cluster the same addresses have other owners.
func (l *lateNames) Names(ctx context.Context, addrs []netip.Addr, at time.Time) (*k8s.Names, error) {
	ctx, cancel := context.WithTimeout(ctx, lateNamesTime)
	defer cancel()
	cluster, err := l.flags.Connect(ctx, l.terminal)
	if err != nil {
		return nil, err
	}
	pod, err := cluster.Pod(ctx, l.pod.Namespace, l.pod.Name)
	switch {
	case errors.Is(err, k8s.ErrNotFound) || err == nil && pod.UID != l.pod.UID:
		return nil, fmt.Errorf("the cluster %s does not have the pod any more, or never had", cluster.Name())
	case err != nil:
		return nil, err
	}
	return cluster.Names(ctx, addrs, at)
}

// person is who runs podtracer, as far as is known: anna@node-1. In a container the host is the pod.
func person() string {
	name := os.Getenv("SUDO_USER")
	if name == "" {
		name = "uid " + strconv.Itoa(os.Getuid())
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
