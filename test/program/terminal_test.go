//go:build unix

package program

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/test/terminal"
)

// patience is how long to wait for what should come at once: long, as the machine may be busy.
const patience = time.Minute

// session is podtracer on a terminal that answers nothing.
type session struct {
	*terminal.Terminal
	t       *testing.T
	dataDir string
}

// onTerminal starts podtracer on a new terminal, as a new session, as kubectl exec -it does.
func onTerminal(t *testing.T, env []string, argv ...string) *session {
	t.Helper()
	return onTerminalOf(t, 80, 24, env, argv...)
}

func onTerminalOf(t *testing.T, columns, rows int, env []string, argv ...string) *session {
	t.Helper()
	dataDir := t.TempDir()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "TERM=xterm", "PODTRACER_DATA_DIR="+dataDir)
	cmd.Env = append(cmd.Env, env...)
	term, err := terminal.Start(cmd, columns, rows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(term.Close)
	return &session{term, t, dataDir}
}

func (s *session) written() string { return s.Since(0) }

func (s *session) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) waitFor(text string) {
	s.t.Helper()
	s.must(s.Await(patience, 0, text))
}

// since waits for a text that is written after the first before bytes.
func (s *session) since(before int, text string) {
	s.t.Helper()
	s.must(s.Await(patience, before, text))
}

// sees waits until the screen of a terminal of this size shows all of these texts.
func (s *session) sees(columns, rows int, texts ...string) {
	s.t.Helper()
	s.must(s.Sees(patience, columns, rows, texts...))
}

func (s *session) press(keys string) {
	s.t.Helper()
	s.must(s.Press(keys))
}

func (s *session) resize(columns, rows int) {
	s.t.Helper()
	s.must(s.Resize(columns, rows))
}

func (s *session) signal(signal os.Signal) {
	s.t.Helper()
	s.must(s.Signal(signal))
}

func (s *session) waitEnd() int {
	s.t.Helper()
	status, err := s.Wait(patience)
	s.must(err)
	return status
}

// startTcpdump opens the demo's console and starts a tcpdump in a pod.
func startTcpdump(t *testing.T) *session {
	t.Helper()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo")
	s.waitFor("client-0")
	s.press("/client-0\r")
	s.press("\r")
	s.waitFor("will run")
	s.press("\r")
	s.waitFor("following")
	s.waitFor("client-0.shop") // packets are on the screen, with names
	if len(s.processes()) < 3 {
		t.Fatalf("tcpdump, its decoder and their guards should be there: %v", s.processes())
	}
	return s
}

