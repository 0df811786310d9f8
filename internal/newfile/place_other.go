//go:build !linux

package newfile

import (
	"os"
	"path/filepath"
)

// way is the directory of a place, by its name. Files laid by others are dangerous only where podtracer runs tools, which is Linux.
type way struct {
	follow bool
	dir    *os.File
}

func find(path string, w way) (*Place, error) {
	var err error
	if w.dir, err = os.Open(filepath.Dir(path)); err != nil {
		return nil, err
	}
	look := os.Lstat
	if w.follow {
		look = os.Stat
	}
	p := &Place{Path: path, name: filepath.Base(path), way: w}
	p.Info, _ = look(path) // a file that cannot be examined cannot be written to
	return p, nil
}

func (w way) close()      { w.dir.Close() }
func (w way) sync() error { return syncNames(w.dir) }

// Create makes the file, readable by its owner only.
func (p *Place) Create() (*os.File, error) {
	return os.OpenFile(p.Path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}

// Remove removes the file that Create made.
func (p *Place) Remove() error { return os.Remove(p.Path) }

// Open opens the existing file for reading.
func (p *Place) Open() (*os.File, error) {
	if !p.Info.Mode().IsRegular() {
		return nil, errNotAFile
	}
	return os.Open(p.Path)
}

// OpenOwn opens the existing file for reading.
func (p *Place) OpenOwn() (*os.File, error) { return p.Open() }

// Rewrite replaces the content of the file.
func (p *Place) Rewrite(text []byte) error { return os.WriteFile(p.Path, text, 0o600) }

func (p *Place) checkWritable() error {
	if p.Info == nil {
		return p.CheckNew()
	}
	f, err := os.OpenFile(p.Path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func (p *Place) draft() (*draft, error) {
	f, err := os.CreateTemp(filepath.Dir(p.Path), ".podtracer-*"+filepath.Ext(p.Path))
	if err != nil {
		return nil, err
	}
	return &draft{f, p, f.Name()}, nil
}

// publish gives the file its name.
func (d *draft) publish(overwrite bool) error {
	if !overwrite {
		err := os.Link(d.name, d.place.Path)
		if os.IsExist(err) {
			return exists()
		}
		return err
	}
	if err := os.Rename(d.name, d.place.Path); err != nil {
		return err
	}
	d.name = ""
	return nil
}

func (d *draft) discard() {
	d.Close()
	if d.name != "" {
		_ = os.Remove(d.name)
	}
}
