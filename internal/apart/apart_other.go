//go:build !linux

package apart

import (
	"errors"
	"os"
)

// Read returns errors.ErrUnsupported: it needs Linux.
func Read(*os.File, string) ([]byte, error) { return nil, errors.ErrUnsupported }

// ReadHere returns errors.ErrUnsupported: it needs Linux.
func ReadHere(*os.File, string) ([]byte, error) { return nil, errors.ErrUnsupported }
