package spool

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestASyncThatFailsIsALoss(t *testing.T) {
	for _, err := range []error{unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, os.ErrClosed} {
		if SyncFailure(fmt.Errorf("sync: %w", err)) != nil {
			t.Errorf("%v counts as a disk failure", err)
		}
	}
	for _, err := range []error{unix.EIO, unix.ENOSPC, unix.EDQUOT} {
		if SyncFailure(err) == nil {
			t.Errorf("%v does not count as a disk failure", err)
		}
	}
}
