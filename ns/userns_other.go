//go:build !linux

package ns

import "os"

// InUserNamespace is false.
func InUserNamespace() bool { return false }

// RunInUserNamespace says ErrNotLinux.
func RunInUserNamespace([]string, *os.File, *os.File, *os.File) (int, error) { return 0, ErrNotLinux }
