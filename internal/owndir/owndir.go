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

// File is the descriptor, which stays the Dir's.
func (d *Dir) File() *os.File { return d.file }

// Close lets go of the directory.
func (d *Dir) Close() error { return d.file.Close() }

// Sync sees to it that the names in the directory are on the disk (fsync(2)).
func (d *Dir) Sync() error { return d.file.Sync() }

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
	return d.openat(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// OpenFile opens a file of ours. The flags are those of os.OpenFile; what O_CREATE makes is for us alone.
//
// Errors: fs.ErrNotExist; ErrUnsafe for what is no regular file, or belongs to somebody else.
func (d *Dir) OpenFile(name string, flags int) (*os.File, error) { return d.openat(name, flags) }

// Read returns what a file of ours holds, if that is not more than most bytes.
//
// Errors: those of OpenFile; ErrTooLarge.
func (d *Dir) Read(name string, most int64) ([]byte, error) {
	f, err := d.OpenFile(name, os.O_RDONLY)
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

// ErrUnsafe says that somebody else could change what is there.
var ErrUnsafe = errors.New("others can change it")

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
		err = d.rename(draft, name)
	}
	if err != nil {
		return errors.Join(d.pathError("write", name, err), d.Remove(draft))
	}
	return nil
}

// DraftSuffix ends the name of what Replace writes before it has its own: if we are killed meanwhile, such a file is left.
const DraftSuffix = ".new"

// Remove removes a file. One that is not there is no error.
func (d *Dir) Remove(name string) error { return d.unlink(name) }

// RemoveDir removes a directory that is empty (rmdir(2)). One that is not there is no error.
func (d *Dir) RemoveDir(name string) error { return d.rmdir(name) }

// Fd is the directory's descriptor, which stays the Dir's.
func (d *Dir) Fd() int { return int(d.file.Fd()) }

func (d *Dir) pathError(op, name string, err error) error {
	return &os.PathError{Op: op, Path: d.Join(name), Err: err}
}

// checkName refuses what would lead out of the directory.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || filepath.Base(name) != name {
		return fmt.Errorf("%w: %q is not a file name", ErrUnsafe, name)
	}
	return nil
}
