package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/report"
)

// leaveRun makes a run in a session, as a podtracer that was killed leaves it.
func leaveRun(t testing.TB, data, name string, run report.Record, spool []byte) {
	t.Helper()
	s := leaveSession(t, data, name)
	defer s.close()
	if run.Created.IsZero() { // a label without it would be invalid
		run.Created = time.Now()
	}
	if err := writeLabel(s.dir, SpoolName(1), run); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.dir.Join(SpoolName(1)), spool, 0o600); err != nil {
		t.Fatal(err)
	}
}

// leaveSession makes a session, or opens an existing one.
func leaveSession(t testing.TB, data, name string) *session {
	t.Helper()
	sessions := owndirtest.Make(t, filepath.Join(data, sessionsName))
	s, err := makeSession(sessions, name)
	if errors.Is(err, os.ErrExist) {
		s, err = openSession(sessions, name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
