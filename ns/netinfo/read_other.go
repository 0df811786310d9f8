//go:build !linux

package netinfo

import (
	"context"

	"github.com/fennec-project/podtracer/ns"
)

// Read returns ns.ErrNotLinux.
func Read(context.Context, *ns.Netns) (Network, error) { return Network{}, ns.ErrNotLinux }
