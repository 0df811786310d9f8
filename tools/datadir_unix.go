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

// space is how many bytes are free for us on the disk that holds dir, and how many it has (statfs(2)).
func space(dir string) (free, size int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	block := int64(s.Bsize)
	return int64(s.Bavail) * block, int64(s.Blocks) * block, nil
}
