// Package store is the data directory: saved files, and what runs have left in sessions.
//
// A running podtracer has a session in it, a directory that is locked for as long as it lives (Dir). What ended podtracers left is
// listed, saved and removed through a Store, which needs no cluster and starts nothing. Only a person removes a spool that is not
// empty; other files are removed only if podtracer makes such files, in a session with its marker.
//
// Start reading at Begin and Dir, for a podtracer that runs tools; Open and Store, for listing and saving; DefaultPath; MakeAlone.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/save"
)

// ErrNotFound says that no run or file has that name.
var ErrNotFound = errors.New("no such run")

// Store is what a data directory holds: runs that ended podtracers left, and saved files. It needs no cluster and starts nothing.
type Store struct {
	path string
	by   save.Maker
}

// Entry is a run or a file in a Store.
type Entry struct {
	ID      string // k3x9q-1, or the name of a saved file
	Kind    Kind
	Pod     k8s.Pod  // of a run; namespace, name, UID and node, as far as they are known
	Argv    []string // of a run; nil if unknown
	Created time.Time
	Bytes   int64
	Packets int64 // of a capture that was left
	Capture bool
	Missing string // of a run that was left: what its spool has lost since, in words
}

// Kind says where an entry comes from.
type Kind string

// The kinds of entries.
const (
	Left  Kind = "left"  // left by a podtracer that has ended
	Live  Kind = "live"  // of a podtracer that is running
	Saved Kind = "saved" // a file that was saved
)

// Open returns the Store of a data directory, which may not exist: then the Store is empty. by makes the files that it saves.
func Open(path string, by save.Maker) *Store { return &Store{path, by} }

// Path is the path of the data directory.
func (s *Store) Path() string { return s.path }

// open opens the data directory and the directory of the sessions; both are nil if there is none.
func (s *Store) open() (root, sessions *owndir.Dir, done func(), err error) {
	done = func() {
		for _, dir := range []*owndir.Dir{sessions, root} {
			if dir != nil {
				_ = dir.Close() // it was only read
			}
		}
	}
	if root, err = owndir.Open(s.path); err == nil {
		sessions, err = root.Sub(sessionsName)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		done()
		return nil, nil, nil, fmt.Errorf("open data directory: %w", err)
	}
	return root, sessions, done, nil
}

// Pod returns the pod of a run that was left: namespace, name, UID and node, as far as they are known.
//
// Errors: ErrNotFound; the run belongs to a running podtracer.
func (s *Store) Pod(id string) (k8s.Pod, error) {
	run, done, err := s.find(id, (*session).share)
	if err != nil {
		return k8s.Pod{}, err
	}
	defer done()
	return run.record.Pod, nil
}

// Save saves a run that was left, as tools.Runs.Save does. The run stays in the store until it is removed.
//
// Errors: ErrNotFound; the run belongs to a running podtracer; those of save.Recording.Save.
func (s *Store) Save(ctx context.Context, id string, to save.Target) (save.File, error) {
	run, done, err := s.find(id, (*session).share)
	if err != nil {
		return save.File{}, err
	}
	defer done()
	c, packets, closeFiles, err := run.open()
	if err != nil {
		return save.File{}, err
	}
	defer closeFiles()
	record := run.found(c, packets)
	if to.Path == "" {
		to.Path = filepath.Join(s.path, save.Name(record))
		if record.Capture && !run.hasPackets() {
			to.Path = filepath.Join(s.path, save.BrokenName(record))
		}
	}
	by := s.by
	by.Streams = s.path
	saved, err := save.Recording{Record: record, Content: c, By: by}.Save(ctx, to)
	if err == nil {
		s.note(saved.Path)
	}
	return saved, err
}

// note notes that a file was saved. If that fails, the file cannot be fetched, and podtracer get says so.
func (s *Store) note(path string) {
	root, _, done, err := s.open()
	if err != nil || root == nil {
		return
	}
	defer done()
	_ = noteSaved(root, path)
}

