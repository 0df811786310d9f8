//go:build !linux

package ns

import "context"

// Inspect says ErrNotLinux.
func (n *Netns) Inspect(context.Context) (Network, error) { return Network{}, ErrNotLinux }
