package agent

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

func TestAToolOnAnotherNodeIsAsItIsHere(t *testing.T) {
	f := newFar(t, time.Hour)
	var out, problem bytes.Buffer
	started := false
	exit, err := f.Launch(t.Context(), cart, []string{"sh", "-c", "cat; ip -br addr show eth0; echo trouble >&2; exit 7"}, launch.Streams{
		Stdin: strings.NewReader("typed\n"), Stdout: &out, Stderr: &problem, Started: func() { started = true },
	})
	if err != nil || exit.Code != 7 || !started {
		t.Errorf("%+v, %v, started %v", exit, err, started)
	}
	if got := out.String(); !strings.HasPrefix(got, "typed\n") || !strings.Contains(got, "10.244.0.12/24") {
		t.Errorf("got %q", got)
	}
	if got := strings.TrimSpace(problem.String()); got != "trouble" {
		t.Errorf("beside it %q", got)
	}
	if got := f.server.runs; len(got) != 0 {
		t.Errorf("the agent keeps %v", got)
	}
	if spools, _ := filepath.Glob(filepath.Join(f.dir, "sessions", "*", "*.spool")); len(spools) != 0 {
		t.Errorf("it keeps %v", spools)
	}
}

func TestWhatIsMissingOnTheOtherNodeIsMissing(t *testing.T) {
	f := newFar(t, time.Hour)
	_, err := f.Launch(t.Context(), cart, []string{"no-such-tool"}, launch.Streams{Stdout: &bytes.Buffer{}})
	if !errors.Is(err, command.ErrNotInstalled) {
		t.Errorf("got %v", err)
	}
	stranger := cart
	stranger.UID = "uid-nobody"
	if _, err := f.Launch(t.Context(), stranger, []string{"true"}, launch.Streams{Stdout: &bytes.Buffer{}}); err == nil {
		t.Error("a pod was entered that is not there")
	}
}

// Whatever breaks, the bytes that arrive are those that the tool wrote, and the person is told once.
func TestAConnectionThatBreaksLosesNothing(t *testing.T) {
	f := newFar(t, time.Hour)
	const each = 3 << 20
	f.through(func(c net.Conn) net.Conn { return &cut{c, each} })
	got := sha256.New()
	var notices []string
	var mu sync.Mutex
	want := make([]byte, 16<<20) // which nothing makes smaller on the way
	_, _ = rand.Read(want)       // never fails
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
	exit, err := f.Launch(t.Context(), cart, []string{"cat", file},
		launch.Streams{Stdout: got, Notice: func(text string) { mu.Lock(); notices = append(notices, text); mu.Unlock() }})
	if err != nil || exit.Code != 0 {
		t.Fatalf("%+v, %v", exit, err)
	}
	if sum := sha256.Sum256(want); !bytes.Equal(got.Sum(nil), sum[:]) {
		t.Error("something else arrived")
	}
	if n := f.dialled(); n < 5 {
		t.Errorf("it was dialled %d times", n)
	}
	if len(notices) != 2 || !strings.Contains(notices[0], "dials again") || !strings.Contains(notices[1], "is reached again") { // and of the others nothing
		t.Errorf("told %q", notices)
	}
}

func TestWhatArrivesOtherwiseThanItWasWrittenIsRefused(t *testing.T) {
	good := sealed([]byte("what the tool wrote"))
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if _, err := unsealed(bad); err == nil {
			t.Errorf("with another byte %d it is taken", at)
		}
	}
	s := newReception("x", &bytes.Buffer{})
	if err := s.take(good); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("what the tool wrote"))
	if err := s.check(&wire.Stream{Size: 19, Sha256: sum[:]}); err != nil {
		t.Error(err)
	}
	for what, stream := range map[string]*wire.Stream{
		"more was written": {Size: 20, Sha256: sum[:]}, "something else was": {Size: 19, Sha256: make([]byte, 32)}, "nothing is said": nil,
		"not all was kept": {Size: 19, Sha256: sum[:], Broken: "no space left"},
	} {
		if s.check(stream) == nil {
			t.Errorf("%s: it is taken", what)
		}
	}
}

// A filter is checked while somebody still types: that makes no pod in their cluster.
func TestForWhatIsOfNoLastingUseNoHelperIsMade(t *testing.T) {
	f := newFar(t, time.Hour)
	check := launch.Streams{Stdout: &bytes.Buffer{}, Disposable: true}
	if _, err := f.Launch(t.Context(), cart, []string{"true"}, check); err == nil || f.dialled() != 0 {
		t.Errorf("%v, dialled %d times", err, f.dialled())
	}
	for _, s := range []launch.Streams{{Stdout: &bytes.Buffer{}}, check} { // with a helper there is an answer
		if exit, err := f.Launch(t.Context(), cart, []string{"true"}, s); err != nil || exit.Code != 0 {
			t.Errorf("%+v, %v", exit, err)
		}
	}
}

