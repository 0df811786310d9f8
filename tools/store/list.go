package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/spool"
)

// List returns everything in the store: first runs that were left, then runs that go on, then saved files; each by age.
//
// Errors: files that cannot be read, or are not the user's. Everything else is listed nevertheless.
func (s *Store) List() ([]Entry, error) {
	root, sessions, done, err := s.open()
	if err != nil || root == nil {
		return nil, err
	}
	defer done()
	var all []Entry
	var left error
	if sessions != nil {
		all, left = listRuns(sessions)
	}
	saved, err := savedFiles(root)
	if err = errors.Join(left, err); err != nil {
		err = fmt.Errorf("list data directory: %w", err)
	}
	return append(all, saved...), err
}

func listRuns(sessions *owndir.Dir) ([]Entry, error) {
	var all []Entry
	var errs []error
	err := eachSession(sessions, "", func(s *session) error {
		files, _ := s.files() // runsIn returns an error of it
		for _, names := range files {
			errs = append(errs, s.check(names))
		}
		kind := Live
		if s.share() == nil { // so that nobody removes it while it is listed
			kind = Left
		}
		runs, err := runsIn(s)
		for _, run := range runs {
			all = append(all, run.describe(kind))
		}
		return err
	})
	slices.SortStableFunc(all, func(a, b Entry) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(a.Kind), string(b.Kind)) // left before live
		}
		return a.Created.Compare(b.Created)
	})
	return all, errors.Join(append(errs, err)...)
}

// describe returns the entry of a run. It is not looked through if it goes on or cannot be read.
func (k run) describe(kind Kind) Entry {
	run := k.found(spool.Content{}, k.record.Packets-k.record.Counters.AgedOut)
	kept := Entry{
		ID: k.id(), Kind: kind, Pod: run.Pod, Argv: run.Argv, Created: run.Created, Capture: run.Capture,
	}
	kept.Bytes = k.size
	if kind == Live {
		return kept
	}
	c, packets, closeFiles, err := k.open()
	if err != nil {
		return kept
	}
	defer closeFiles()
	kept.Bytes, kept.Packets = c.Size(), packets
	if gone, lost := k.lost(packets); lost {
		kept.Missing = gone.String()
	}
	return kept
}

func savedFiles(root *owndir.Dir) ([]Entry, error) {
	names, err := root.Names()
	if err != nil {
		return nil, err
	}
	var files []Entry
	var errs []error
	for _, name := range names {
		if strings.HasPrefix(name, ".") {
			continue
		}
		if _, err := root.Size(name); errors.Is(err, fs.ErrNotExist) || errors.Is(err, owndir.ErrUnsafe) { // it is no saved file
			continue
		}
		info, err := modified(root, name)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) { // else it was removed meanwhile
				errs = append(errs, err)
			}
			continue
		}
		files = append(files, Entry{ID: name, Kind: Saved, Created: info.ModTime(), Bytes: info.Size()})
	}
	slices.SortStableFunc(files, func(a, b Entry) int { return a.Created.Compare(b.Created) })
	return files, errors.Join(errs...)
}

func modified(dir *owndir.Dir, name string) (os.FileInfo, error) {
	f, err := dir.OpenFile(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}
