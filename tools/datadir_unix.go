//go:build unix

package tools

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockSession takes the lock of a session's directory, flock(2) on the directory itself: it is held for as long as the
// process lives and falls with it, however that ends.
func lockSession(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}
