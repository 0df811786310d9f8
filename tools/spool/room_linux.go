package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// allocate reserves disk space for a part of a file without changing the file's size (fallocate(2)).
func allocate(f *os.File, from, size int64) error {
	return os.NewSyscallError("fallocate", unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, from, size))
}
