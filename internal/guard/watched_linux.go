package guard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/internal/quietterm"
)

// Watched returns a command line that runs another one and ends it, with everything that it has started, if it takes longer than limit, if
// this process is gone, or if it is interrupted. It is for commands that a library starts. What a command leaves running that ends by
// itself is not ended. Its standard error is made safe for a terminal and goes to ear, a pipe of this process. It has the terminal of this
// process only while the pipe that seat is the end of has a writer. A command that writes more than mostOutput is ended.
func Watched(limit time.Duration, ear, seat *os.File, path string, args []string) (watcher string, watcherArgs []string) {
	return self, append([]string{watchedName, limit.String(), number(ear), number(seat), path}, args...)
}

// number is the number of a file's descriptor. After a failure, which is that of no file, the command is not heard and has no terminal.
func number(file *os.File) string {
	fd := -1
	if conn, err := file.SyscallConn(); err == nil {
		_ = conn.Control(func(f uintptr) { fd = int(f) })
	}
	return strconv.Itoa(fd)
}

// EndWatched ends the commands that are watched for this process, with everything that they have started.
func EndWatched() {
	for p := range everyProcess {
		if line, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/cmdline"); p.parent == os.Getpid() && err == nil &&
			bytes.HasPrefix(line, []byte(self+"\x00"+watchedName+"\x00")) {
			_ = syscall.Kill(p.pid, syscall.SIGTERM) // it may have ended
		}
	}
}

// mostOutput is more than any credentials need, in bytes; it is also the limit for standard error.
const mostOutput = 1 << 20

const (
	self        = "/proc/self/exe"
	watchedName = "podtracer-watched"
)

// init turns a process that was started to watch a command into a watcher; it does not return then.
func init() {
	if len(os.Args) > 5 && os.Args[0] == self && os.Args[1] == watchedName {
		quietterm.Restore()
		limit, err := time.ParseDuration(os.Args[2])
		if err != nil {
			os.Exit(1)
		}
		os.Exit(watch(limit, os.Args[3], os.Args[4], os.Args[5], os.Args[6:]))
	}
}

// watch runs a command and returns its exit status.
func watch(limit time.Duration, ear, seat, path string, args []string) int {
	const (
		setParentDeath = 1 // PR_SET_PDEATHSIG, prctl(2)
		lookForParent  = 100 * time.Millisecond
		cannotStart    = 127
	)
	parent := os.Getppid()
	ends := make(chan os.Signal, 1) // one is enough
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// Both prctl calls fail only if the kernel is too old for them.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setParentDeath, uintptr(syscall.SIGTERM), 0)
	_ = becomeReaper()
	command := exec.Command(path, args...)
	command.Stdin = os.Stdin
	// Pipes, so that what the command leaves running does not keep this process's streams open.
	output := &bounded{to: os.Stdout, room: mostOutput, full: make(chan struct{})}
	said := &bounded{to: io.Discard, room: mostOutput, full: make(chan struct{})}
	of := "/proc/" + strconv.Itoa(parent) + "/fd/"
	if pipe, err := os.OpenFile(of+ear, os.O_WRONLY, 0); err == nil {
		said.to = safe{pipe}
	}
	if !hasWriter(of + seat) {
		command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no /dev/tty either
	}
	command.Stdout, command.Stderr = output, said
	command.WaitDelay = time.Second
	if err := command.Start(); err != nil {
		fmt.Fprintln(said, err)
		return cannotStart
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }() // ends with the command
	over := time.After(limit)
	look := time.NewTicker(lookForParent) // the signal may be lost, because it belongs to a thread
	for {
		select {
		case err := <-ended:
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				return max(1, failed.ExitCode())
			}
			return 0
		case <-look.C:
			if os.Getppid() == parent {
				continue
			}
		case <-ends:
		case <-output.full:
			fmt.Fprintf(said.to, "podtracer: %s wrote more than %d bytes and was killed\n", printable.Line(path), mostOutput)
		case <-over:
			fmt.Fprintf(said.to, "podtracer: %s did not end within %s and was killed\n", printable.Line(path), limit)
		}
		endAll()
		return 1
	}
}

// hasWriter says whether somebody may still write to a pipe into which nobody has written.
func hasWriter(path string) bool {
	pipe, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	_, err = syscall.Read(pipe, make([]byte, 1)) // without a writer this is the end
	_ = syscall.Close(pipe)
	return errors.Is(err, syscall.EAGAIN)
}

// endAll ends all descendants of this process.
func endAll() {
	for end := time.Now().Add(mostKill); len(everybody().signal(syscall.SIGKILL)) > 0 && time.Now().Before(end); {
		time.Sleep(lookAgain)
	}
}

// bounded passes on bytes until there is no room, and discards the rest.
type bounded struct {
	to   io.Writer
	room int
	full chan struct{} // closed when there is no room any more
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.room == 0 {
		return len(p), nil
	}
	n := min(b.room, len(p))
	if b.room -= n; b.room == 0 {
		close(b.full)
	}
	if _, err := b.to.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// safe passes on text that is made safe for a terminal.
type safe struct{ to io.Writer }

func (s safe) Write(p []byte) (int, error) {
	if _, err := io.WriteString(s.to, printable.Lines(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
