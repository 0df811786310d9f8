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

// disabled in the place of a key says that there is none: _POSIX_VDISABLE, as Linux has it. Elsewhere it is a key that nobody types.
const disabled = 0

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

// makeSilent has a terminal show no keys, and leaves all else as it is, but for ctrl+z and ctrl+\: a shell would not know that keys are
// not shown.
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
	return func() { _ = term.Restore(t.Fd(), before) }, nil // a terminal that is gone needs nothing
}

// Interrupts says whether ctrl+c on a terminal interrupts this process: it is in its foreground, and nobody takes the key for another.
func Interrupts(terminal *os.File) bool {
	state, err := term.GetState(terminal.Fd())
	return err == nil && state.Lflag&unix.ISIG != 0 && InForeground(terminal)
}
