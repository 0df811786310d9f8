package tools

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fennec-project/podtracer/internal/hint"
)

// dataDir is where spools and saved files lie.
//
//	<root>/                   saved files
//	<root>/sessions/<random>/ spools of one podtracer, and a lock that it holds for as long as it lives
//
// A session whose lock nobody holds belongs to a podtracer that was killed. It is removed when the next one starts.
type dataDir struct {
	root    string
	session string
	lock    *os.File
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
		return errors.Join(err, d.close())
	}
	return os.Remove(probe)
}

// openSession makes a session and locks it. Another podtracer may take it for one that was left, and sweep it away before
// it is locked: then it is made again.
func (d *dataDir) openSession(sessions string) error {
	const tries = 100
	var err error
	for range tries {
		if d.session, err = os.MkdirTemp(sessions, ""); err != nil {
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

// sweep removes the sessions that were left by podtracers that were killed. What cannot be removed is somebody else's.
func (d *dataDir) sweep() {
	sessions := filepath.Dir(d.session)
	entries, err := os.ReadDir(sessions)
	if err != nil {
		return
	}
	for _, entry := range entries {
		dir := filepath.Join(sessions, entry.Name())
		if dir == d.session {
			continue
		}
		if lock, err := lockSession(dir); err == nil {
			_ = os.RemoveAll(dir)
			lock.Close()
		}
	}
}

func (d *dataDir) close() error {
	return errors.Join(os.RemoveAll(d.session), d.lock.Close())
}
