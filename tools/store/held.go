package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Held is a run that was left, or a saved file, while it is read. Nobody removes the run until it is let go.
type Held struct {
	ID      string         // of the run; "": a file
	Record  *report.Record // of the run; nil: a file
	Content spool.Content
	LetGo   func()
}

// Hold opens a run that was left, by its ID or the beginning of that; a saved file, by its name; or a file that was saved elsewhere, by
// its path from the root.
//
// Errors: ErrNotFound; the run belongs to a running podtracer; the file is not a regular one of the user's own.
func (s *Store) Hold(name string) (*Held, error) {
	if filepath.IsAbs(name) {
		here, err := filepath.Abs(s.path)
		if err != nil {
			return nil, err
		}
		if filepath.Dir(name) != here {
			return s.holdElsewhere(name)
		}
		name = filepath.Base(name)
	}
	switch held, err := s.holdSaved(name); {
	case err == nil:
		return held, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	run, done, err := s.find(name, (*session).share)
	if err != nil {
		return nil, err
	}
	c, packets, closeFiles, err := run.open()
	if err != nil {
		done()
		return nil, err
	}
	record := run.found(c, packets)
	return &Held{ID: run.id(), Record: &record, Content: c, LetGo: func() { closeFiles(); done() }}, nil
}

// holdElsewhere opens a file that podtracer has saved outside of the data directory.
func (s *Store) holdElsewhere(path string) (*Held, error) {
	root, _, done, err := s.open()
	if err != nil {
		return nil, err
	}
	defer done()
	noted := false
	if root != nil {
		noted, err = isNoted(root, path)
	}
	if err != nil {
		return nil, err
	}
	if !noted {
		return nil, hint.Add(fmt.Errorf("%w: podtracer has not saved %s", ErrNotFound, path), "podtracer runs lists what it has kept there")
	}
	place, err := newfile.Find(path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	if place.Info == nil {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	f, err := place.OpenOwn()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return holdFile(f)
}

// holdSaved opens a saved file.
//
// Errors: fs.ErrNotExist also for a name that leads out of the data directory, or to what podtracer keeps for itself.
func (s *Store) holdSaved(name string) (*Held, error) {
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fs.ErrNotExist
	}
	root, _, done, err := s.open()
	if err != nil {
		return nil, err
	}
	defer done()
	if root == nil {
		return nil, fs.ErrNotExist
	}
	f, err := root.OpenFile(name, os.O_RDONLY)
	if errors.Is(err, owndir.ErrUnsafe) {
		err = hint.Add(err, "only regular files of the user that runs podtracer are read")
	}
	if err != nil {
		return nil, err
	}
	return holdFile(f)
}

func holdFile(f *os.File) (*Held, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	held := &Held{LetGo: func() { _ = f.Close() }} // it was only read
	held.Content.Add(f, 0, info.Size())
	return held, nil
}
