//go:build unix

// Package owndir holds directories in which nobody but us and root can put anything in the place of something else.
//
// A directory is reached from the root, one name at a time. Each directory on the way belongs to us or to root and cannot be
// written to by others; one with the sticky bit, such as /tmp, may be, because what we own there cannot be moved away. From
// then on the directory is held by its descriptor: whatever happens to its name, what is made, opened and removed in it is in
// that directory. No name in it is followed if it is a link, and nothing but a regular file of ours is ever opened, so that no
// FIFO and no device makes anybody wait.
//
// The door: Open, Make, Dir; Trusted.
package owndir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Dir is a directory of ours. Its methods take names of things directly in it, without a slash.
type Dir struct {
	file *os.File
	path string
}

// Open opens a directory that is there.
//
// Errors: fs.ErrNotExist; ErrUnsafe for a directory on the way that others can change, with a hint.
func Open(path string) (*Dir, error) { return open(path, false) }

// Make opens a directory, and makes those on the way that are missing, for us alone (0700).
//
// Errors: those of Open but for fs.ErrNotExist, and those of mkdir(2).
func Make(path string) (*Dir, error) { return open(path, true) }

// Path is where the directory was when it was opened.
func (d *Dir) Path() string { return d.path }

// Join is the path of something in the directory, for people to read.
func (d *Dir) Join(name string) string { return filepath.Join(d.path, name) }

// Close lets go of the directory.
func (d *Dir) Close() error { return d.file.Close() }

// Sync sees to it that the names in the directory are on the disk (fsync(2)).
func (d *Dir) Sync() error { return d.file.Sync() }

// Sub opens a directory in this one.
func (d *Dir) Sub(name string) (*Dir, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	fd, err := unix.Openat(d.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, d.pathError("open", name, err)
	}
	sub := &Dir{os.NewFile(uintptr(fd), d.Join(name)), d.Join(name)}
	if err := checkDir(fd, sub.path); err != nil {
		return nil, errors.Join(err, sub.Close())
	}
	return sub, nil
}

// Mkdir makes a directory in this one, for us alone.
//
// Errors: fs.ErrExist.
func (d *Dir) Mkdir(name string) (*Dir, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := unix.Mkdirat(d.fd(), name, 0o700); err != nil {
		return nil, d.pathError("mkdir", name, err)
	}
	return d.Sub(name)
}

// MakeSub opens a directory in this one, and makes it if it is missing.
func (d *Dir) MakeSub(name string) (*Dir, error) {
	sub, err := d.Mkdir(name)
	if errors.Is(err, fs.ErrExist) {
		return d.Sub(name)
	}
	return sub, err
}

// Create makes a file that was not there, for us alone.
//
// Errors: fs.ErrExist, whatever it is that is there.
func (d *Dir) Create(name string) (*os.File, error) {
	return d.openat(name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
}

// OpenFile opens a file of ours. The flags are those of open(2); what O_CREAT makes is for us alone.
//
// Errors: fs.ErrNotExist; ErrUnsafe for what is no regular file, or belongs to somebody else.
func (d *Dir) OpenFile(name string, flags int) (*os.File, error) { return d.openat(name, flags) }

func (d *Dir) openat(name string, flags int) (*os.File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	fd, err := unix.Openat(d.fd(), name, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) { // a link; a FIFO that nobody reads
		return nil, notAFile(d.Join(name))
	}
	if err != nil {
		return nil, d.pathError("open", name, err)
	}
	f := os.NewFile(uintptr(fd), d.Join(name))
	if err := checkFile(fd, d.Join(name)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Read returns what a file of ours holds, if that is not more than most bytes.
//
// Errors: those of OpenFile; ErrTooLarge.
func (d *Dir) Read(name string, most int64) ([]byte, error) {
	f, err := d.OpenFile(name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", d.Join(name), ErrTooLarge, most)
	}
	return text, err
}

// ReadFile returns what a file of ours in a directory holds, if that is not more than most bytes.
//
// Errors: fs.ErrNotExist; those of Open and of OpenFile; ErrTooLarge.
func ReadFile(dir, name string, most int64) ([]byte, error) {
	d, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Read(name, most)
}

// ErrTooLarge says that a file is larger than anything that we wrote.
var ErrTooLarge = errors.New("it is too large")

// Replace writes a file, in the place of an earlier one: whoever reads it sees the old one or the new one, whole, also after
// the machine lost its power. The new name itself is on the disk after Sync.
func (d *Dir) Replace(name string, content []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	draft := name + "." + rand.Text()[:8] + DraftSuffix // several of us may write at once
	f, err := d.Create(draft)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = unix.Renameat(d.fd(), draft, d.fd(), name)
	}
	if err != nil {
		return errors.Join(d.pathError("write", name, err), d.Remove(draft))
	}
	return nil
}

// DraftSuffix ends the name of what Replace writes before it has its own: if we are killed meanwhile, such a file is left.
const DraftSuffix = ".new"

// Names lists what is in the directory.
func (d *Dir) Names() ([]string, error) {
	fd, err := unix.Openat(d.fd(), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) // with a place of its own
	if err != nil {
		return nil, d.pathError("open", ".", err)
	}
	list := os.NewFile(uintptr(fd), d.path)
	defer list.Close()
	return list.Readdirnames(-1)
}

// Size is how many bytes a regular file of ours has; false if there is none of that name.
func (d *Dir) Size(name string) (int64, bool) {
	var s unix.Stat_t
	if checkName(name) != nil || unix.Fstatat(d.fd(), name, &s, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return 0, false
	}
	if s.Mode&unix.S_IFMT != unix.S_IFREG || !trusted(s.Uid) {
		return 0, false
	}
	return s.Size, true
}

// Remove removes a file. One that is not there is no error.
func (d *Dir) Remove(name string) error { return d.unlink(name, 0) }

// RemoveDir removes a directory that is empty (rmdir(2)). One that is not there is no error.
func (d *Dir) RemoveDir(name string) error { return d.unlink(name, unix.AT_REMOVEDIR) }

func (d *Dir) unlink(name string, flags int) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := unix.Unlinkat(d.fd(), name, flags); err != nil && !errors.Is(err, unix.ENOENT) {
		return d.pathError("remove", name, err)
	}
	return nil
}

// Link gives a file of this directory another name, in another directory on the same disk.
//
// Errors: fs.ErrExist; those of link(2).
func (d *Dir) Link(name string, to *Dir, newName string) error {
	if err := errors.Join(checkName(name), checkName(newName)); err != nil {
		return err
	}
	if err := unix.Linkat(d.fd(), name, to.fd(), newName, 0); err != nil {
		return &os.LinkError{Op: "link", Old: d.Join(name), New: to.Join(newName), Err: err}
	}
	return nil
}

func (d *Dir) fd() int { return int(d.file.Fd()) }

// Space is how many bytes are free for us on the disk that holds the directory, and how many it has (statfs(2)).
func (d *Dir) Space() (free, size int64, err error) {
	var s unix.Statfs_t
	if err := unix.Fstatfs(d.fd(), &s); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", d.path, err)
	}
	block := int64(s.Bsize)
	return int64(s.Bavail) * block, int64(s.Blocks) * block, nil
}

// Fd is the directory's descriptor, which stays the Dir's.
func (d *Dir) Fd() int { return d.fd() }

func (d *Dir) pathError(op, name string, err error) error {
	return &os.PathError{Op: op, Path: d.Join(name), Err: err}
}

// checkName refuses what would lead out of the directory.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || filepath.Base(name) != name {
		return fmt.Errorf("%w: %q is no name of a file", ErrUnsafe, name)
	}
	return nil
}
