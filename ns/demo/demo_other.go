//go:build !linux

package demo

import (
	"context"
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/ns"
)

// Node is a small node of real network namespaces. This system has none.
type Node struct{}

// New returns ErrNotLinux.
func New() (*Node, error) { return nil, ns.ErrNotLinux }

// AddPod returns ErrNotLinux.
func (d *Node) AddPod(string, ...netip.Addr) error { return ns.ErrNotLinux }

// RemovePod returns ErrNotLinux.
func (d *Node) RemovePod(string) error { return ns.ErrNotLinux }

// Find returns ErrNotLinux.
func (d *Node) Find(context.Context, ns.Pod) (*ns.Netns, error) { return nil, ns.ErrNotLinux }

// ServeHTTP returns ErrNotLinux.
func (d *Node) ServeHTTP(context.Context, string, uint16) error { return ns.ErrNotLinux }

// FetchHTTP returns ErrNotLinux.
func (d *Node) FetchHTTP(context.Context, string, string, time.Duration) error { return ns.ErrNotLinux }

// ServeDNS returns ErrNotLinux.
func (d *Node) ServeDNS(context.Context, string, map[string][]netip.Addr) error {
	return ns.ErrNotLinux
}

// Resolve returns ErrNotLinux.
func (d *Node) Resolve(context.Context, string, []string, time.Duration) error { return ns.ErrNotLinux }

// Ping returns ErrNotLinux.
func (d *Node) Ping(context.Context, string, netip.Addr, time.Duration) error { return ns.ErrNotLinux }

// Close does nothing.
func (d *Node) Close() error { return nil }