func TestAToolIsStoppedThroughTheAgent(t *testing.T) {
	f := newFar(t, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopping := false
	var out bytes.Buffer
	exit, err := f.Launch(ctx, cart, []string{"ping", "-n", "127.0.0.1"}, launch.Streams{
		Stdout: &out, Stderr: &bytes.Buffer{}, Started: cancel, Stopping: func() { stopping = true },
	})
	if err != nil || !exit.Stopped || exit.Killed || !stopping {
		t.Errorf("%+v, %v, stopping %v", exit, err, stopping)
	}
}

func TestAPersonSitsBeforeAToolOnAnotherNode(t *testing.T) {
	f := newFar(t, time.Hour)
	keys, sizes := make(chan []byte), make(chan launch.Size)
	var out safeBuffer
	done := make(chan error, 1)
	go func() { // ends with the shell
		_, err := f.Launch(t.Context(), cart, []string{"sh"}, launch.Streams{Stdout: &out, Terminal: &launch.Size{Columns: 80, Rows: 24}, Keys: keys, Sizes: sizes})
		done <- err
	}()
	keys <- []byte("stty size\n")
	out.shows(t, "24 80")
	sizes <- launch.Size{Columns: 100, Rows: 30}
	keys <- []byte("stty size\n")
	out.shows(t, "30 100")
	keys <- []byte("exit\n")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A console that is killed leaves a helper that nobody asks any more.
func TestAnAgentThatNobodyIsConnectedToStopsItsToolsAndEnds(t *testing.T) {
	f := newFar(t, followedSoon)
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	began := make(chan struct{})
	done := make(chan struct{})
	go func() { // ends when the link is closed, as if the console had been killed
		defer close(done)
		_, _ = f.Launch(ctx, cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { close(began) }})
	}()
	<-began
	var run *run
	f.server.mu.Lock()
	for _, r := range f.server.runs {
		run = r
	}
	f.server.mu.Unlock()
	f.mu.Lock()
	f.gone = true // no console dials again
	f.mu.Unlock()
	f.Close()
	looking, stop := context.WithCancel(t.Context())
	var looks sync.WaitGroup
	defer looks.Wait()
	defer stop()
	looks.Go(func() { // who only looks keeps nothing alive; ends with looking
		for looking.Err() == nil {
			_, _ = Look(looking, f.open)
		}
	})
	select {
	case <-run.done:
	case <-time.After(patience):
		t.Fatal("the tool runs on")
	}
	select {
	case err := <-f.ended:
		f.ended <- err
	case <-time.After(patience):
		t.Fatal("the agent stays")
	}
	<-done
}

func TestAHelperThatIsGoneEndsItsRunsAtOnce(t *testing.T) {
	f := newFar(t, time.Hour)
	var connection net.Conn
	f.through(func(c net.Conn) net.Conn { connection = c; return c })
	_, err := f.Launch(t.Context(), cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() {
		f.mu.Lock()
		f.gone = true
		f.mu.Unlock()
		connection.Close()
	}})
	if !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
}

// A helper that is being deleted stops its tools and still tells how they ended: that is no end that the person asked for.
func TestAToolThatTheAgentStoppedByItselfWasNotStoppedAsAsked(t *testing.T) {
	f := newFar(t, time.Hour)
	_, err := f.Launch(t.Context(), cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { f.server.stopAll(errEnds) }})
	if err == nil || hint.Of(err) == "" || !strings.Contains(err.Error(), "the helper on node far stopped the tool") {
		t.Errorf("got %v", err)
	}
}

func TestItIsSeenWhatRunsInAHelperAndWhoIsConnected(t *testing.T) {
	f := newFar(t, time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began, done := make(chan struct{}), make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		_, _ = f.Launch(ctx, cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { close(began) }})
	}()
	<-began
	got, err := Look(t.Context(), f.dial)
	if err != nil || got.Consoles != 1 || len(got.Runs) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if run := got.Runs[0]; run.Pod != "shop/cart" || strings.Join(run.Argv, " ") != "sleep infinity" || run.Ended || time.Since(run.Began) > patience {
		t.Errorf("%+v", run)
	}
	stop()
	<-done
	f.Close()
	eventually.Nil(t, patience, func() error {
		if got, err := Look(t.Context(), f.dial); err != nil || got.Consoles != 0 || len(got.Runs) != 0 {
			return fmt.Errorf("%+v, %v", got, err)
		}
		return nil
	})
}

func TestTheSocketIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if second, err := Listen(path); err == nil {
		second.Close()
		t.Error("two agents listen on it")
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as of one that is killed
	l.Close()
	l, err = Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestWhatIsNoSocketIsNotReplacedByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.sock")
	for what, put := range map[string]func() error{
		"a file":      func() error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"a link":      func() error { return os.Symlink("nowhere", path) },
		"a directory": func() error { return os.Mkdir(path, 0o700) },
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if l, err := Listen(path); err == nil {
			l.Close()
			t.Errorf("%s: it is replaced", what)
		} else if hint.Of(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
		_ = os.Remove(path) // it is gone already if it was replaced
	}
}

// shows waits until something was written.
func (b *safeBuffer) shows(t *testing.T, want string) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		if got := b.String(); !strings.Contains(got, want) {
			return fmt.Errorf("there is no %q in %q", want, got)
		}
		return nil
	})
}

// safeBuffer may be read while it is written.
type safeBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}
