//go:build !linux

package netinfo

import (
	"context"

	"github.com/fennec-project/podtracer/ns"
)

// Read says ns.ErrNotLinux.
func Read(context.Context, *ns.Netns) (Network, error) { return Network{}, ns.ErrNotLinux }
