package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// TestMain lets the test binary act as a podtracer that is killed: it starts a guard and sleeps.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "victim" {
		victim(os.Args[2:])
	}
	os.Exit(m.Run())
}

// victim runs a command behind a guard as podtracer does, with a terminal as its standard error.
func victim(argv []string) {
	runtime.LockOSThread()
	master, slave, err := pty.Open()
	if err != nil {
		panic(err)
	}
	p, err := Start(Command{Path: "/bin/sh", Args: argv, Env: os.Environ(), Stderr: slave, Cgroup: OpenCgroup()})
	if err != nil {
		panic(err)
	}
	slave.Close()
	os.Stdout.WriteString("started\n")
	_, _ = p.Wait()
	runtime.KeepAlive(master)
	os.Exit(0)
}

func runShell(t *testing.T, script string) (Status, string) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(Command{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: os.Environ(), Stdout: w})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	out, _ := io.ReadAll(r)
	status, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return status, string(out)
}

func TestTheToolsExitStatusComesThrough(t *testing.T) {
	if s, out := runShell(t, "echo hello; exit 42"); s.Code != 42 || s.Signal != 0 || out != "hello\n" {
		t.Errorf("got %+v, %q", s, out)
	}
	if s, _ := runShell(t, "kill -USR1 $$"); s.Signal != syscall.SIGUSR1 {
		t.Errorf("got %+v", s)
	}
}

func TestAToolThatCannotBeExecutedSaysWhy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(file, []byte("not a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Command{Path: file, Args: []string{"tool"}}); !errors.Is(err, syscall.ENOEXEC) {
		t.Errorf("got %v", err)
	}
	if _, err := Start(Command{Path: "/no/such/tool", Args: []string{"tool"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestWhatTheToolLeavesRunningIsEndedWithIt(t *testing.T) {
	mark := sleepMark(t)
	start := time.Now()
	status, _ := runShell(t, "setsid sleep "+mark+" & (sleep "+mark+" &) ; exit 3")
	if status.Code != 3 || status.Strays != 2 {
		t.Errorf("got %+v", status)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v, though a child held the output", took)
	}
	expectGone(t, mark)
}

func TestASignalReachesTheToolsWholeGroup(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, w, _ := os.Pipe()
	p, err := Start(Command{Path: "/bin/sh", Args: []string{"sh", "-c", "trap 'echo got; exit 7' INT; echo ready; sleep 100 & wait"}, Stdout: w})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	lines := bufio.NewScanner(r)
	lines.Scan()
	if err := p.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	if status, err := p.Wait(); err != nil || status.Code != 7 || lines.Text() != "got" {
		t.Errorf("got %+v, %v, %q", status, err, lines.Text())
	}
	if err := p.Signal(syscall.SIGINT); err != nil {
		t.Errorf("a signal after the end is an error: %v", err)
	}
}

func TestWhatAGuardSaidLastIsReadThoughItDidNotReadAllOrders(t *testing.T) {
	ours, theirs, err := socketpair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	guard, p := guardian{control: theirs}, Process{control: ours}
	if err := p.Signal(syscall.SIGINT); err != nil { // the tool may end meanwhile
		t.Fatal(err)
	}
	guard.say(report{Status: &Status{Code: 7}})
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	var got report
	if err := p.receive(&got); err != nil || got.Status == nil || got.Status.Code != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := p.Signal(syscall.SIGINT); err != nil {
		t.Errorf("a signal to a tool that has ended: %v", err)
	}
}

func TestNothingOutlivesAPodtracerThatIsKilled(t *testing.T) {
	for name, script := range map[string]string{
		"a plain tool":                              "sleep MARK",
		"a tool that ignores everything it can":     "trap '' HUP TERM INT; sleep MARK; sleep MARK",
		"a grandchild in a session of its own":      "setsid sh -c 'trap \"\" HUP TERM; sleep MARK; sleep MARK' & wait",
		"a daemon whose parent has ended":           "(setsid sleep MARK &) ; sleep MARK",
		"a tool that became another user":           "exec setpriv --reuid 65534 --clear-groups sleep MARK",
		"a grandchild that became another user too": "setpriv --reuid 65534 --clear-groups setsid sleep MARK & wait",
	} {
		t.Run(name, func(t *testing.T) {
			if exec.Command("setpriv", "--reuid", "65534", "--clear-groups", "true").Run() != nil { // not allowed here
				script = strings.ReplaceAll(script, "setpriv --reuid 65534 --clear-groups ", "")
			}
			mark := sleepMark(t)
			cmd := exec.Command("/proc/self/exe", "victim", "sh", "-c", strings.ReplaceAll(script, "MARK", mark))
			out, _ := cmd.StdoutPipe()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			bufio.NewScanner(out).Scan()
			expectRunning(t, mark)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			expectGone(t, mark)
		})
	}
}

// sleepMark returns a number of seconds that no other test sleeps, by which processes are found.
func sleepMark(t *testing.T) string {
	return "9" + strconv.Itoa(os.Getpid()) + "." + strconv.FormatInt(time.Now().UnixNano()%1e9, 10)
}

func sleeping(mark string) (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(line), "sleep\x00"+mark) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

func expectRunning(t *testing.T, mark string) {
	t.Helper()
	eventually.Nil(t, 20*time.Second, func() error {
		if len(sleeping(mark)) == 0 {
			return errors.New("the tool has not started")
		}
		return nil
	})
}

func expectGone(t *testing.T, mark string) {
	t.Helper()
	eventually.Nil(t, 2*time.Second, func() error {
		if running := sleeping(mark); len(running) > 0 {
			return fmt.Errorf("there is %v", running)
		}
		return nil
	})
}
