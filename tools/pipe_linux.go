package tools

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread is how many bytes wait in a pipe (FIONREAD); 0 if that is not known.
func unread(pipe *os.File) (n int) {
	conn, err := pipe.SyscallConn()
	if err == nil {
		_ = conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	}
	return n
}
