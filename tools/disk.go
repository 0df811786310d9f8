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

// roomForText returns an error if the disk is too full for more text.
func (r *run) roomForText() error { return r.disk.check(r.spool.Ahead()) }

// disk is the disk that the output of a run goes to.
type disk struct {
	dir   *owndir.Dir
	floor func(size int64) int64 // bytes that must stay free
}

// check returns an error if less space is free than must stay free. reserved is the number of bytes set aside for the spool,
// which count as free. A disk that does not tell its free space counts as not full.
func (d disk) check(reserved int64) error {
	free, size, err := d.dir.Space()
	free += reserved
	if floor := d.floor(size); err == nil && free < floor {
		return errLittleFree{free, floor}
	}
	return nil
}

// errLittleFree says how much space is free and how much must stay free, in bytes.
type errLittleFree struct{ free, floor int64 }

func (e errLittleFree) Error() string {
	return fmt.Sprintf("only %d MiB of the disk are free, and %d MiB must stay free", e.free>>20, e.floor>>20)
}
