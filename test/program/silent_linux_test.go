package program

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// startSilentAPI starts a server that accepts connections and never answers.
func startSilentAPI(t *testing.T) (address string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = new(atomic.Int64)
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			t.Cleanup(func() { conn.Close() })
		}
	}()
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String(), connections
}

// writeKubeconfig writes a kubeconfig for a server, whose user has the given fields. Credentials are used over TLS only.
func writeKubeconfig(t *testing.T, server, user string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"here",
"contexts":[{"name":"here","context":{"cluster":"c","user":"u","namespace":"shop"}}],
"clusters":[{"name":"c","cluster":{"server":%q,"insecure-skip-tls-verify":true}}],
"users":[{"name":"u","user":{%s}}]}`, server, user)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func plugin(script string) string {
	return fmt.Sprintf(`"exec":{"apiVersion":"client.authentication.k8s.io/v1","interactiveMode":"IfAvailable","command":"sh","args":["-c",%q]}`, script)
}

func TestAnAPIThatNeverAnswersIsToldAndAskedAgainAndAnInterruptEndsTheWait(t *testing.T) {
	t.Parallel() // the test mostly waits
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			address, connections := startSilentAPI(t)
			config := writeKubeconfig(t, scheme+"://"+address, `"token":"x"`)
			s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary, "run", "--pod", "cart-0", "-n", "shop", "--", "true")
			s.waitFor("podtracer: the API server of here has not answered for 5s; still asking")
			s.waitFor("has not answered for 10s; still asking")
			s.waitFor("has not answered for 15s; still asking")
			if connections.Load() < 2 {
				t.Errorf("the API was asked %d times", connections.Load())
			}
			s.interrupted(t)
		})
	}
}

// interrupted interrupts podtracer and expects it to end at once.
func (s *session) interrupted(t *testing.T) {
	t.Helper()
	began := time.Now()
	s.signal(syscall.SIGINT)
	if status := s.waitEnd(); status != 125 {
		t.Errorf("status %d: %s", status, s.written())
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	s.waitFor("interrupted while ") // the message does not blame the API
}

func TestTheConsoleSaysThatTheAPIDoesNotAnswerAndCanBeLeftAtOnce(t *testing.T) {
	t.Parallel() // the test mostly waits
	address, connections := startSilentAPI(t)
	config := writeKubeconfig(t, "http://"+address, `"token":"x"`)
	s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary)
	s.waitFor("the API does not answer")
	eventually.Nil(t, patience, func() error {
		if connections.Load() < 2 {
			return errors.New("the API is not asked again")
		}
		return nil
	})
	s.left(t)
}

// left leaves the console with a key and expects it to end at once.
func (s *session) left(t *testing.T) {
	t.Helper()
	began := time.Now()
	s.press("q")
	if status := s.waitEnd(); status != 0 {
		t.Errorf("status %d: %s", status, s.written())
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestACredentialPluginThatHangsHoldsNobodyAndNothingOfItIsLeft(t *testing.T) {
	t.Parallel() // the test mostly waits
	for name, script := range map[string]string{
		"it hangs":                           "sleep MARK",
		"with a child in its own session":    "setsid sleep MARK & sleep MARK",
		"and ignores all that it can":        "trap '' INT TERM HUP; sleep MARK; sleep MARK",
		"it reads from the terminal":         "sleep MARK & read x; read x; read x; wait",
		"its child has the output and stays": "(setsid sleep MARK &); exec sleep MARK",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := startSilentAPI(t)
			for what, end := range map[string]func(s *session){
				"run":     func(s *session) { s.interrupted(t) },
				"console": func(s *session) { s.left(t) },
				"killed":  func(s *session) { s.signal(os.Kill); s.waitEnd() },
			} {
				mark := fmt.Sprintf("7%d.%d", os.Getpid(), time.Now().UnixNano()%1e9)
				config := writeKubeconfig(t, "https://"+address, plugin(strings.ReplaceAll(script, "MARK", mark)))
				argv := []string{binary, "run", "--pod", "cart-0", "-n", "shop", "--", "true"}
				if what == "console" {
					argv = argv[:1]
				}
				s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, argv...)
				if what == "console" {
					s.waitFor("the API does not answer")
				}
				expectSleeps(t, mark, true)
				end(s)
				expectSleeps(t, mark, false)
			}
		})
	}
}

func expectSleeps(t *testing.T, mark string, want bool) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		out, _ := exec.Command("pgrep", "-f", "^sleep "+mark).Output()
		if got := len(out) > 0; got != want {
			return fmt.Errorf("sleeping: %q, wanted: %v", out, want)
		}
		return nil
	})
}

func TestACredentialPluginThatEndsIsUnderstoodAndWhatItStartedStays(t *testing.T) {
	t.Parallel() // the test mostly waits
	address, _ := startSilentAPI(t)
	for name, c := range map[string]struct{ script, want string }{
		"with an error": {"echo nobody is logged in >&2; exit 3", "sh failed with exit code 3"},
		"with nonsense": {"echo nonsense", "decoding stdout"},
		"by a signal":   {"kill -9 $$", "sh failed with exit code"},
	} {
		config := writeKubeconfig(t, "https://"+address, plugin(c.script))
		out, err := exec.Command(binary, "--kubeconfig", config, "run", "--pod", "cart-0", "-n", "shop", "--", "true").CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) || !strings.Contains(string(out), "the credential plugin sh failed: ") ||
			!strings.Contains(string(out), "hint: run kubectl get pods, which uses the same plugin") || strings.Contains(string(out), "the API does not answer") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
		s := onTerminal(t, []string{"NODE_NAME=here"}, binary, "--kubeconfig", config)
		s.waitFor("the credential plugin sh failed")
		s.waitFor("the API is not asked without credentials")
		s.left(t)
	}
	mark := fmt.Sprintf("7%d.%d", os.Getpid(), time.Now().UnixNano()%1e9)
	answer := `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret"}}`
	config := writeKubeconfig(t, "https://"+address, plugin("(setsid sleep "+mark+" &); echo '"+answer+"'"))
	s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, binary, "run", "--pod", "cart-0", "-n", "shop", "--", "true")
	s.waitFor("or the credential plugin sh, has not answered for 5s")
	s.interrupted(t)
	expectSleeps(t, mark, true) // for example, an agent that keeps a password
	if err := exec.Command("pkill", "-f", "^sleep "+mark).Run(); err != nil {
		t.Error(err)
	}
}

