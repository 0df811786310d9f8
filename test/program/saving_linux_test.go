package program

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const plenty = 100_000_000 // bytes, which take a while to be saved

// much writes plenty bytes, in words for sh -c.
var much = "head -c " + strconv.Itoa(plenty) + ` /dev/zero | tr "\0" a`

// signalledWhileItSaves stops podtracer as soon as it writes a file without a name in dir, sends it signals, some of them while
// it is stopped, and lets it continue.
func (s *session) signalledWhileItSaves(dir string, signals ...syscall.Signal) {
	s.t.Helper()
	process, err := os.FindProcess(s.Pid())
	s.must(err)
	writes := func() bool {
		files, _ := filepath.Glob("/proc/" + strconv.Itoa(s.Pid()) + "/fd/*")
		for _, f := range files {
			to, _ := os.Readlink(f)
			if info, err := os.Stat(f); err == nil && strings.HasPrefix(to, dir+"/") && info.Size() > 0 { // a file that only tries whether one can be made stays empty
				return true
			}
		}
		return false
	}
	for end := time.Now().Add(patience); !writes(); {
		if time.Now().After(end) {
			s.must(errors.New("nothing is saved in " + dir))
		}
	}
	s.must(process.Signal(syscall.SIGSTOP))
	if named, _ := os.ReadDir(dir); len(named) > 0 {
		s.t.Fatalf("the capture is saved already: %v", named)
	}
	for _, signal := range signals {
		s.must(process.Signal(signal))
	}
	s.must(process.Signal(syscall.SIGCONT))
	_ = process.Signal(signals[0]) // again, as a shell does
}

func TestASignalWhileAFileIsSavedLosesNothing(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, signals := range hangUps {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "x.txt")
			s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "-f", file, "--", "sh", "-c", much)
			s.signalledWhileItSaves(dir, signals...)
			if status := s.waitEnd(); status != 0 {
				t.Errorf("status %d", status)
			}
			s.waitFor("podtracer: saved 100.0 MB to ")
			s.nothingIsLeft(patience)
			if info, err := os.Stat(file); err != nil || info.Size() != plenty {
				t.Errorf("the file is not whole: %v, %v", info, err)
			}
		})
	}
}

func TestASignalWhileAConsoleSavesLosesNothing(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, signals := range hangUps {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "x.txt")
			s := onTerminal(t, nil, binary, "demo")
			s.waitFor("client-0")
			s.press("/client-0\r")
			s.press("\r")
			s.waitFor("will run")
			s.press("G\tsh -c '" + much + "'\r")
			s.waitFor("exit 0")
			s.press("s")
			s.waitFor("enter saves")
			s.press("\x15" + file + "\r") // ctrl+u clears the line
			s.signalledWhileItSaves(dir, signals...)
			if status := s.waitEnd(); status != 0 {
				t.Errorf("status %d", status)
			}
			s.nothingIsLeft(patience)
			if info, err := os.Stat(file); err == nil && info.Size() == plenty {
				return // the capture was saved after all
			}
			if named, _ := os.ReadDir(dir); len(named) > 0 {
				t.Errorf("a file that has a name is not whole: %v", named)
			}
			out, err := exec.Command(binary, "runs", "--data-dir", s.dataDir).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "left") || !strings.Contains(string(out), "100.0 MB") {
				t.Errorf("the capture is neither saved nor kept: %v: %s", err, out)
			}
		})
	}
}
