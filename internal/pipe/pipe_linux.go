package pipe

import (
	"os"

	"golang.org/x/sys/unix"
)

// Enlarge gives a pipe room for so many bytes, and returns how many it has. If that is not allowed (pipe(7), pipe-user-pages-soft), or it
// is no pipe, it stays as it is.
func Enlarge(pipe *os.File, bytes int) (room int) {
	conn, err := pipe.SyscallConn() // not Fd, which would make reads block a thread
	if err == nil {
		_ = conn.Control(func(fd uintptr) { room, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, bytes) })
	}
	return room
}

// Unread is how many bytes wait in a pipe (FIONREAD); 0 if that is not known.
func Unread(pipe *os.File) (n int) {
	conn, err := pipe.SyscallConn()
	if err == nil {
		_ = conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	}
	return n
}