// peakMemory is the peak of a process's resident memory in KiB, looked at until the process has ended. What wait4(2) tells begins with that
// of the process that started it.
func peakMemory(t *testing.T, pid int, ended <-chan error) (peak int, err error) {
	t.Helper()
	for {
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(5 * time.Millisecond):
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // of a process that has ended nothing
		_, line, _ := strings.Cut(string(status), "\nVmHWM:")
		_, _ = fmt.Sscan(line, &peak) // in kB; the last value stays
	}
}

func TestAPluginThatWritesWithoutEndIsKilledAndWhatItSaysIsSafe(t *testing.T) {
	t.Parallel() // the test mostly waits
	config := writeKubeconfig(t, "https://127.0.0.1:1", plugin("printf '\\033]52;c;AAAA\\007evil\\n' >&2; exec cat /dev/zero"))
	run := exec.Command(binary, "run", "--data-dir", t.TempDir(), "--kubeconfig", config, "--pod", "client-0", "--", "true")
	var said bytes.Buffer
	run.Stdout, run.Stderr = &said, &said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- run.Wait() }() // ends with podtracer
	used, err := peakMemory(t, run.Process.Pid, ended)
	out := said.Bytes()
	if run.ProcessState.ExitCode() != 125 || !strings.Contains(string(out), "wrote more than 1048576 bytes and was killed") {
		t.Errorf("%v: %s", err, out)
	}
	if bytes.ContainsRune(out, '\x1b') || !bytes.Contains(out, []byte("evil")) {
		t.Errorf("the plugin's message came as %q", out)
	}
	if used > 200<<10 {
		t.Errorf("it took %d KiB", used)
	}
	s := onTerminal(t, nil, binary, "--kubeconfig", config)
	s.waitFor("enter runs a tool")
	s.press("q")
	s.waitEnd()
	if strings.Contains(s.written(), "\x1b]52") {
		t.Error("a plugin wrote to the clipboard")
	}
	s.nothingIsLeft(2 * time.Second)
}

func TestAKubeconfigThatIsNoFileHoldsNobody(t *testing.T) {
	t.Parallel() // the test mostly waits
	fifo := filepath.Join(t.TempDir(), "kubeconfig")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	argv := []string{binary, "--kubeconfig", fifo, "run", "--pod", "cart-0", "-n", "shop", "--", "true"}
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "it was not read within 5s") || !strings.Contains(string(out), "hint: is it a FIFO") {
		t.Errorf("%v: %s", err, out)
	}
	s := onTerminal(t, nil, argv...)
	time.Sleep(500 * time.Millisecond) // the program has started by then
	s.interrupted(t)
}
