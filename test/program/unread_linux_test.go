package program

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/pipe"
)

// unread is a pipe from which nobody reads.
func unread(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); write.Close() })
	return read, write
}

// awaitFull waits until whoever writes into a pipe is held.
func awaitFull(t *testing.T, read *os.File) {
	t.Helper()
	last := 0
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		now := pipe.Unread(read)
		if now > 0 && now == last {
			return
		}
		if last = now; time.Now().After(end) {
			t.Fatalf("the pipe does not fill: %d bytes", now)
		}
	}
}

// statusWithin is the exit status of a process, which has to end.
func statusWithin(t *testing.T, cmd *exec.Cmd, nudge func()) int {
	t.Helper()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }() // ends with the process
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	giveUp := time.After(patience)
	for {
		select {
		case <-ended:
			return cmd.ProcessState.ExitCode()
		case <-again.C:
			if nudge != nil {
				nudge()
			}
		case <-giveUp:
			_ = cmd.Process.Kill()
			<-ended
			t.Error("podtracer does not end")
			return -1
		}
	}
}

// What a tool says beside its output may get lost when nobody reads it, but must not hold its end, nor its output.
func TestAStandardErrorThatNobodyReadsHoldsNoEnd(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, c := range map[string]struct {
		flags  []string
		signal bool
		kept   string
	}{
		"its time is up":                    {[]string{"-t", "1s"}, false, ""},
		"a signal":                          {nil, true, ""},
		"its time is up, and its file is":   {[]string{"-t", "1s", "-f"}, false, "kept\n"},
		"a signal, and its file is as well": {[]string{"-f"}, true, "kept\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the test mostly waits
			file := filepath.Join(t.TempDir(), "x.txt")
			args := []string{"demo", "run", "--data-dir", t.TempDir(), "--pod", "client-0"}
			args = append(args, c.flags...)
			if c.kept != "" {
				args = append(args, file)
			}
			cmd := exec.Command(binary, append(args, "--", "sh", "-c", "echo kept; exec yes >&2")...)
			read, write := unread(t)
			cmd.Stderr = write
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if c.signal {
				awaitFull(t, read)
				_ = cmd.Process.Signal(syscall.SIGTERM)
			}
			if status := statusWithin(t, cmd, nil); status != 74 {
				t.Errorf("status %d", status)
			}
			if c.kept != "" {
				if text, err := os.ReadFile(file); err != nil || string(text) != c.kept {
					t.Errorf("%q, %v", text, err)
				}
			}
		})
	}
}

// Standard output is waited for to the last byte. Whoever asks for the end again, and again, does not want to wait, and loses nothing.
func TestAStandardOutputThatNobodyReadsIsKeptWhenSomebodyAsksForTheEndAgain(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, first := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the test mostly waits
			dir := t.TempDir()
			cmd := exec.Command(binary, "demo", "run", "--data-dir", dir, "--pod", "client-0", "--", "sh", "-c", "seq 1 100000; echo done >&2")
			_, cmd.Stdout = unread(t)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := make([]byte, 5)
			if _, err := io.ReadFull(stderr, said); err != nil || !strings.HasPrefix(string(said), "done") { // a terminal may add a carriage return
				t.Fatalf("%q, %v", said, err)
			}
			var rest bytes.Buffer
			read := make(chan struct{})
			go func() { defer close(read); _, _ = io.Copy(&rest, stderr) }() // ends with podtracer
			_ = cmd.Process.Signal(first)
			for range 8 { // a service manager, or a shell whose terminal is closed, does not know that somebody waits
				time.Sleep(500 * time.Millisecond)
				_ = errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Process.Signal(syscall.SIGHUP))
			}
			select {
			case <-read:
				t.Error("it ended before it was interrupted")
			default:
			}
			status := statusWithin(t, cmd, func() { _ = cmd.Process.Signal(os.Interrupt) })
			<-read
			if status != 74 || !strings.Contains(rest.String(), "its output is kept as ") {
				t.Errorf("status %d: %s", status, rest.String())
			}
			out, err := exec.Command(binary, "runs", "--data-dir", dir).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "588.9 kB") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
