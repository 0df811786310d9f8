package tools

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// plain makes a terminal pass every byte on as it is, and gives it its size (termios(3), cfmakeraw).
func plain(tty *os.File, size *Size) error {
	fd := int(tty.Fd())
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("set up a terminal for the tool: %w", err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return fmt.Errorf("set up a terminal for the tool: %w", err)
	}
	if size == nil {
		return nil
	}
	return resize(tty, *size)
}

// enlarge gives a pipe room for 1 MiB, so that a burst finds place while the reader writes to the disk. Where that is not
// allowed (pipe(7), pipe-user-pages-soft) the pipe stays as it is.
func enlarge(pipe *os.File) {
	conn, err := pipe.SyscallConn() // not Fd, which would make reads block a thread
	if err == nil {
		_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}
