package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/fennec-project/podtracer/tools/report"
)

// SetDown leaves the output of a run that has ended to whoever fetches it, as a podtracer that was killed leaves what its runs wrote: in a
// session of its own, which nobody locks. The spool keeps its own name, too. It returns the ID of the run there.
func (d *Dir) SetDown(spool string, r report.Record) (id string, err error) {
	s, err := newSession(d.sessions)
	if err != nil {
		return "", fmt.Errorf("set a run down: %w", err)
	}
	defer s.close()
	if err := s.takeOver(d.session, spool, r); err != nil {
		return "", errors.Join(fmt.Errorf("set a run down: %w", err), s.removeFiles([]string{SpoolName(1), labelOf(SpoolName(1))}), s.removeEmpty(d.sessions))
	}
	return s.id(1), nil
}

func (s *session) takeOver(from *session, spool string, r report.Record) error {
	if err := from.dir.Link(spool, s.dir, SpoolName(1)); err != nil {
		return err
	}
	r.Capture = run{session: s, files: []string{SpoolName(1)}}.hasPackets()
	return writeLabel(s.dir, SpoolName(1), r)
}

// TakeBack removes a run that was set down. Who reads it just then can finish.
func (d *Dir) TakeBack(id string) error {
	s, err := d.setDown(id)
	if errors.Is(err, fs.ErrNotExist) { // somebody has removed it
		return nil
	}
	if err != nil {
		return err
	}
	defer s.close()
	return run{session: s, number: 1}.remove()
}

// IsSetDown says whether a run that was set down is still there.
func (d *Dir) IsSetDown(id string) bool {
	s, err := d.setDown(id)
	if err == nil {
		defer s.close()
		_, err = s.dir.Size(SpoolName(1))
	}
	return !errors.Is(err, fs.ErrNotExist) // what cannot be looked at may be there
}

func (d *Dir) setDown(id string) (*session, error) {
	name, _, _ := strings.Cut(id, "-")
	return openSession(d.sessions, name)
}