// processes lists the processes whose environment contains this session's data directory.
func (s *session) processes() (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(env, []byte("PODTRACER_DATA_DIR="+s.dataDir+"\x00")) {
			continue
		}
		pid := filepath.Base(filepath.Dir(file))
		line, _ := os.ReadFile("/proc/" + pid + "/cmdline")
		if len(line) > 0 { // a zombie has no command line
			found = append(found, pid+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func (s *session) nothingIsLeft(within time.Duration) {
	s.t.Helper()
	eventually.Nil(s.t, within, func() error {
		if left := s.processes(); len(left) > 0 {
			return errors.New("there are " + strings.Join(left, "; "))
		}
		return nil
	})
}

// keepsOneCapture checks that one capture, neither saved nor discarded, is left and whole.
func (s *session) keepsOneCapture() {
	s.t.Helper()
	run := func(args ...string) string {
		s.t.Helper()
		cmd := exec.Command(binary, append(args, "--data-dir", s.dataDir)...)
		cmd.Env = append(os.Environ(), "KUBECONFIG=/nonexistent")
		out, err := cmd.CombinedOutput()
		if err != nil {
			s.t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	rows := strings.Split(strings.TrimSpace(run("runs")), "\n")
	if len(rows) != 2 || !strings.Contains(rows[1], "left") {
		s.t.Fatalf("one capture should be left:\n%s", strings.Join(rows, "\n"))
	}
	id, _, _ := strings.Cut(rows[1], " ")
	out := filepath.Join(s.t.TempDir(), "x.pcap")
	if said := run("runs", "save", id, out); !strings.Contains(said, " complete,") {
		s.t.Errorf("the saved capture is not complete: %s", said)
	}
	if out, err := exec.Command("tcpdump", "-n", "-r", out).CombinedOutput(); err != nil || !strings.Contains(string(out), "10.244.0.20") {
		s.t.Errorf("tcpdump reads %v: %s", err, out)
	}
	run("runs", "remove", id)
	if left, _ := filepath.Glob(s.dataDir + "/sessions/*"); len(left) != 0 {
		s.t.Errorf("still there: %v", left)
	}
}

func TestACommandOnASilentTerminalAsksItNothingAndDoesNotWait(t *testing.T) {
	t.Parallel()
	start := time.Now()
	s := onTerminal(t, nil, binary, "version")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %d", status)
	}
	s.waitFor("podtracer ")
	if strings.Contains(s.written(), "\x1b") {
		t.Errorf("an escape sequence was written: %q", s.written())
	}
	if took := time.Since(start); took > 4*time.Second { // waiting for an answer would take five
		t.Errorf("took %v", took)
	}
}

func TestAConsoleWorksWhereTheTermIsMissingOrDumbWithoutColoursAndSymbols(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for _, env := range []string{"TERM=", "TERM=dumb"} {
		s := onTerminal(t, []string{env}, binary, "demo")
		s.waitFor("client-0")
		s.press("q")
		if status := s.waitEnd(); status != 0 {
			t.Errorf("%s: status %d", env, status)
		}
		if at := strings.IndexFunc(s.written(), func(r rune) bool { return r >= 0x80 }); at >= 0 {
			t.Errorf("%s: not ASCII: %q", env, s.written()[at:])
		}
		if regexp.MustCompile(`\x1b\[[0-9;]*m`).MatchString(s.written()) {
			t.Errorf("%s: a colour was written", env)
		}
	}
}

func TestWithoutColoursTheCursorIsSeenAndNoColourIs(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, []string{"TERM=xterm-256color", "NO_COLOR=1"}, binary, "demo")
	s.waitFor("client-0")
	s.press("/")
	s.press("web")
	s.waitFor("web\x1b[7m \x1b[0m")
	s.press("\r")
	s.press("q")
	s.waitEnd()
	if found := regexp.MustCompile(`\x1b\[[0-9;]*(3|4|9|10)[0-9][0-9;]*m`).FindString(s.written()); found != "" {
		t.Errorf("a colour was written: %q", found)
	}
}

// restored checks that the terminal was reset: its main screen, its cursor, its mouse, pasting.
func (s *session) restored() {
	s.t.Helper()
	select { // the last output may still be on its way
	case <-s.Ended():
	case <-time.After(patience):
	}
	for _, mode := range []string{"?1049", "?1002", "?1003", "?1006", "?2004"} {
		on, off := strings.LastIndex(s.written(), "\x1b["+mode+"h"), strings.LastIndex(s.written(), "\x1b["+mode+"l")
		if off < on {
			s.t.Errorf("mode %s is left on", mode)
		}
	}
	if strings.LastIndex(s.written(), "\x1b[?25h") < strings.LastIndex(s.written(), "\x1b[?25l") {
		s.t.Error("the cursor is left hidden")
	}
}

func TestEveryEndRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, end := range map[string]func(*session){
		"key":     func(s *session) { s.press("q") },
		"SIGTERM": func(s *session) { _ = s.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(s *session) { _ = s.Signal(syscall.SIGHUP) },
		"SIGINT":  func(s *session) { _ = s.Signal(syscall.SIGINT) },
	} {
		s := onTerminal(t, nil, binary, "demo")
		s.waitFor("client-0")
		s.press("M")
		s.waitFor("\x1b[?1002h")
		end(s)
		s.waitEnd()
		t.Log(name)
		s.restored()
		s.nothingIsLeft(0)
	}
}

func TestARecordingCanBePlayedEvenIfPodtracerWasKilled(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	file := filepath.Join(t.TempDir(), "demo.cast")
	s := onTerminal(t, nil, binary, "demo", "--record", file)
	s.waitFor("client-0")
	s.signal(os.Kill)
	s.waitEnd()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	replay := onTerminal(t, nil, binary, "replay", file)
	replay.waitFor("client-0")
	if status := replay.waitEnd(); status != 0 {
		t.Errorf("status %d: %q", status, replay.written())
	}
	if strings.LastIndex(replay.written(), "\x1b[?1049l") < strings.LastIndex(replay.written(), "\x1b[?1049h") {
		t.Error("the other screen is left on")
	}
	again := onTerminal(t, nil, binary, "demo", "--record", file)
	if status := again.waitEnd(); status != 125 {
		t.Errorf("an existing file: status %d", status)
	}
	again.waitFor("exists already")
}

func TestQuittingEndsTheToolsAndRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	s := startTcpdump(t)
	s.press("q")
	s.waitFor("still running")
	s.press("y")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %d", status)
	}
	s.nothingIsLeft(0)
	if !strings.Contains(s.written(), "\x1b[?1049l") {
		t.Error("the alternate screen was not left")
	}
	if left, _ := filepath.Glob(s.dataDir + "/sessions/*"); len(left) != 0 {
		t.Errorf("left in the data directory: %v", left)
	}
}

func TestAConsoleInWhichNothingWasRunIsLeftAtOnce(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo")
	s.waitFor("client-0")
	s.press("q")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %d", status)
	}
	s.nothingIsLeft(0)
}

