package tools

import (
	"context"
	"fmt"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// checkDisk stops the run when the disk is nearly full.
func (r *run) checkDisk(stop context.CancelCauseFunc) {
	if err := r.disk.check(r.spool.Ahead()); err != nil {
		stop(fmt.Errorf("%w: %w", ErrMinFree, err))
	}
}

// roomForText says that the disk is too full for more text.
func (r *run) roomForText() error { return r.disk.check(r.spool.Ahead()) }

// disk is the one that a run's output goes to.
type disk struct {
	dir   *owndir.Dir
	floor func(size int64) int64 // bytes that stay free
}

// check says that less is free than should be; what is reserved, in bytes, is free still. A disk that does not say how full it
// is, is not.
func (d disk) check(reserved int64) error {
	free, size, err := d.dir.Space()
	free += reserved
	if floor := d.floor(size); err == nil && free < floor {
		return errLittleFree{free, floor}
	}
	return nil
}

// errLittleFree says how little is free, in bytes.
type errLittleFree struct{ free, floor int64 }

func (e errLittleFree) Error() string {
	return fmt.Sprintf("%d MiB of the disk are free, and %d MiB stay free", e.free>>20, e.floor>>20)
}
