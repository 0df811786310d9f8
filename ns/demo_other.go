//go:build !linux

package ns

import (
	"context"
	"net/netip"
	"time"
)

// Demo is a small node of real network namespaces. There are none on this system.
type Demo struct{}

// DemoNode is the UID under which the node itself takes part in the traffic.
const DemoNode = ""

// NewDemo says ErrNotLinux.
func NewDemo() (*Demo, error) { return nil, ErrNotLinux }

// AddPod says ErrNotLinux.
func (d *Demo) AddPod(string, ...netip.Addr) error { return ErrNotLinux }

// RemovePod says ErrNotLinux.
func (d *Demo) RemovePod(string) error { return ErrNotLinux }

// Find says ErrNotLinux.
func (d *Demo) Find(context.Context, Pod) (*Netns, error) { return nil, ErrNotLinux }

// ServeHTTP says ErrNotLinux.
func (d *Demo) ServeHTTP(context.Context, string, uint16) error { return ErrNotLinux }

// FetchHTTP says ErrNotLinux.
func (d *Demo) FetchHTTP(context.Context, string, string, time.Duration) error { return ErrNotLinux }

// ServeDNS says ErrNotLinux.
func (d *Demo) ServeDNS(context.Context, string, map[string][]netip.Addr) error { return ErrNotLinux }

// Resolve says ErrNotLinux.
func (d *Demo) Resolve(context.Context, string, []string, time.Duration) error { return ErrNotLinux }

// Ping says ErrNotLinux.
func (d *Demo) Ping(context.Context, string, netip.Addr, time.Duration) error { return ErrNotLinux }

// Close does nothing.
func (d *Demo) Close() error { return nil }
