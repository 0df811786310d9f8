package guard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/quietterm"
)

// Watched returns a command line that does what another one does, and ends it with all that it has started when it takes
// longer than that, when this process is gone, and when it is interrupted. It is for commands that a library starts. What
// is left running by a command that ended by itself stays.
func Watched(limit time.Duration, path string, args []string) (watcher string, watcherArgs []string) {
	return self, append([]string{watchedName, limit.String(), path}, args...)
}

const (
	self        = "/proc/self/exe"
	watchedName = "podtracer-watched"
)

// init is where the process that was started to watch a command does so, and where it ends.
func init() {
	if len(os.Args) > 3 && os.Args[0] == self && os.Args[1] == watchedName {
		quietterm.Restore()
		limit, err := time.ParseDuration(os.Args[2])
		if err != nil {
			os.Exit(1)
		}
		os.Exit(watch(limit, os.Args[3], os.Args[4:]))
	}
}

// watch runs a command, whose exit status it returns.
func watch(limit time.Duration, path string, args []string) int {
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
	command.Stdin, command.Stderr = os.Stdin, os.Stderr
	command.Stdout = struct{ io.Writer }{os.Stdout} // through a pipe: what the command leaves running does not hold ours
	command.WaitDelay = time.Second
	if err := command.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
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
		case <-over:
			fmt.Fprintf(os.Stderr, "podtracer: %s did not end within %s and was killed\n", path, limit)
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
