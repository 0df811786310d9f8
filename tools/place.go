package tools

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/fennec-project/podtracer/internal/hint"
)

// place makes a file at its place all at once: fill gets an empty file that nobody sees, and when that is done well the
// file gets its name.
func place(to Target, fill func(*os.File) error) (err error) {
	if info, err := os.Lstat(to.Path); err == nil && !to.Overwrite {
		return exists()
	} else if err == nil && !info.Mode().IsRegular() {
		return hint.Add(errNotAFile, "choose another name")
	}
	undo, err := makeDir(filepath.Dir(to.Path))
	defer func() {
		if err != nil {
			undo()
		}
	}()
	if err != nil {
		return err
	}
	f, err := newDraft(to.Path)
	if err != nil {
		return err
	}
	defer f.discard()
	if err := fill(f.File); err != nil {
		return err
	}
	if err := f.publish(to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to.Path))
}

// errNotAFile says that there is a directory, a link or a device of that name, which is not replaced.
var errNotAFile = errors.New("there is something of that name that is no file")

func exists() error { return hint.Add(ErrExists, "choose another name") }

// makeDir makes a directory, and those above it that are missing. undo takes away what it made and is empty still.
func makeDir(dir string) (undo func(), err error) {
	var made []string // the deepest first
	for missing := dir; ; missing = filepath.Dir(missing) {
		if _, err := os.Lstat(missing); !errors.Is(err, os.ErrNotExist) {
			break
		}
		made = append(made, missing)
	}
	return func() {
		for _, dir := range made {
			_ = os.Remove(dir)
		}
	}, os.MkdirAll(dir, 0o700)
}

// syncDir sees to it that a name, too, is on the disk.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// namedDraft is a file under a temporary name beside its place.
func namedDraft(path string) (*draft, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".podtracer-*"+filepath.Ext(path))
	if err != nil {
		return nil, err
	}
	return &draft{File: f, name: f.Name()}, nil
}

// draft is a file that has not got its name yet.
type draft struct {
	*os.File
	name string // a temporary one; "" if it has none, and goes with its last descriptor
}

// discard lets go of the file; if it was not published, nothing of it is left.
func (d *draft) discard() {
	d.Close()
	if d.name != "" {
		_ = os.Remove(d.name)
	}
}
