//go:build unix

package program

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startWhole opens the demo's console and gives a command the whole terminal.
func startWhole(t *testing.T, command string) *session {
	t.Helper()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo")
	s.waitFor("client-0")
	s.press("/client-0\r")
	s.press("\r")
	s.waitFor("will run")
	s.press("G\t" + command)
	s.waitFor("[x]")
	s.press("\r")
	s.waitFor("when it ends you are back in podtracer")
	return s
}

// consoleIsBack checks that the console has the terminal again and takes keys.
func (s *session) consoleIsBack(before int) {
	s.t.Helper()
	s.since(before, "\x1b[?1049h")
	s.since(before, "\x1b[?2004h") // bracketed paste
	s.since(before, "\x1b[?25l")
	at := len(s.written())
	s.press("?")
	s.since(at, "any key closes the help")
	s.press("?")
}

func TestAShellInTheConsoleHasTheWholeTerminalAndTheConsoleReturns(t *testing.T) {
	t.Parallel()
	s := startWhole(t, "bash --norc")
	s.waitFor("shop/client-0 # ")
	s.press("stty size; ip -br addr; echo =$TERM=\r")
	s.waitFor("24 80")
	s.waitFor("=xterm=")
	s.waitFor("10.244.0.20/24")
	s.resize(100, 30)
	time.Sleep(200 * time.Millisecond)
	s.press("stty size\r")
	s.waitFor("30 100")
	before := len(s.written())
	s.press("\x1d")
	s.consoleIsBack(before)
	s.since(before, "bash has the whole terminal")
	before = len(s.written())
	s.press("\r") // back to the shell
	s.since(before, "shop/client-0 # ")
	before = len(s.written())
	s.press("echo $((40+2)); exit 3\r")
	s.since(before, "42")
	s.since(before, "exit 3")
	s.consoleIsBack(before)
	s.press("q")
	s.waitEnd()
	s.nothingIsLeft(0)
}

func TestAnEditorIsLeftAndFoundAgain(t *testing.T) {
	t.Parallel()
	s := startWhole(t, "busybox vi /etc/hosts")
	s.waitFor("localhost")
	before := len(s.written())
	s.press("\x1d")
	s.consoleIsBack(before)
	s.since(before, "busybox has the whole terminal")
	before = len(s.written())
	s.press("\r")
	s.since(before, "localhost") // busybox redraws its screen
	before = len(s.written())
	s.press(":q!\r")
	s.consoleIsBack(before)
	s.since(before, "busybox had the whole terminal")
	s.quitNow()
}

func (s *session) quitNow() {
	s.t.Helper()
	s.press("q")
	if status := s.waitEnd(); status != 0 {
		s.t.Errorf("status %d", status)
	}
	s.nothingIsLeft(0)
}

func TestTheConsoleReturnsWhenTheToolIsKilled(t *testing.T) {
	t.Parallel()
	s := startWhole(t, "mtr -n web")
	s.waitFor("Loss%")
	before := len(s.written())
	for _, process := range s.processes() {
		pid, rest, _ := strings.Cut(process, " ")
		if strings.HasPrefix(rest, "mtr ") {
			n, _ := strconv.Atoi(pid)
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
	s.consoleIsBack(before)
	s.since(before, "mtr had the whole terminal")
	s.quitNow()
}

func TestATerminalThatIsClosedUnderAToolEndsEverything(t *testing.T) {
	t.Parallel()
	s := startWhole(t, "bash --norc")
	s.waitFor("shop/client-0 # ")
	s.press("sleep 1; echo\r")
	s.waitFor("sleep 1; echo")
	s.HangUp() // takes effect at the next read, and a console at rest writes nothing
	s.waitEnd()
	s.nothingIsLeft(0)
}

func TestASignalUnderAToolEndsEverythingAndRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	s := startWhole(t, "bash --norc")
	s.waitFor("shop/client-0 # ")
	before := len(s.written())
	s.signal(syscall.SIGTERM)
	s.waitEnd()
	s.nothingIsLeft(0)
	if after := s.written()[before:]; !strings.Contains(after, "\x1b[?25h") {
		t.Errorf("the cursor is hidden: %q", after)
	}
}

func TestAToolThatFloodsTheTerminalIsInterruptedByAKey(t *testing.T) {
	t.Parallel()
	s := startWhole(t, "bash --norc")
	s.waitFor("shop/client-0 # ")
	s.press("yes\r")
	time.Sleep(time.Second)
	start := time.Now()
	before := len(s.written())
	s.press("\x03")
	s.since(before, "^C")
	s.since(before, "shop/client-0 # ")
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the prompt came after %v", took)
	}
	s.press("exit\r")
	s.consoleIsBack(before)
	s.quitNow()
}
