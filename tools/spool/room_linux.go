package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// allocate takes room on the disk for a part of a file without making it longer (fallocate(2)).
func allocate(f *os.File, from, size int64) error {
	return os.NewSyscallError("fallocate", unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, from, size))
}
