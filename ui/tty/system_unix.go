//go:build unix

package tty

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// disabled, in place of a key, means that there is no such key: _POSIX_VDISABLE on Linux. On other systems it is a key that
// nobody types.
const disabled = 0

// onResize calls do now, and whenever the size of a terminal may have changed, until ctx ends.
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

// awaitInput waits at most for most until something is typed on a terminal. It may return earlier.
func awaitInput(terminal *os.File, most time.Duration) (typed bool, err error) {
	ready, err := unix.Poll([]unix.PollFd{{Fd: int32(terminal.Fd()), Events: unix.POLLIN}}, int(most.Milliseconds())+1)
	if err == unix.EINTR {
		return false, nil
	}
	return ready > 0, err
}

// InForeground says whether this process is in the terminal's foreground group, and so may use the terminal (tcgetpgrp(3)).
func InForeground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// takeSequences has a terminal act on escape sequences, until it is given back. Unix terminals always do.
func takeSequences(*os.File) (giveBack func(), err error) { return func() {}, nil }

// makeSilent turns off a terminal's echo, and with it ctrl+z and ctrl+\, because a shell would not know that echo is off. It
// leaves all other settings as they are.
func makeSilent(t terminal) (giveBack func(), err error) {
	before, err := term.GetState(t.Fd())
	if err != nil {
		return nil, fmt.Errorf("set up the terminal: %w", err)
	}
	silent := *before
	silent.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN
	silent.Cc[unix.VMIN], silent.Cc[unix.VTIME] = 1, 0
	silent.Cc[unix.VSUSP], silent.Cc[unix.VQUIT] = disabled, disabled
	if err := term.SetState(t.Fd(), &silent); err != nil {
		return nil, fmt.Errorf("set up the terminal: %w", err)
	}
	return func() { _ = term.Restore(t.Fd(), before) }, nil // a terminal that is gone needs no reset
}

// Interrupts says whether ctrl+c on a terminal interrupts this process: the process is in the foreground, and ctrl+c still sends
// SIGINT.
func Interrupts(terminal *os.File) bool {
	state, err := term.GetState(terminal.Fd())
	return err == nil && state.Lflag&unix.ISIG != 0 && InForeground(terminal)
}
