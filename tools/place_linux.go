package tools

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// newDraft opens a file without a name, which leaves nothing behind even if podtracer is killed (open(2), O_TMPFILE); where
// the file system has no such files, one with a temporary name.
func newDraft(path string) (*draft, error) {
	fd, err := unix.Open(filepath.Dir(path), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENOENT) {
		return namedDraft(path)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: filepath.Dir(path), Err: err}
	}
	return &draft{File: os.NewFile(uintptr(fd), path)}, nil
}

// publish gives the file its name. Without leave to overwrite nothing is ever replaced, also not a file that appeared in
// the meantime.
func (d *draft) publish(to Target) error {
	if to.Overwrite && d.name == "" { // a link cannot replace a file: it gets a name beside it for a moment
		name := filepath.Join(filepath.Dir(to.Path), ".podtracer-"+strconv.Itoa(os.Getpid())+"-"+strconv.Itoa(int(d.Fd())))
		if err := d.link(name); err != nil {
			return err
		}
		d.name = name
	}
	switch {
	case to.Overwrite:
		return d.rename(to.Path, 0)
	case d.name == "":
		return d.link(to.Path)
	default:
		return d.rename(to.Path, unix.RENAME_NOREPLACE)
	}
}

// link gives a name to a file that has none (open(2), O_TMPFILE: the way that needs no capability).
func (d *draft) link(path string) error {
	from := "/proc/self/fd/" + strconv.Itoa(int(d.Fd()))
	err := unix.Linkat(unix.AT_FDCWD, from, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if errors.Is(err, unix.EEXIST) {
		return exists()
	}
	if err != nil {
		return &os.LinkError{Op: "link", Old: from, New: path, Err: err}
	}
	return nil
}

func (d *draft) rename(path string, flags uint) error {
	err := unix.Renameat2(unix.AT_FDCWD, d.name, unix.AT_FDCWD, path, flags)
	if errors.Is(err, unix.EEXIST) {
		return exists()
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: d.name, New: path, Err: err}
	}
	d.name = ""
	return nil
}
