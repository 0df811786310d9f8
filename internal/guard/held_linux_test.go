package guard

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
)

func isFree(t *testing.T, path string) error {
	t.Helper()
	dir, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	return syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// A lock that podtracer holds must outlive podtracer until the guard has ended the tool.
func TestWhatIsHeldForAToolStaysLockedUntilTheToolHasEnded(t *testing.T) {
	path := t.TempDir()
	held, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	// The daemon would keep the file open if it had it.
	p, err := Start(Command{Path: "/bin/bash", Args: []string{"bash", "-c", "trap '' TERM; sleep 1000; sleep 1000"}, Env: os.Environ(), Held: held})
	if err != nil {
		t.Fatal(err)
	}
	held.Close() // as if podtracer had ended
	guard := p.guard.Process.Pid
	if err := syscall.Kill(guard, syscall.SIGSTOP); err != nil { // a slow guard
		t.Fatal(err)
	}
	p.control.Close()
	if err := isFree(t, path); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("while the tool runs: %v", err)
	}
	for fd := range 16 {
		if target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", p.pid, fd)); target == path {
			t.Errorf("the tool has the file as descriptor %d", fd)
		}
	}
	if err := syscall.Kill(guard, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, 10*time.Second, func() error { return isFree(t, path) })
	if err := syscall.Kill(p.pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the tool: %v", err)
	}
}