// Remove removes a run that was left, by its full ID, or a saved file that has a name that podtracer gives.
//
// Errors: ErrNotFound; the run belongs to a running podtracer; podtracer did not make the file; errors of the file system.
func (s *Store) Remove(id string) error {
	if removed, err := s.removeSaved(id); removed || err != nil {
		return err
	}
	run, done, err := s.find(id, (*session).lock)
	if err != nil {
		return err
	}
	defer done()
	if run.id() != id {
		return hint.Add(fmt.Errorf("%w: %q", ErrNotFound, id), "write its whole name to remove it: "+run.id())
	}
	if !run.session.isMarked() {
		return notOurs(run.session.dir.Path())
	}
	return run.remove()
}

// remove removes the files of a run, and its session if nothing else is in it.
func (k run) remove() error {
	files, err := k.session.files()
	if err != nil {
		return err
	}
	sessions, err := owndir.Open(filepath.Dir(k.session.dir.Path()))
	if err != nil {
		return err
	}
	defer sessions.Close()
	return errors.Join(k.session.removeFiles(files[k.number]), k.session.remove(sessions))
}

// removeSaved removes a saved file, and says whether there was one.
func (s *Store) removeSaved(name string) (removed bool, err error) {
	root, _, done, err := s.open()
	if err != nil || root == nil {
		return false, err
	}
	defer done()
	switch _, err := root.Size(name); {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, owndir.ErrUnsafe): // it is no saved file
		return false, nil
	case err != nil:
		return false, err
	case !save.IsName(name):
		return false, notOurs(root.Join(name))
	default:
		return true, root.Remove(name)
	}
}

func notOurs(path string) error {
	return hint.Add(fmt.Errorf("%s does not look like podtracer's own", path), "remove it yourself if it should go")
}

// find finds a run by its ID or a prefix of it, and locks its session until done is called.
func (s *Store) find(id string, lock func(*session) error) (found run, done func(), err error) {
	ids, err := s.ids(id)
	switch {
	case err != nil:
		return found, nil, err
	case len(ids) == 0:
		return found, nil, s.none(id)
	case len(ids) > 1:
		return found, nil, hint.Add(fmt.Errorf("%q is the beginning of %d runs", id, len(ids)), "write more of it")
	}
	return s.hold(ids[0], lock)
}

// none says that there is no run with that ID.
func (s *Store) none(id string) error {
	all, _ := s.List() // only for the words
	if slices.ContainsFunc(all, func(e Entry) bool { return e.Kind == Saved && e.ID == id }) {
		return hint.Add(fmt.Errorf("%q is saved already", id), "it is "+filepath.Join(s.path, id))
	}
	return fmt.Errorf("%w: %q", ErrNotFound, id)
}

// ids returns the run with that ID, or else all whose ID begins with it.
//
// Errors: what might have it cannot be read. Nothing is missing only because it could not be looked at.
func (s *Store) ids(id string) ([]string, error) {
	_, sessions, done, err := s.open()
	if err != nil || sessions == nil || id == "" {
		return nil, err
	}
	defer done()
	var beginning []string
	exact := false
	of, _, _ := strings.Cut(id, "-")
	err = eachSession(sessions, of, func(s *session) error {
		runs, err := runsIn(s)
		for _, run := range runs {
			exact = exact || run.id() == id
			if strings.HasPrefix(run.id(), id) {
				beginning = append(beginning, run.id())
			}
		}
		return err
	})
	switch {
	case exact:
		return []string{id}, nil
	case err != nil:
		return nil, fmt.Errorf("look for run %s: %w", id, err)
	default:
		return beginning, nil
	}
}

// hold opens a run of a podtracer that has ended, and locks it.
func (s *Store) hold(id string, lock func(*session) error) (found run, done func(), err error) {
	_, sessions, closeDirs, err := s.open()
	if err != nil {
		return found, nil, err
	}
	defer closeDirs()
	name, _, _ := strings.Cut(id, "-")
	session, err := openSession(sessions, name)
	if err != nil {
		return found, nil, fmt.Errorf("open run %s: %w", id, err)
	}
	if err := lock(session); err != nil {
		session.close()
		return found, nil, hint.Add(fmt.Errorf("run %s: %w", id, errInUse), "stop it there, or save it there with s")
	}
	runs, err := runsIn(session)
	for _, run := range runs {
		if run.id() == id {
			return run, session.close, nil
		}
	}
	session.close()
	if err != nil {
		return found, nil, fmt.Errorf("open run %s: %w", id, err)
	}
	return found, nil, fmt.Errorf("%w: %q", ErrNotFound, id)
}
