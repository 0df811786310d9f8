//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// inForeground says whether this process may use the terminal (tcgetpgrp(3)).
func inForeground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
