//go:build !linux

package demo

import (
	"context"
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/ns"
)

// Node is a small node of real network namespaces. There are none on this system.
type Node struct{}

// New says ErrNotLinux.
func New() (*Node, error) { return nil, ns.ErrNotLinux }

// AddPod says ErrNotLinux.
func (d *Node) AddPod(string, ...netip.Addr) error { return ns.ErrNotLinux }

// RemovePod says ErrNotLinux.
func (d *Node) RemovePod(string) error { return ns.ErrNotLinux }

// Find says ErrNotLinux.
func (d *Node) Find(context.Context, ns.Pod) (*ns.Netns, error) { return nil, ns.ErrNotLinux }

// ServeHTTP says ErrNotLinux.
func (d *Node) ServeHTTP(context.Context, string, uint16) error { return ns.ErrNotLinux }

// FetchHTTP says ErrNotLinux.
func (d *Node) FetchHTTP(context.Context, string, string, time.Duration) error { return ns.ErrNotLinux }

// ServeDNS says ErrNotLinux.
func (d *Node) ServeDNS(context.Context, string, map[string][]netip.Addr) error {
	return ns.ErrNotLinux
}

// Resolve says ErrNotLinux.
func (d *Node) Resolve(context.Context, string, []string, time.Duration) error { return ns.ErrNotLinux }

// Ping says ErrNotLinux.
func (d *Node) Ping(context.Context, string, netip.Addr, time.Duration) error { return ns.ErrNotLinux }

// Close does nothing.
func (d *Node) Close() error { return nil }
