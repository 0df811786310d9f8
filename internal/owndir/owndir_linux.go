package owndir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lookOnly opens a directory only for walking on, which needs no right to read it (open(2), O_PATH).
const lookOnly = unix.O_PATH

// Nameless makes a file without a name: nothing of it is left, however podtracer ends (open(2), O_TMPFILE).
func (d *Dir) Nameless() (*os.File, error) {
	fd, err := unix.Openat(d.Fd(), ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENOENT) {
		return d.unlinked()
	}
	if err != nil {
		return nil, d.pathError("open", ".", err)
	}
	return os.NewFile(uintptr(fd), d.path), nil
}
