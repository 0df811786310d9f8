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

// Watched returns a command line that does what another one does, and ends it with all that it has started when it takes
// longer than that, when this process is gone, and when it is interrupted. It is for commands that a library starts. What
// is left running by a command that ended by itself stays. What it says on standard error is made safe for a terminal, and
// goes to ear, a pipe of this process; if it writes more than mostOutput, it is ended.
func Watched(limit time.Duration, ear *os.File, path string, args []string) (watcher string, watcherArgs []string) {
	fd := -1
	if conn, err := ear.SyscallConn(); err == nil {
		_ = conn.Control(func(f uintptr) { fd = int(f) }) // without it, nothing is heard
	}
	return self, append([]string{watchedName, limit.String(), strconv.Itoa(fd), path}, args...)
}

// EndWatched ends the commands that are being watched for this process, with all that they have started.
func EndWatched() {
	for p := range everyProcess {
		if line, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/cmdline"); p.parent == os.Getpid() && err == nil &&
			bytes.HasPrefix(line, []byte(self+"\x00"+watchedName+"\x00")) {
			_ = syscall.Kill(p.pid, syscall.SIGTERM) // it may have ended
		}
	}
}

// mostOutput is more than any credentials have, in bytes; of standard error as much is heard.
const mostOutput = 1 << 20

const (
	self        = "/proc/self/exe"
	watchedName = "podtracer-watched"
)

// init is where the process that was started to watch a command does so, and where it ends.
func init() {
	if len(os.Args) > 4 && os.Args[0] == self && os.Args[1] == watchedName {
		quietterm.Restore()
		limit, err := time.ParseDuration(os.Args[2])
		if err != nil {
			os.Exit(1)
		}
		os.Exit(watch(limit, os.Args[3], os.Args[4], os.Args[5:]))
	}
}

// watch runs a command, whose exit status it returns.
func watch(limit time.Duration, ear, path string, args []string) int {
	const (
		setParentDeath = 1 // PR_SET_PDEATHSIG, prctl(2)
		lookForParent  = 100 * time.Millisecond
		cannotStart    = 127
	)
	parent := os.Getppid()
	ends := make(chan os.Signal, 1) // one is enough
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// Both prctl calls can fail only where the kernel is too old to know them.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setParentDeath, uintptr(syscall.SIGTERM), 0)
	_ = becomeReaper()
	command := exec.Command(path, args...)
	command.Stdin = os.Stdin
	// Through pipes: what the command leaves running does not hold ours.
	output := &bounded{to: os.Stdout, room: mostOutput, full: make(chan struct{})}
	said := &bounded{to: io.Discard, room: mostOutput, full: make(chan struct{})}
	if pipe, err := os.OpenFile("/proc/"+strconv.Itoa(parent)+"/fd/"+ear, os.O_WRONLY, 0); err == nil {
		said.to = safe{pipe}
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
	look := time.NewTicker(lookForParent) // the signal of its death may be lost: it is that of a thread
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

// endAll ends all that came from this process.
func endAll() {
	for end := time.Now().Add(mostKill); len(everybody().signal(syscall.SIGKILL)) > 0 && time.Now().Before(end); {
		time.Sleep(lookAgain)
	}
}

// bounded passes on as many bytes as there is room for, and throws the rest away.
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

// safe passes text on that can do nothing to a terminal.
type safe struct{ to io.Writer }

func (s safe) Write(p []byte) (int, error) {
	if _, err := io.WriteString(s.to, printable.Lines(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
