//go:build unix

package program

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A modem's speed, and a tool that writes thousands of times faster, though not so fast that it reaches the size limit meanwhile: the console
// draws less often, and still answers keys.
func TestOverASlowLinkAFloodDoesNotHoldUpKeys(t *testing.T) {
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo")
	s.Answers.Store(true)
	s.waitFor("client-0")
	s.press("/client-0\r")
	s.press("\r")
	s.waitFor("will run")
	s.press("G\tsh -c 'while :; do seq 100000; sleep 0.1; done'\r")
	s.waitFor("following")
	const speed = 2000
	s.Speed.Store(speed)
	s.sees(80, 24, "slow terminal", "frames/s")
	for range 3 {
		begun := time.Now()
		s.press("?")
		s.sees(80, 24, "help: a run", "any key closes the help") // the last line is drawn last
		t.Logf("the help came after %v", time.Since(begun))
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("the help came after %v", took)
		}
		s.press("?")
		s.sees(80, 24, "following", "s save  x stop")
	}
	before := len(s.written())
	s.Speed.Store(0)
	time.Sleep(100 * time.Millisecond)
	if waited := len(s.written()) - before; waited > 8*speed {
		t.Errorf("%d bytes were waiting for the terminal", waited)
	}
	s.press("q")
	s.waitFor("still running")
	s.press("y")
	s.waitEnd()
	s.nothingIsLeft(0)
}

func TestAfterAStormOfResizesTheScreenIsRight(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "demo")
	s.waitFor("client-0")
	sizes := [][2]int{{0, 0}, {400, 100}, {5, 5}, {80, 24}, {60, 16}, {160, 45}, {1, 1}}
	for i := range 100 {
		size := sizes[rand.IntN(len(sizes))]
		s.resize(size[0], size[1])
		if i%10 == 0 {
			s.press("?")
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
	}
	s.resize(100, 30)
	s.must(s.Shows(patience, 100, 30, func(screen string) string { // which may be some frames later
		lines := strings.Split(screen, "\n")
		switch {
		case !strings.HasPrefix(lines[0], " podtracer  demo"):
			return "the first line is not the console's"
		case !strings.HasSuffix(lines[29], "? help  q quit"):
			return "the last line is not the console's"
		case !strings.Contains(screen, "client-0"):
			return "there are no pods"
		}
		return ""
	}))
	s.quitNow()
}

// kubectl exec -t opens a terminal of 0x0, and sets the size once it knows it.
func TestASizeThatIsToldLateIsTaken(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminalOf(t, 0, 0, nil, binary, "demo")
	s.sees(80, 24, "client-0", "q quit") // the usual size, until the real one is known
	s.resize(132, 40)
	s.must(s.Shows(patience, 132, 40, func(screen string) string {
		if last := strings.Split(screen, "\n")[39]; !strings.Contains(last, "* favourite") || !strings.Contains(last, "q quit") {
			return "the last line is " + strconv.Quote(last)
		}
		return ""
	}))
	s.quitNow()
}

// recorded makes a recording of the demo, in which something happens for some seconds.
func recorded(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "demo.cast")
	s := onTerminal(t, nil, binary, "demo", "--record", file)
	s.waitFor("client-0")
	for range 6 {
		s.press("?")
		time.Sleep(400 * time.Millisecond)
	}
	s.quitNow()
	return file
}

func TestAReplayIsPausedBySpaceAndLeftByQ(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	s := onTerminal(t, nil, binary, "replay", recorded(t))
	s.waitFor("client-0")
	s.press(" ")
	time.Sleep(200 * time.Millisecond)
	paused := len(s.written())
	time.Sleep(1500 * time.Millisecond)
	if more := s.written()[paused:]; more != "" {
		t.Fatalf("the replay went on while it was paused: %q", more)
	}
	s.press(" ")
	s.since(paused, "help: pods")
	s.press("q")
	begun := time.Now()
	if status := s.waitEnd(); status != 0 || time.Since(begun) > 10*time.Second {
		t.Errorf("status %d after %v", status, time.Since(begun))
	}
	s.since(paused, "\x1b[?25h")
}

func TestAReplayThatIsTerminatedGivesTheTerminalBack(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "some.cast")
	cast := `{"version":2,"width":80,"height":24}` + "\n" + `[0,"o","\u001b[?25l\u001b[?7l\u001b[?2026hbegun"]` + "\n" + `[900000,"o","never"]` + "\n"
	if err := os.WriteFile(file, []byte(cast), 0o600); err != nil {
		t.Fatal(err)
	}
	s := onTerminal(t, nil, binary, "replay", "--max-idle", "0", file)
	s.waitFor("begun")
	s.signal(syscall.SIGTERM)
	if status := s.waitEnd(); status != 0 || !strings.HasSuffix(s.written(), "\x1b[?7h\x1b[?25h\x1b[?1049l") || strings.Contains(s.written(), "2026") {
		t.Errorf("status %d: %q", status, s.written())
	}
}

func TestOfAFIFONothingIsReplayed(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := onTerminal(t, nil, binary, "replay", fifo)
	if status := s.waitEnd(); status != 125 || !strings.Contains(s.written(), "it is not a file") {
		t.Errorf("status %d: %q", status, s.written())
	}
}

func TestAsciinemaReadsARecording(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	if _, err := exec.LookPath("asciinema"); err != nil {
		t.Skip("asciinema is not installed: test/install.sh")
	}
	file := recorded(t)
	cat := onTerminal(t, nil, "asciinema", "cat", file)
	if status := cat.waitEnd(); status != 0 || !strings.Contains(cat.written(), "client-0") {
		t.Errorf("cat: status %d: %q", status, cat.written())
	}
	play := onTerminal(t, nil, "asciinema", "play", "-s", "20", file)
	if status := play.waitEnd(); status != 0 || !strings.Contains(play.written(), "help: pods") {
		t.Errorf("play: status %d: %q", status, play.written())
	}
}
