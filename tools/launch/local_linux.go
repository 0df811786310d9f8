package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// openTerminal opens a new terminal: podtracer's end, which supports deadlines and blocks no thread, and the tool's end.
func openTerminal() (ours, tools *os.File, err error) {
	ours, tools, err = pty.Open()
	if err != nil {
		return nil, nil, err
	}
	conn, err := ours.SyscallConn()
	if err == nil {
		_ = conn.Control(func(fd uintptr) { err = unix.SetNonblock(int(fd), true) }) // pty.Open has called Fd, which makes it blocking
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("set up a terminal: %w", err), ours.Close(), tools.Close())
	}
	return ours, tools, nil
}

// isTerminal says whether a command reads from a terminal.
func isTerminal(from io.Reader) bool {
	f, ok := from.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// resize sets the size of a terminal; the kernel sends SIGWINCH to the other end.
func resize(terminal *os.File, size Size) error {
	conn, err := terminal.SyscallConn()
	if err != nil {
		return err
	}
	controlErr := conn.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(size.Columns), Row: uint16(size.Rows)})
	})
	return errors.Join(controlErr, err)
}

// plain makes a terminal pass on every byte unchanged, and sets its size (termios(3), cfmakeraw).
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

// yield gives the calling thread, and what it starts, the lowest priority (setpriority(2)).
func yield() {
	const least = 19
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, least) // always allowed
}

const runsTools = true

// The signals at which tcpdump(1) tells its counters, and flushes what it holds back.
const (
	tellCounters = syscall.SIGUSR1
	flushNow     = syscall.SIGUSR2
)

// handles says whether a process has a handler for a signal: SigCgt of proc_pid_status(5).
func handles(pid int, signal syscall.Signal) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(status), "\nSigCgt:")
	line, _, _ := strings.Cut(rest, "\n")
	mask, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return err == nil && mask&(1<<(signal-1)) != 0
}

// confinesTools says whether AppArmor is enabled (apparmor(7)): a tool may then be forbidden to write to podtracer's files.
func confinesTools() bool {
	enabled, err := os.ReadFile("/sys/module/apparmor/parameters/enabled")
	return err == nil && strings.HasPrefix(string(enabled), "Y")
}
