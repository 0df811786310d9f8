package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Spool opens the spool of a run, whether its podtracer runs or not, to follow it while it grows.
//
// Errors: ErrNotFound, also for a ring, which has several files.
func (s *Store) Spool(id string) (*os.File, error) {
	_, sessions, done, err := s.open()
	if err != nil {
		return nil, err
	}
	defer done()
	name, digits, _ := strings.Cut(id, "-")
	number, err := strconv.Atoi(digits)
	if sessions == nil || err != nil {
		return nil, fmt.Errorf("%w: %q", ErrNotFound, id)
	}
	session, err := openSession(sessions, name)
	if err == nil {
		defer session.close()
		var f *os.File
		if f, err = session.dir.OpenFile(SpoolName(number), os.O_RDONLY); err == nil {
			return f, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %q", ErrNotFound, id)
	}
	return nil, err
}
