package newfile

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// draft opens a file without a name, which leaves nothing behind even if podtracer is killed (open(2), O_TMPFILE). If the file system does
// not support that, the file has a temporary name.
func (p *Place) draft() (*draft, error) {
	fd, err := unix.Openat(p.fd(), ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENOENT) {
		name := draftName(p)
		f, err := p.create(name)
		return &draft{f, p, name}, err
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: filepath.Dir(p.Path), Err: err}
	}
	return &draft{os.NewFile(uintptr(fd), p.Path), p, ""}, nil
}

func draftName(p *Place) string { return ".podtracer-" + rand.Text() + filepath.Ext(p.name) }

// publish gives the file its name. Without overwrite it never replaces anything, not even a file that has just appeared.
func (d *draft) publish(overwrite bool) error {
	if overwrite && d.name == "" { // a link cannot replace a file, so the draft gets a temporary name first
		name := draftName(d.place)
		if err := d.link(name); err != nil {
			return err
		}
		d.name = name
	}
	switch {
	case overwrite:
		return d.rename(0)
	case d.name == "":
		return d.link(d.place.name)
	}
	err := d.rename(unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) { // rename(2): the file system does not know the flag, as NFS and most of FUSE
		return d.second()
	}
	return err
}

// second gives the file its name beside its temporary one, which it then loses.
func (d *draft) second() error {
	err := unix.Linkat(d.place.fd(), d.name, d.place.fd(), d.place.name, 0)
	if errors.Is(err, unix.EEXIST) {
		return exists()
	}
	if err != nil {
		return &os.LinkError{Op: "link", Old: d.name, New: d.place.Path, Err: err}
	}
	d.dropName()
	return nil
}

// dropName removes the temporary name. If that fails, the file is there under both.
func (d *draft) dropName() {
	_ = unix.Unlinkat(d.place.fd(), d.name, 0)
	d.name = ""
}

// link gives a name to a file that has none (open(2), O_TMPFILE: the way that needs no capability).
func (d *draft) link(name string) error {
	from := selfPath(d.File)
	err := unix.Linkat(unix.AT_FDCWD, from, d.place.fd(), name, unix.AT_SYMLINK_FOLLOW)
	if errors.Is(err, unix.EEXIST) {
		return exists()
	}
	if err != nil {
		return &os.LinkError{Op: "link", Old: from, New: d.place.Path, Err: err}
	}
	return nil
}

func (d *draft) rename(flags uint) error {
	err := unix.Renameat2(d.place.fd(), d.name, d.place.fd(), d.place.name, flags)
	if errors.Is(err, unix.EEXIST) {
		return exists()
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: d.name, New: d.place.Path, Err: err}
	}
	d.name = ""
	return nil
}

// discard closes the file. If it was not published, nothing of it is left.
func (d *draft) discard() {
	d.Close()
	if d.name != "" {
		d.dropName()
	}
}
