package tty

import (
	"os"

	"golang.org/x/sys/unix"
)

// WasClosed says whether standard output was closed when this process began. Go's runtime then opens /dev/null in its place, for
// reading and writing: all that is written there counts as written. Who throws output away has opened that for writing only, as a
// shell does, or for several streams at once, as daemons do.
func WasClosed(in, out, err *os.File) bool {
	var is unix.Stat_t
	if unix.Fstat(int(out.Fd()), &is) != nil || is.Mode&unix.S_IFMT != unix.S_IFCHR || is.Rdev != unix.Mkdev(1, 3) {
		return false
	}
	flags, failed := unix.FcntlInt(out.Fd(), unix.F_GETFL, 0)
	return failed == nil && flags&unix.O_ACCMODE == unix.O_RDWR && !isSame(out, in, flags) && !isSame(out, err, flags)
}

// isSame says whether both were opened at once: then they have all flags in common, also one that is given to null here, whose
// flags are those, and which that flag does nothing to.
func isSame(null, other *os.File, flags int) bool {
	if _, err := unix.FcntlInt(null.Fd(), unix.F_SETFL, flags^unix.O_APPEND); err != nil {
		return false
	}
	got, err := unix.FcntlInt(other.Fd(), unix.F_GETFL, 0)
	_, _ = unix.FcntlInt(null.Fd(), unix.F_SETFL, flags) // as it was, which worked a moment ago
	if err != nil || got&unix.O_APPEND != (flags^unix.O_APPEND)&unix.O_APPEND {
		return false
	}
	got, err = unix.FcntlInt(other.Fd(), unix.F_GETFL, 0)
	return err == nil && got&unix.O_APPEND == flags&unix.O_APPEND
}