func TestEverySignalEndsTheToolsToo(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		s := startTcpdump(t)
		s.signal(signal)
		s.waitEnd()
		s.nothingIsLeft(0)
		s.keepsOneCapture()
	}
}

func TestATerminalThatIsClosedEndsPodtracerAndItsTools(t *testing.T) {
	t.Parallel()
	s := startTcpdump(t)
	s.HangUp()
	s.waitEnd()
	s.nothingIsLeft(0)
	s.keepsOneCapture()
}

func TestTheEndOfInputEndsPodtracerWhereNoSignalComes(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	// setsid: the terminal controls another session, so podtracer gets no SIGHUP; only the end of input tells it.
	s := onTerminal(t, nil, "setsid", "--wait", binary, "demo")
	s.waitFor("client-0")
	s.HangUp()
	s.nothingIsLeft(10 * time.Second)
}

func TestAPodtracerThatIsKilledLeavesWhatItCapturedAndNothingElse(t *testing.T) {
	t.Parallel()
	s := startTcpdump(t)
	s.signal(os.Kill)
	s.waitEnd()
	s.nothingIsLeft(2 * time.Second)
	again := exec.Command(binary, "demo", "run", "--data-dir", s.dataDir, "--pod", "client-0", "--", "true")
	if out, err := again.CombinedOutput(); err != nil || !strings.Contains(string(out), "podtracer: 1 run was left by an earlier podtracer") {
		t.Fatalf("%v: %s", err, out)
	}
	if left, _ := filepath.Glob(s.dataDir + "/sessions/*/*"); len(left) != 3 {
		t.Errorf("a capture, its label and the marker of the session should be left: %v", left)
	}
	if out, err := exec.Command(binary, "runs", "remove", "--all", "--data-dir", s.dataDir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if left, _ := filepath.Glob(s.dataDir + "/sessions/*"); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestTheDemoRunsWithoutRoot(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	if os.Geteuid() != 0 {
		return // every other test of the demo then covers it
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	for parent := dir; parent != os.TempDir(); parent = filepath.Dir(parent) {
		_ = os.Chmod(parent, 0o755)
	}
	cmd := exec.Command(binary, "demo", "run", "--data-dir", filepath.Join(dir, "data"), "--pod", "client-0",
		"-f", filepath.Join(dir, "x.pcap"), "--", "tcpdump", "-i", "eth0", "-c", "5", "-w", "-")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Env = append(os.Environ(), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "saved 5 packets") {
		t.Errorf("%v: %s", err, out)
	}
	info, err := os.Stat(filepath.Join(dir, "x.pcap"))
	if err != nil || info.Mode().Perm() != 0o600 || info.Sys().(*syscall.Stat_t).Uid != 65534 {
		t.Errorf("the capture is not the person's own: %v, %v", info, err)
	}
}

func TestARunOnATerminalIsLiveAndAnInterruptWindsItUp(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "--", "tcpdump", "-i", "eth0", "-n")
	s.waitFor("10.244.0.20") // not held back in a buffer
	s.press("\x1b[0n")       // the terminal's sign of life, which is not a key
	s.press("\x03")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %s", strconv.Itoa(status))
	}
	s.waitFor("packets captured")
	s.nothingIsLeft(0)
}

func TestAShellInAPodHasAWholeTerminalAndCtrlCReachesWhatItRuns(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "--", "bash", "--norc")
	s.waitFor("shop/client-0 # ")
	s.press("stty size; ip -br addr\r")
	s.waitFor("24 80")
	s.waitFor("10.244.0.20/24")
	s.press("sh -c 'printf beg; echo un; exec sleep 1000'\r")
	s.waitFor("begun") // the output, not the echo of the input
	s.press("\x03")
	s.waitFor("^C")
	s.press("exit 5\r")
	if status := s.waitEnd(); status != 5 {
		t.Errorf("status %d", status)
	}
	s.nothingIsLeft(0)
}

func TestCtrlCEndsAToolThatKnowsNothingOfItAsWasAsked(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "--", "sh", "-c", "echo begun; exec sleep 1000")
	s.waitFor("begun")
	s.press("\x03")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %d", status)
	}
	s.waitFor("podtracer: stopped")
}

func TestACaptureToAFileIsWholeWhenItIsInterruptedFromATerminal(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	file := filepath.Join(t.TempDir(), "x.pcap")
	s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "-f", file, "--", "tcpdump", "-i", "eth0", "-w", "-")
	s.waitFor("listening on eth0")
	time.Sleep(time.Second)
	s.press("\x03")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %d", status)
	}
	s.waitFor("saved ")
	if out, err := exec.Command("tcpdump", "-n", "-r", file).CombinedOutput(); err != nil || !strings.Contains(string(out), "10.244.0.20") {
		t.Errorf("%v: %s", err, out)
	}
}
