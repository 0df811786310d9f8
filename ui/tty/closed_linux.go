package tty

import (
	"os"

	"golang.org/x/sys/unix"
)

// MayBeClosed says whether standard output may have been closed when this process began. Go's runtime then opens /dev/null in
// its place for reading and writing, and every write seems to succeed. Programs that discard the output of a child may open
// /dev/null in the same way; a shell opens it for writing only.
func MayBeClosed(out *os.File) bool {
	var is unix.Stat_t
	if unix.Fstat(int(out.Fd()), &is) != nil || is.Mode&unix.S_IFMT != unix.S_IFCHR || is.Rdev != unix.Mkdev(1, 3) {
		return false
	}
	flags, err := unix.FcntlInt(out.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
