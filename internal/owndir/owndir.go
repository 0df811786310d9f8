// Package owndir holds directories in which only root, and the user that runs podtracer, can replace anything.
//
// A directory is reached from the root, one name at a time. Each directory on the way must belong to the user or root, and not be
// writable by others, unless it has the sticky bit, like /tmp, where others cannot move the user's files away. From then on the
// directory is held by its descriptor: whatever happens to its name, files are made, opened and removed in that directory. Links in
// it are never followed, and only regular files of the user are ever opened, so that no FIFO and no device can block.
//
// Start reading at Open, Make and Dir; Trusted.
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

// Dir is a directory of the user's own. Its methods take names in the directory, without a slash.
type Dir struct {
	file *os.File
	path string
}

// Open opens an existing directory.
//
// Errors: fs.ErrNotExist; ErrUnsafe if others can change a directory on the way, with a hint.
func Open(path string) (*Dir, error) { return open(path, false) }

// Make opens a directory, and makes missing directories on the way with mode 0700.
//
// Errors: those of Open except fs.ErrNotExist, and those of mkdir(2).
func Make(path string) (*Dir, error) { return open(path, true) }

// Path is where the directory was when it was opened.
func (d *Dir) Path() string { return d.path }

// Join returns the path of a name in the directory, for people.
func (d *Dir) Join(name string) string { return filepath.Join(d.path, name) }

// File is the descriptor, which still belongs to the Dir.
func (d *Dir) File() *os.File { return d.file }

// Close closes the directory.
func (d *Dir) Close() error { return d.file.Close() }

// Sync syncs the names in the directory (fsync(2)).
func (d *Dir) Sync() error { return d.file.Sync() }

// MakeSub opens a directory in this one, and makes it if it is missing.
func (d *Dir) MakeSub(name string) (*Dir, error) {
	sub, err := d.Mkdir(name)
	if errors.Is(err, fs.ErrExist) {
		return d.Sub(name)
	}
	return sub, err
}

// Create makes a new file with mode 0600.
//
// Errors: fs.ErrExist if the name exists, whatever it is.
func (d *Dir) Create(name string) (*os.File, error) {
	return d.openat(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// OpenFile opens a file of the user's own. flags are those of os.OpenFile; a file that O_CREATE makes has mode 0600.
//
// Errors: fs.ErrNotExist; ErrUnsafe if it is not a regular file, or belongs to somebody else.
func (d *Dir) OpenFile(name string, flags int) (*os.File, error) { return d.openat(name, flags) }

// Read returns the content of a file of the user's own, of at most most bytes.
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

// ReadFile returns the content of a file of the user's own in the directory dir, of at most most bytes.
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

// ErrUnsafe says that somebody else could change a file or a directory.
var ErrUnsafe = errors.New("others can change it")

// ErrTooLarge says that a file is larger than any that podtracer writes.
var ErrTooLarge = errors.New("the file is too large")

// Replace writes a file, replacing an earlier one: a reader sees the old file or the new one, complete, even after a power loss. The new
// name itself is on the disk after Sync.
func (d *Dir) Replace(name string, content []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	draft := name + "." + rand.Text()[:8] + DraftSuffix // several podtracers may write at the same time
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

// DraftSuffix ends the temporary names of Replace. If podtracer is killed meanwhile, such a file is left.
const DraftSuffix = ".new"

// Remove removes a file. It returns nil if the file does not exist.
func (d *Dir) Remove(name string) error { return d.unlink(name) }

// RemoveDir removes an empty directory (rmdir(2)). It returns nil if the directory does not exist.
func (d *Dir) RemoveDir(name string) error { return d.rmdir(name) }

// Fd is the directory's descriptor, which still belongs to the Dir.
func (d *Dir) Fd() int { return int(d.file.Fd()) }

func (d *Dir) pathError(op, name string, err error) error {
	return &os.PathError{Op: op, Path: d.Join(name), Err: err}
}

// checkName refuses names that lead out of the directory.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || filepath.Base(name) != name {
		return fmt.Errorf("%w: %q is not a file name", ErrUnsafe, name)
	}
	return nil
}
