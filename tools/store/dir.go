package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Dir is the data directory of spools and saved files. Only the user and root can change it (internal/owndir).
//
//	<root>/                        saved files
//	<root>/sessions/<name>/        what one podtracer keeps, and a lock that it holds for as long as it lives (session)
//	<root>/sessions/<name>/1.json  what its first run is (label)
//	<root>/sessions/<name>/1.spool what that wrote; with a ring, 1.spool.<number of packets before it>, several
type Dir struct {
	root, sessions *owndir.Dir
	session        *session
	left           int // runs that were found in the sessions of podtracers that have ended
}

const sessionsName = "sessions"

// SpoolName is the name of the spool of a run; with a ring, the prefix of its files' names.
func SpoolName(run int) string { return strconv.Itoa(run) + ".spool" }

// DefaultPath is the data directory if no flag names one.
//
// Errors: no environment variable says where the user's files are. A directory shared by all users is not for captures.
func DefaultPath() (string, error) {
	if dir := os.Getenv("PODTRACER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // absolute, as its specification demands
		return filepath.Join(dir, "podtracer"), nil
	}
	if home := os.Getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "podtracer"), nil
	}
	return "", hint.Add(errors.New("there is no place for captures: HOME is not set"),
		"name a directory with --data-dir, or set PODTRACER_DATA_DIR, XDG_STATE_HOME or HOME")
}

// Begin opens the data directory and begins a session in it. It creates directories that are missing.
func Begin(root string) (*Dir, error) {
	d := &Dir{}
	if err := d.open(root); err != nil {
		d.letGo()
		err = fmt.Errorf("open data directory: %w", err)
		if hint.Of(err) == "" {
			err = hint.Add(err, "podtracer needs a writable directory with free space: --data-dir, or $PODTRACER_DATA_DIR")
		}
		return nil, err
	}
	d.left = sweep(d.sessions)
	return d, nil
}

// Session is the directory of this podtracer's session.
func (d *Dir) Session() *owndir.Dir { return d.session.dir }

// Join returns the path of a saved file.
func (d *Dir) Join(name string) string { return d.root.Join(name) }

// Path is the path of the data directory.
func (d *Dir) Path() string { return d.root.Path() }

// Left is the number of runs that were found in the sessions of earlier podtracers.
func (d *Dir) Left() int { return d.left }

// ID is the name of a run of this podtracer in the store.
func (d *Dir) ID(run int) string { return d.session.id(run) }

// CheckKept says why a run of this podtracer would not be found in the store: its spool, or a directory above it, was removed. This
// process could still read its open files, but no other could.
func (d *Dir) CheckKept(run int) error {
	at := d.session.dir.Join(SpoolName(run))
	kept, err := d.keeps(run)
	switch {
	case err != nil:
		return fmt.Errorf("%s is lost: %w", at, err)
	case !kept:
		return fmt.Errorf("%s is lost: somebody has removed it", at)
	default:
		return nil
	}
}

func (d *Dir) keeps(run int) (bool, error) {
	root, err := owndir.Open(d.root.Path())
	if err != nil {
		return false, err
	}
	defer root.Close()
	sessions, err := root.Sub(sessionsName)
	if err != nil {
		return false, err
	}
	defer sessions.Close()
	s, err := openSession(sessions, d.session.name)
	if err != nil {
		return false, err
	}
	defer s.close()
	files, err := s.files()
	if err != nil {
		return false, err
	}
	size, err := s.size(spools(files[run]))
	return size > 0, err
}

// Link gives a spool a second name, among the saved files.
//
// Errors: fs.ErrExist; those of link(2).
func (d *Dir) Link(spool, name string) error {
	if err := d.session.dir.Link(spool, d.root, name); err != nil {
		return err
	}
	return d.root.Sync()
}

// MakeAlone creates a data directory for a process that cannot tell other users from root and trusts everything in it. So it refuses
// a directory to which others can write.
//
// Errors: owndir.ErrUnsafe, with a hint.
func MakeAlone(root string) error {
	dir, err := owndir.Make(root)
	if err == nil {
		err = errors.Join(dir.CheckAlone(), dir.Close())
	}
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	return nil
}

func (d *Dir) open(root string) (err error) {
	if d.root, err = owndir.Make(root); err != nil {
		return err
	}
	if d.sessions, err = d.root.MakeSub(sessionsName); err != nil {
		return err
	}
	if d.session, err = newSession(d.sessions); err != nil {
		return err
	}
	if err := probe(d.session.dir); err != nil {
		return errors.Join(err, d.session.remove(d.sessions))
	}
	return nil
}

// probe checks that there is room: a full disk often still takes an empty file.
func probe(dir *owndir.Dir) error {
	f, err := dir.Nameless()
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Close())
}

// letGo closes the open directories.
func (d *Dir) letGo() {
	if d.session != nil {
		d.session.close()
	}
	for _, dir := range []*owndir.Dir{d.sessions, d.root} {
		if dir != nil {
			_ = dir.Close() // it was only held open
		}
	}
}

// Close removes these spools, and the session if nothing else is in it; everything else stays for the next podtracer.
func (d *Dir) Close(kept []*spool.File) error {
	defer d.letGo()
	return errors.Join(d.discard(kept), d.session.remove(d.sessions))
}

func (d *Dir) discard(kept []*spool.File) error {
	var errs []error
	for _, s := range kept {
		errs = append(errs, s.Remove(), d.session.dir.Remove(labelOf(s.Name())))
	}
	return errors.Join(errs...)
}

// SyncNames syncs a spool's label, and the names of the session and the directories above it.
func (d *Dir) SyncNames(name string) error {
	return errors.Join(
		syncFile(d.session.dir, labelOf(name)), spool.SyncFailure(errors.Join(d.session.dir.Sync(), d.sessions.Sync(), d.root.Sync())),
	)
}

func syncFile(dir *owndir.Dir, name string) error {
	f, err := dir.OpenFile(name, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	return spool.SyncFailure(f.Sync())
}
