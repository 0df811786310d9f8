//go:build unix

package owndir

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Sub opens a directory in this one.
func (d *Dir) Sub(name string) (*Dir, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	fd, err := unix.Openat(d.Fd(), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, d.pathError("open", name, err)
	}
	sub := &Dir{os.NewFile(uintptr(fd), d.Join(name)), d.Join(name)}
	if err := checkDir(fd, sub.path); err != nil {
		return nil, errors.Join(err, sub.Close())
	}
	return sub, nil
}

// Mkdir makes a directory in this one, with mode 0700.
//
// Errors: fs.ErrExist.
func (d *Dir) Mkdir(name string) (*Dir, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := unix.Mkdirat(d.Fd(), name, 0o700); err != nil {
		return nil, d.pathError("mkdir", name, err)
	}
	return d.Sub(name)
}

func (d *Dir) openat(name string, flags int) (*os.File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	fd, err := unix.Openat(d.Fd(), name, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) { // a link; or a FIFO without a reader
		return nil, notAFile(d.Join(name))
	}
	if err != nil {
		return nil, d.pathError("open", name, err)
	}
	f := os.NewFile(uintptr(fd), d.Join(name))
	if err := d.checkFile(fd, d.Join(name)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Names lists the names in the directory.
func (d *Dir) Names() ([]string, error) {
	fd, err := unix.Openat(d.Fd(), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) // with its own read position
	if err != nil {
		return nil, d.pathError("open", ".", err)
	}
	list := os.NewFile(uintptr(fd), d.path)
	defer list.Close()
	return list.Readdirnames(-1)
}

// Size is the size of a regular file of the user's own, in bytes.
//
// Errors: fs.ErrNotExist only if there is nothing of that name; ErrUnsafe if it is not a regular file, or belongs to somebody else.
func (d *Dir) Size(name string) (int64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	var s unix.Stat_t
	if err := unix.Fstatat(d.Fd(), name, &s, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return 0, d.pathError("stat", name, err)
	}
	switch {
	case s.Mode&unix.S_IFMT != unix.S_IFREG:
		return 0, notAFile(d.Join(name))
	case !trusted(s.Uid):
		return 0, foreign(d.Join(name), s.Uid)
	default:
		return s.Size, nil
	}
}

func (d *Dir) rename(name, newName string) error { return unix.Renameat(d.Fd(), name, d.Fd(), newName) }

func (d *Dir) unlink(name string) error { return d.unlinkat(name, 0) }

func (d *Dir) rmdir(name string) error { return d.unlinkat(name, unix.AT_REMOVEDIR) }

func (d *Dir) unlinkat(name string, flags int) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := unix.Unlinkat(d.Fd(), name, flags); err != nil && !errors.Is(err, unix.ENOENT) {
		return d.pathError("remove", name, err)
	}
	return nil
}

// Link gives a file in this directory a second name, in another directory on the same disk.
//
// Errors: fs.ErrExist; those of link(2).
func (d *Dir) Link(name string, to *Dir, newName string) error {
	if err := errors.Join(checkName(name), checkName(newName)); err != nil {
		return err
	}
	if err := unix.Linkat(d.Fd(), name, to.Fd(), newName, 0); err != nil {
		return &os.LinkError{Op: "link", Old: d.Join(name), New: to.Join(newName), Err: err}
	}
	return nil
}

// Lock locks the directory until it is closed, here and in every process that was given its File (flock(2)). It does not wait.
func (d *Dir) Lock() error { return unix.Flock(d.Fd(), unix.LOCK_EX|unix.LOCK_NB) }

// Share locks the directory like Lock, but several processes may share it at the same time.
func (d *Dir) Share() error { return unix.Flock(d.Fd(), unix.LOCK_SH|unix.LOCK_NB) }

// IsLocked says whether an error of Lock or Share is that somebody else has the lock.
func IsLocked(err error) bool { return errors.Is(err, unix.EWOULDBLOCK) }

// Space is how many bytes are free for the user on the disk of the directory, and the size of the disk in bytes (statfs(2)).
func (d *Dir) Space() (free, size int64, err error) {
	var s unix.Statfs_t
	if err := unix.Fstatfs(d.Fd(), &s); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", d.path, err)
	}
	block := int64(s.Bsize) //nolint:unconvert // macOS has 32 bits for it
	return int64(s.Bavail) * block, int64(s.Blocks) * block, nil
}
