package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// session is what one podtracer keeps: a directory that is locked for as long as podtracer or a guard of its tools lives.
//
// An unlocked session belongs to a podtracer that was killed, or lost its power. If a spool in it is not empty, everything stays until
// a person removes that run (Store). Podtracer removes only files that have the names of its own, in a directory with its marker;
// a directory is removed only if it is empty.
type session struct {
	dir  *owndir.Dir
	name string
}

const (
	sessionLetters = 5 // short enough to be typed
	sessionMarker  = "podtracer-session"
)

// sessionForm matches the names of sessions. Each name has a digit, so it is no word.
var (
	sessionForm = regexp.MustCompile(`^[a-z2-7]{5}$`)
	hasDigit    = regexp.MustCompile(`[2-7]`)
)

func isSessionName(name string) bool {
	return sessionForm.MatchString(name) && hasDigit.MatchString(name)
}

func newSessionName() string {
	for {
		if name := strings.ToLower(rand.Text()[:sessionLetters]); isSessionName(name) {
			return name
		}
	}
}

// newSession makes a session and locks it. Another podtracer may take it for abandoned and remove it before it is locked; then
// newSession tries again.
func newSession(sessions *owndir.Dir) (*session, error) {
	const tries = 100
	var err error
	for range tries {
		var s *session
		if s, err = makeSession(sessions, newSessionName()); err == nil {
			return s, nil
		}
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errInUse) {
			return nil, err
		}
	}
	return nil, err
}

func makeSession(sessions *owndir.Dir, name string) (*session, error) {
	dir, err := sessions.Mkdir(name)
	if err != nil {
		return nil, err
	}
	s := &session{dir, name}
	if err := s.lock(); err != nil { // another podtracer is looking at it
		return nil, errors.Join(err, s.dir.Close(), sessions.RemoveDir(name))
	}
	marker, err := s.dir.Create(sessionMarker) // fails if the directory was removed meanwhile
	if err == nil {
		err = marker.Close()
	}
	if err != nil {
		return nil, errors.Join(err, s.dir.Close(), sessions.RemoveDir(name))
	}
	return s, nil
}

// openSession opens an existing session.
//
// Errors: a name that no session has.
func openSession(sessions *owndir.Dir, name string) (*session, error) {
	if !isSessionName(name) {
		return nil, fmt.Errorf("%q is not a session: %w", name, fs.ErrNotExist)
	}
	dir, err := sessions.Sub(name)
	if err != nil {
		return nil, err
	}
	return &session{dir, name}, nil
}

var errInUse = errors.New("it belongs to a podtracer that is running")

// lock locks the session for as long as its directory is open in a living process (flock(2)).
func (s *session) lock() error { return s.locked(s.dir.Lock()) }

// share locks the session like lock, for somebody who only reads: several may do so at the same time.
func (s *session) share() error { return s.locked(s.dir.Share()) }

// locked names the session in what became of a lock.
func (s *session) locked(err error) error {
	switch {
	case err == nil:
		return nil
	case owndir.IsLocked(err):
		return fmt.Errorf("lock %s: %w", s.dir.Path(), errInUse)
	default:
		return fmt.Errorf("lock %s: %w", s.dir.Path(), err)
	}
}

func (s *session) close() { _ = s.dir.Close() } // it was only held open

// isMarked says whether podtracer made the directory.
func (s *session) isMarked() bool {
	_, err := s.dir.Size(sessionMarker)
	return err == nil
}

// fileForm matches the names of podtracer's files in a session: labels, drafts of labels, and spools with their segments.
var fileForm = regexp.MustCompile(`^([1-9][0-9]{0,8})\.(?:json(?:\.[A-Z2-7]{8}\.new)?|spool(?:\.[0-9]{6,18})?)$`)

// files returns podtracer's files in the session by run, in order.
func (s *session) files() (map[int][]string, error) {
	names, err := s.dir.Names()
	if err != nil {
		return nil, err
	}
	files := map[int][]string{}
	slices.Sort(names)
	for _, name := range names {
		if match := fileForm.FindStringSubmatch(name); match != nil {
			run, _ := strconv.Atoi(match[1]) // which it is
			files[run] = append(files[run], name)
		}
	}
	return files, nil
}

// remove removes the session if nothing in it is worth keeping.
func (s *session) remove(sessions *owndir.Dir) error {
	files, err := s.files()
	if err != nil {
		return err
	}
	for _, names := range files {
		if s.check(names) != nil {
			return nil
		}
	}
	if runs, err := runsIn(s); err != nil || len(runs) > 0 {
		return nil
	}
	if s.isMarked() {
		for _, names := range files {
			if err := s.removeFiles(names); err != nil {
				return err
			}
		}
	}
	return s.removeEmpty(sessions)
}

// removeEmpty removes the directory if it contains only the marker.
func (s *session) removeEmpty(sessions *owndir.Dir) error {
	names, err := s.dir.Names()
	if err != nil || len(names) != 1 || names[0] != sessionMarker {
		return err
	}
	return errors.Join(s.dir.Remove(sessionMarker), sessions.RemoveDir(s.name))
}

func (s *session) removeFiles(names []string) error {
	var errs []error
	for _, name := range names {
		if _, err := s.dir.Size(name); err == nil {
			errs = append(errs, s.dir.Remove(name))
		}
	}
	return errors.Join(errs...)
}

// check returns an error that names the files that are not the user's own regular files.
func (s *session) check(names []string) error {
	var errs []error
	for _, name := range names {
		if _, err := s.dir.Size(name); err == nil {
			continue
		}
		f, err := s.dir.OpenFile(name, os.O_RDONLY)
		if err == nil {
			err = f.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// size is the total size of some files in bytes. What was removed meanwhile has none.
//
// Errors: files that cannot be looked at, or are not the user's own.
func (s *session) size(names []string) (total int64, err error) {
	var errs []error
	for _, name := range names {
		n, err := s.dir.Size(name)
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		total += n
	}
	return total, errors.Join(errs...)
}

// spools returns those of a run's files that contain its output, the oldest first.
func spools(names []string) []string {
	found := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.Contains(name, ".spool") })
	slices.SortFunc(found, func(a, b string) int { return int(segmentNumber(a) - segmentNumber(b)) })
	return found
}

// segmentNumber is how many packets came before a segment of a ring; 0 for a spool without a ring.
func segmentNumber(name string) int64 {
	_, digits, _ := strings.Cut(name, ".spool.")
	n, _ := strconv.ParseInt(digits, 10, 64) // no digits: 0
	return n
}

// eachSession calls visit for every session whose name begins so, and closes the session afterwards.
//
// Errors: those of visit; sessions that cannot be opened, or that others can change, which are skipped.
func eachSession(sessions *owndir.Dir, beginning string, visit func(*session) error) error {
	names, err := sessions.Names()
	slices.Sort(names)
	errs := []error{err}
	for _, name := range names {
		if !strings.HasPrefix(name, beginning) {
			continue
		}
		s, err := openSession(sessions, name)
		switch {
		case err == nil:
			errs = append(errs, visit(s))
			s.close()
		case !errors.Is(err, fs.ErrNotExist): // else it is no session, or was removed
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweep removes sessions of killed podtracers that contain nothing, and counts the runs of the others.
func sweep(sessions *owndir.Dir) (left int) {
	_ = eachSession(sessions, "", func(s *session) error { // sessions that cannot be listed are not removed
		if s.lock() != nil {
			return nil
		}
		runs, err := runsIn(s)
		if left += len(runs); len(runs) > 0 || err != nil {
			return err
		}
		return s.remove(sessions)
	})
	return left
}
