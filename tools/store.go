package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
)

// Store is what a data directory holds from earlier: runs of podtracers that were killed, and saved files. It needs no
// cluster and starts nothing.
type Store struct {
	dir  string
	deps Deps
}

// Kept is something in a Store.
type Kept struct {
	ID      string // what it is called: k3x9q-1, or the name of a saved file
	Kind    KeptKind
	Pod     k8s.Pod  // of a run; namespace, name, UID and node
	Argv    []string // of a run
	Created time.Time
	Bytes   int64
	Packets int64 // of a capture that was left
	Capture bool
}

// KeptKind says where something comes from.
type KeptKind string

// The kinds of what is kept.
const (
	KeptLeft  KeptKind = "left"  // by a podtracer that was killed
	KeptLive  KeptKind = "live"  // it belongs to a podtracer that runs
	KeptSaved KeptKind = "saved" // a file that somebody saved
)

// OpenStore opens the data directory of deps. It may not be there: then it holds nothing.
func OpenStore(deps Deps) *Store { return &Store{deps.DataDir, deps} }

// List tells all that the store holds: what was left first, then what runs, then saved files; each by age.
func (s *Store) List() ([]Kept, error) {
	var all []Kept
	for _, session := range sessionsIn(s.dir) {
		kind := KeptLive
		if lock, err := lockSession(session); err == nil {
			kind = KeptLeft
			defer lock.Close() // nobody removes it while it is listed
		}
		for _, run := range keptIn(session) {
			all = append(all, run.describe(kind))
		}
	}
	slices.SortStableFunc(all, func(a, b Kept) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(a.Kind), string(b.Kind)) // left, running
		}
		return a.Created.Compare(b.Created)
	})
	saved, err := s.savedFiles()
	return append(all, saved...), err
}

// describe tells what a run is. The packets of one that still grows are not counted, nor those of one that cannot be read.
func (k keptRun) describe(kind KeptKind) Kept {
	state := k.label.state()
	kept := Kept{
		ID: k.id, Kind: kind, Pod: state.Pod, Argv: state.Argv, Created: state.Created, Capture: state.Capture, Bytes: totalSize(k.files),
	}
	if kind == KeptLive || !kept.Capture {
		return kept
	}
	c, packets, closeFiles, err := k.open()
	if err != nil {
		return kept
	}
	defer closeFiles()
	kept.Bytes, kept.Packets = c.size(), packets
	return kept
}

func (s *Store) savedFiles() ([]Kept, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list data directory: %w", err)
	}
	var files []Kept
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		files = append(files, Kept{ID: entry.Name(), Kind: KeptSaved, Created: info.ModTime(), Bytes: info.Size()})
	}
	slices.SortStableFunc(files, func(a, b Kept) int { return a.Created.Compare(b.Created) })
	return files, nil
}

// Pod is the one of a run that was left: namespace, name, UID and node.
//
// Errors: ErrNoRun, a run that belongs to a podtracer that runs.
func (s *Store) Pod(id string) (k8s.Pod, error) {
	run, done, err := s.find(id)
	if err != nil {
		return k8s.Pod{}, err
	}
	done()
	return run.label.state().Pod, nil
}

// Save saves a run that was left, as Runs.Save does. It stays in the store until it is removed.
//
// Errors: ErrNoRun, a run that belongs to a podtracer that runs, and those of Runs.Save.
func (s *Store) Save(ctx context.Context, id string, to Target) (Saved, error) {
	run, done, err := s.find(id)
	if err != nil {
		return Saved{}, err
	}
	defer done()
	c, _, closeFiles, err := run.open()
	if err != nil {
		return Saved{}, err
	}
	defer closeFiles()
	state := run.state(c)
	if to.Path == "" {
		to.Path = defaultPath(s.dir, state)
	}
	return recording{content: c, state: state, filter: run.label.Filter, deps: s.deps}.save(ctx, to)
}

// Remove removes a run that was left, by its whole id, or a saved file.
//
// Errors: ErrNoRun, a run that belongs to a podtracer that runs, and what the file system says.
func (s *Store) Remove(id string) error {
	if filepath.Base(id) == id && !strings.HasPrefix(id, ".") {
		path := filepath.Join(s.dir, id)
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			return os.Remove(path)
		}
	}
	run, done, err := s.find(id)
	if err != nil {
		return err
	}
	defer done()
	if run.id != id {
		return hint.Add(fmt.Errorf("%w: %q", ErrNoRun, id), "write its whole name to remove it: "+run.id)
	}
	session := filepath.Dir(run.files[0])
	number := strings.TrimPrefix(run.id, filepath.Base(session)+"-")
	errs := []error{os.Remove(filepath.Join(session, number+".json"))}
	for _, file := range run.files {
		errs = append(errs, os.Remove(file))
	}
	if len(keptIn(session)) == 0 {
		errs = append(errs, os.RemoveAll(session))
	}
	return errors.Join(errs...)
}

// find finds a run by its id or the beginning of it, and keeps others from it until done is called.
func (s *Store) find(id string) (found keptRun, done func(), err error) {
	var runs []keptRun
	for _, session := range sessionsIn(s.dir) {
		runs = append(runs, keptIn(session)...)
	}
	matching := slices.DeleteFunc(slices.Clone(runs), func(k keptRun) bool { return k.id != id })
	if len(matching) == 0 {
		matching = slices.DeleteFunc(runs, func(k keptRun) bool { return !strings.HasPrefix(k.id, id) })
	}
	switch {
	case id == "" || len(matching) == 0:
		return found, nil, hint.Add(fmt.Errorf("%w: %q", ErrNoRun, id), "podtracer runs lists what there is")
	case len(matching) > 1:
		return found, nil, hint.Add(fmt.Errorf("%q is the beginning of %d runs", id, len(matching)), "write more of it: podtracer runs lists them")
	}
	found = matching[0]
	lock, err := lockSession(filepath.Dir(found.files[0]))
	if err != nil {
		return found, nil, hint.Add(fmt.Errorf("run %s belongs to a podtracer that is running", found.id), "stop it there, or save it there with s")
	}
	return found, func() { lock.Close() }, nil
}
