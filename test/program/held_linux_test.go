package program

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/stuckfs"
)

// The first signal asks podtracer to end, which it cannot do while the kernel holds it. A signal that comes a second later ends
// it, because nothing is left to wind up.
func TestAFileSystemThatNeverAnswersDoesNotKeepSignalsFromPodtracer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system")
	}
	still := t.TempDir()
	unmount, err := stuckfs.Mount(still, false)
	if err != nil {
		t.Skip("there is no FUSE here:", err)
	}
	defer unmount()
	cmd := exec.Command(binary, "runs", "--data-dir", filepath.Join(still, "data"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with unmount at the latest
	awaitHeld(t, cmd.Process.Pid)
	giveUp := time.After(time.Minute)
	for again := time.NewTicker(100 * time.Millisecond); ; {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			again.Stop()
			if cmd.ProcessState.ExitCode() != 128+int(syscall.SIGTERM) {
				t.Errorf("%v: %s", cmd.ProcessState, said.String())
			}
			return
		case <-again.C:
		case <-giveUp:
			t.Fatal("podtracer still runs after many signals")
		}
	}
}

// awaitHeld waits until a thread of a process is blocked by a file system.
func awaitHeld(t *testing.T, pid int) {
	t.Helper()
	eventually.Nil(t, time.Minute, func() error {
		threads, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task/*/stack"))
		for _, thread := range threads {
			if stack, err := os.ReadFile(thread); err == nil && strings.Contains(string(stack), "fuse") {
				return nil
			}
		}
		return errors.New("no thread is blocked")
	})
}
