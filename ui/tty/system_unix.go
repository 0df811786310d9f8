//go:build unix

package tty

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// onResize does something now, and whenever the size of a terminal may have changed, until ctx ends.
func onResize(ctx context.Context, do func()) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	defer signal.Stop(changed)
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// awaitInput waits until something is typed on a terminal, for a while. It may come back before.
func awaitInput(terminal *os.File, most time.Duration) (typed bool, err error) {
	ready, err := unix.Poll([]unix.PollFd{{Fd: int32(terminal.Fd()), Events: unix.POLLIN}}, int(most.Milliseconds())+1)
	if err == unix.EINTR {
		return false, nil
	}
	return ready > 0, err
}

// InForeground says whether this process may use the terminal (tcgetpgrp(3)).
func InForeground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// takeSequences has a terminal act on escape sequences, until it is given back. On Unix they all do.
func takeSequences(*os.File) (giveBack func(), err error) { return func() {}, nil }
