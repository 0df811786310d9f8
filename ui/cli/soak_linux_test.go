package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/quietterm"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/test/terminal"
)

// The main goroutine keeps the main thread, as podtracer's does.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	quietterm.Restore()
	os.Exit(m.Run())
}

// soakTime is how long the soak takes: some seconds with all other tests, ten minutes in test/slow.sh.
func soakTime(t *testing.T) time.Duration {
	text := os.Getenv("PODTRACER_SOAK")
	if text == "" {
		return 8 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func soakSeed(t *testing.T) uint64 {
	text := os.Getenv("PODTRACER_SOAK_SEED")
	if text == "" {
		return 1 // a check of the project presses the same keys each time
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// The console lives through pods that change, floods, resizes and keys at random, and then leaves nothing: no goroutine, no
// process, no file, and no more memory than after its first tenth.
func TestASoakEndsWithStableMemoryAndNothingLeft(t *testing.T) {
	if err := ns.CheckNamespaces(); err != nil {
		t.Skip("no network namespaces can be made here:", err)
	}
	k8s.Silence() // starts what exists once per process and outlives each console
	before := goleak.IgnoreCurrent()
	console := openSoak(t)
	seed, length := soakSeed(t), soakTime(t)
	t.Logf("seed %d, %v (PODTRACER_SOAK_SEED, PODTRACER_SOAK)", seed, length)
	person := &monkey{console: console, random: rand.New(rand.NewPCG(seed, seed))}
	console.waitFor("client-0")
	person.start()
	var memory []uint64
	end := time.Now().Add(length)
	for next := time.Now(); time.Now().Before(end); {
		person.act()
		if time.Now().After(next) {
			memory = append(memory, heap())
			t.Logf("%4.0f s: %3d MiB heap, %4d goroutines, %5d actions, %d starts, %d MiB to the terminal",
				time.Until(end).Seconds(), memory[len(memory)-1]>>20, runtime.NumGoroutine(), person.acts, person.starts, console.Len()>>20)
			next = next.Add(length / 20)
		}
	}
	if status := console.quit(); status != 0 {
		t.Errorf("the console ended with status %d", status)
	}
	if early, late := average(memory[2:5]), average(memory[len(memory)-3:]); late > early+early/2+24<<20 {
		t.Errorf("the heap grew from %d to %d MiB", early>>20, late>>20)
	}
	console.nothingIsLeft()
	goleak.VerifyNone(t, before)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func average(of []uint64) uint64 {
	var sum uint64
	for _, n := range of {
		sum += n
	}
	return sum / uint64(len(of))
}

// soaked is the demo's console on a terminal, in this process.
type soaked struct {
	*terminal.Terminal
	t       *testing.T
	console *os.File // its side of the terminal
	data    string
	ended   chan int
	cancel  context.CancelFunc
}

func openSoak(t *testing.T) *soaked {
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, t.TempDir())
	}
	t.Chdir(t.TempDir())
	term, console, err := terminal.Open(160, 45)
	if err != nil {
		t.Fatal(err)
	}
	term.Answers.Store(true)
	term.Keep(256 << 10)
	s := &soaked{Terminal: term, t: t, console: console, data: t.TempDir(), ended: make(chan int, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	go func() { // ends with the console
		s.ended <- Main(ctx, []string{"podtracer", "demo", "--data-dir", s.data}, Streams{In: console, Out: console, Err: console}, &Work{})
	}()
	t.Cleanup(func() {
		cancel()
		s.close()
	})
	return s
}

func (s *soaked) close() {
	s.console.Close()
	s.Close()
}

func (s *soaked) waitFor(text string) {
	s.t.Helper()
	if err := s.Await(20*time.Second, 0, text); err != nil {
		s.t.Fatal(err)
	}
}

func (s *soaked) press(keys string) {
	s.t.Helper()
	select {
	case status := <-s.ended:
		s.t.Fatalf("the console ended by itself with status %d; its last words: %q", status, s.Since(0))
	default:
	}
	if err := s.Press(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *soaked) resize(columns, rows int) {
	_ = s.Resize(columns, rows)
	_ = syscall.Kill(os.Getpid(), syscall.SIGWINCH) // the terminal is not this process's own, so that the kernel does not
}

// quit leaves as a person does.
func (s *soaked) quit() int {
	s.t.Helper()
	s.resize(120, 40)
	for range 20 {
		for _, key := range []string{leaveTool, "\x1b", "\x1b", "\x1b", "\x1b", "\x1b", "q", "y"} {
			_ = s.Press(key)
			time.Sleep(50 * time.Millisecond)
		}
		select {
		case status := <-s.ended:
			return status
		case <-time.After(3 * time.Second):
		}
	}
	s.t.Errorf("the console cannot be left; the last of the screen: %q", s.Since(0))
	s.cancel()
	return <-s.ended
}

func (s *soaked) nothingIsLeft() {
	s.t.Helper()
	s.close()
	eventually.Nil(s.t, 3*time.Second, func() error {
		if left := children(); len(left) > 0 {
			return fmt.Errorf("processes are left: %q", left)
		}
		return nil
	})
	if left, _ := filepath.Glob(s.data + "/sessions/*"); len(left) != 0 {
		s.t.Errorf("left in the data directory: %q", left)
	}
}

// children are the processes that this one has.
func children() (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, _ := os.ReadFile(file)
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			found = append(found, string(stat))
		}
	}
	return found
}

// monkey presses keys at random, but not those that end the console.
type monkey struct {
	console *soaked
	random  *rand.Rand
	acts    int
	starts  int
	last    time.Time // of a start
}

// keysOfMonkeys are the keys of all screens; Enter comes seldom, since it starts things.
var keysOfMonkeys = append(strings.Split("jkhlgGfnNatTwmMiIoOuUprvVzcyY*/&!H?.,'[]=+-0159 ", ""),
	"\x1b", "\x1b", "\x1b", "\t", "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1bOP", "\x7f", "\x15", "\x10", "\x12", "\x0e")

func (m *monkey) act() {
	m.acts++
	switch n := m.random.IntN(1000); {
	case n < 20:
		sizes := [][2]int{{80, 24}, {160, 45}, {400, 100}, {59, 15}, {0, 0}, {60, 16}}
		size := sizes[m.random.IntN(len(sizes))]
		m.console.resize(size[0], size[1])
	case n < 40:
		m.start()
	case n < 60:
		m.home()
		m.press("r", "x", "y") // stops the newest
	case n < 75:
		m.press("\r")
	default:
		m.press(keysOfMonkeys[m.random.IntN(len(keysOfMonkeys))])
	}
	time.Sleep(time.Duration(m.random.IntN(30)) * time.Millisecond)
}

// start starts a tool, unless one was started just now.
func (m *monkey) start() {
	if time.Since(m.last) < 4*time.Second {
		return
	}
	m.last = time.Now()
	m.starts++
	m.console.resize(160, 45)
	m.home()
	pods := []string{"client-0", "web-5f7d9c-x2lpq", "api-7c6b4f", "db-0"}
	m.press("/", pods[m.random.IntN(len(pods))], "\r", "\r")
	switch m.random.IntN(3) {
	case 0: // the first tool of the list is tcpdump
		m.press("\r")
	case 1:
		m.anyCommand(fmt.Sprintf("seq 1 %d", 1000+m.random.IntN(300_000)))
	default:
		m.anyCommand("ping -i 0.2 web")
	}
}

// anyCommand chooses the last of the tools and writes its line.
func (m *monkey) anyCommand(line string) {
	m.press("\x1b[F", "\t", line, "\r")
}

// leaveTool is ctrl+], which takes one back from a tool that has the whole terminal, such as a shell that was met by chance.
const leaveTool = "\x1d"

func (m *monkey) home() { m.press(leaveTool, "\x1b", "\x1b", "\x1b", "\x1b", "\x1b") }

func (m *monkey) press(keys ...string) {
	for _, k := range keys {
		m.console.press(k)
		time.Sleep(15 * time.Millisecond)
	}
}
