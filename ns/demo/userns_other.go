//go:build !linux

package demo

import (
	"os"

	"github.com/fennec-project/podtracer/ns"
)

// InUserNamespace is false.
func InUserNamespace() bool { return false }

// RunInUserNamespace returns ErrNotLinux.
func RunInUserNamespace([]string, *os.File, *os.File, *os.File) (int, error) {
	return 0, ns.ErrNotLinux
}
