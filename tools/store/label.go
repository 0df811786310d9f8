package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/report"
)

// largestLabel is more than a label can have, in bytes: a command line has at most 2 MiB (execve(2)), and JSON may write six bytes for one.
const largestLabel = 16 << 20

func labelOf(spool string) string { return strings.TrimSuffix(spool, ".spool") + ".json" }

// WriteLabel writes the label of a spool, replacing an earlier one. The first label is on the disk when the spool is first synced, a
// later one at once.
func (d *Dir) WriteLabel(spool string, r report.Record) error {
	return writeLabel(d.session.dir, spool, r)
}

func writeLabel(dir *owndir.Dir, spool string, r report.Record) error {
	text, err := r.Encode()
	if err != nil {
		return fmt.Errorf("label spool: %w", err)
	}
	f, err := dir.Create(labelOf(spool))
	switch {
	case errors.Is(err, fs.ErrExist):
		err = dir.Replace(labelOf(spool), text)
	case err == nil:
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("label spool: %w", err)
	}
	return nil
}

// readLabel reads the label of a spool.
//
// Errors: the label is missing or invalid; a power loss may leave an empty one.
func readLabel(dir *owndir.Dir, spool string) (report.Record, error) {
	text, err := dir.Read(labelOf(spool), largestLabel)
	if err != nil {
		return report.Record{}, fmt.Errorf("read the label of %s: %w", spool, err)
	}
	r, err := report.Decode(text)
	if err != nil {
		return report.Record{}, fmt.Errorf("read the label of %s: %w", spool, err)
	}
	return r, nil
}
