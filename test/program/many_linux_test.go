package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fennec-project/podtracer/internal/eventually"
)

func TestInATerminalAPersonMayAllowMorePods(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for answer, want := range map[string]string{"y": "[pod/db-0] it ran", "n": "hint: --max-pods 2 runs in all of them", "\x03": "hint: --max-pods 2 runs in all of them"} {
		s := onTerminal(t, nil, binary, "demo", "run", "-l", "app in (db, client)", "--max-pods", "1", "--", "echo", "it ran")
		s.waitFor("2 pods match, and --max-pods allows 1: run in all of them? [y/N]")
		if answer != "\x03" {
			answer += "\r"
		}
		s.press(answer)
		s.waitFor(want)
		if ran := strings.Contains(s.written(), "] it ran"); ran != (answer == "y\r") {
			t.Errorf("%q: it ran: %v", answer, ran)
		}
	}
}

func TestOneInterruptStopsTheToolInAllPodsAndAPodtracerThatIsKilledLeavesWhatEachHasWritten(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		dir := t.TempDir()
		file, data := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "data")
		cmd := exec.Command(binary, "demo", "run", "--data-dir", data, "-l", "app in (db, client)", "-f", file, "--", "tcpdump", "-n", "-i", "eth0")
		said, err := os.Create(filepath.Join(dir, "said"))
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		cmd.Stderr = said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually.Nil(t, patience, func() error { return packetsOf(data, 2) })
		_ = cmd.Process.Signal(signal) // it runs
		ended := cmd.Wait()
		text, _ := os.ReadFile(said.Name())
		if signal == syscall.SIGINT {
			if ended != nil || strings.Count(string(text), ": stopped; complete: ") != 2 || !strings.Contains(string(text), "of 2 pods, complete, to "+file) {
				t.Errorf("%v: %s", ended, text)
			}
			continue
		}
		left, err := exec.Command(binary, "runs", "--data-dir", data).CombinedOutput()
		if err != nil || !strings.Contains(string(left), "shop/db-0") || !strings.Contains(string(left), "shop/client-0") {
			t.Errorf("%v: %s", err, left)
		}
	}
}

// packetsOf returns an error unless that many captures in a data directory have packets.
func packetsOf(data string, captures int) error {
	const fileHeader = 24
	spools, _ := filepath.Glob(filepath.Join(data, "sessions/*/*.spool"))
	with := 0
	for _, spool := range spools {
		if info, err := os.Stat(spool); err == nil && info.Size() > fileHeader {
			with++
		}
	}
	if with != captures {
		return fmt.Errorf("%d captures have packets, not %d", with, captures)
	}
	return nil
}
