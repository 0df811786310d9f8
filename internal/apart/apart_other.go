//go:build !linux

package apart

import (
	"errors"
	"os"
)

// Read says that it is for Linux.
func Read(*os.File, string) ([]byte, error) { return nil, errors.ErrUnsupported }

// ReadHere says that it is for Linux.
func ReadHere(*os.File, string) ([]byte, error) { return nil, errors.ErrUnsupported }
