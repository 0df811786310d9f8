package tools

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// dataDir is where spools and saved files lie.
//
//	<root>/                        saved files
//	<root>/sessions/<name>/        what one podtracer keeps, and a lock that it holds for as long as it lives
//	<root>/sessions/<name>/1.json  what its first run is (label)
//	<root>/sessions/<name>/1.spool what that wrote; with a ring, 1.spool.<number of packets before it>, several
//
// A session whose lock nobody holds belongs to a podtracer that was killed, or was on a machine that lost its power. What
// it kept stays until somebody saves or removes it (Store); if it kept nothing, it is removed when the next one starts.
type dataDir struct {
	root    string
	session string
	lock    *os.File
	left    int // runs that were found in the sessions of others who are no more
}

// spool is where the spool of a run begins; see newSpool.
func (d *dataDir) spool(id RunID) string {
	return filepath.Join(d.session, strconv.Itoa(int(id))+".spool")
}

// DefaultDataDir is where data goes if no flag says otherwise.
func DefaultDataDir() string {
	if dir := os.Getenv("PODTRACER_DATA_DIR"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "podtracer")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir() // a container without HOME
	}
	return filepath.Join(home, ".local", "state", "podtracer")
}

func openDataDir(root string) (*dataDir, error) {
	d := &dataDir{root: root}
	if err := d.open(); err != nil {
		return nil, hint.Add(fmt.Errorf("open data directory: %w", err),
			"it needs a directory with free space that it may write to: --data-dir, or $PODTRACER_DATA_DIR")
	}
	d.sweep()
	return d, nil
}

func (d *dataDir) open() error {
	sessions := filepath.Join(d.root, "sessions")
	if err := os.MkdirAll(sessions, 0o700); err != nil {
		return err
	}
	if err := d.openSession(sessions); err != nil {
		return err
	}
	// A disk that is full often still takes an empty file.
	probe := filepath.Join(d.session, "probe")
	if err := os.WriteFile(probe, make([]byte, 4096), 0o600); err != nil {
		return errors.Join(err, d.close(nil))
	}
	return os.Remove(probe)
}

// openSession makes a session and locks it. Another podtracer may take it for one that was left, and sweep it away before
// it is locked: then it is made again.
func (d *dataDir) openSession(sessions string) error {
	const tries = 100
	var err error
	for range tries {
		d.session = filepath.Join(sessions, strings.ToLower(rand.Text()[:sessionName]))
		if err = os.Mkdir(d.session, 0o700); errors.Is(err, os.ErrExist) {
			continue
		} else if err != nil {
			return err
		}
		if d.lock, err = lockSession(d.session); err == nil {
			if _, err = os.Stat(d.session); err == nil {
				return nil
			}
			d.lock.Close()
		}
		_ = os.RemoveAll(d.session)
	}
	return err
}

const sessionName = 5 // letters: short enough to be typed

// sweep removes the empty sessions of podtracers that were killed, and counts what the others hold. What cannot be locked
// is somebody else's.
func (d *dataDir) sweep() {
	for _, session := range sessionsIn(d.root) {
		if session == d.session {
			continue
		}
		lock, err := lockSession(session)
		if err != nil {
			continue
		}
		if n := len(keptIn(session)); n > 0 {
			d.left += n
		} else {
			_ = os.RemoveAll(session)
		}
		lock.Close()
	}
}

func sessionsIn(root string) []string {
	sessions, _ := filepath.Glob(filepath.Join(root, "sessions", "*")) // fails only for a bad pattern
	return sessions
}

// close removes the session with its spools.
func (d *dataDir) close(spools []*spool) error {
	return errors.Join(discard(spools), os.RemoveAll(d.session), d.lock.Close())
}

// leave removes some spools, and lets go of the session: what else it keeps is there for the next one.
func (d *dataDir) leave(spools []*spool) error { return errors.Join(discard(spools), d.lock.Close()) }

// removeFile removes a file; one that somebody else has removed is no error.
func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func discard(spools []*spool) error {
	var errs []error
	for _, s := range spools {
		errs = append(errs, s.remove(), removeFile(labelOf(s.path)))
	}
	return errors.Join(errs...)
}
