package detached

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
)

const id = "k3x7q-1"

func begin(t *testing.T, root string) *Log {
	t.Helper()
	l, err := Begin(root, About{ID: id, By: "anna", Pod: "shop/cart", Argv: []string{"tcpdump"}, Began: time.Now(), Stands: "starting"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestADetachedRunIsFoundAsLongAsNobodyRemovesIt(t *testing.T) {
	root := filepath.Join(t.TempDir(), "data")
	if all, err := List(root); err != nil || len(all) != 0 {
		t.Errorf("before: %+v, %v", all, err)
	}
	l := begin(t, root)
	a, err := Find(root, id)
	if err != nil || a.Over() || a.By != "anna" || a.Pod != "shop/cart" {
		t.Errorf("while it goes on: %+v, %v", a, err)
	}
	if err := Remove(root, id); !errors.Is(err, errGoesOn) {
		t.Errorf("a run that goes on was removed: %v", err)
	}
	a.Stands, a.Ended, a.Status = "exit 3", time.Now(), 3
	if err := errors.Join(l.Tell(a), l.Close()); err != nil {
		t.Fatal(err)
	}
	all, err := List(root)
	if err != nil || len(all) != 1 || !all[0].Over() || all[0].Killed || all[0].Status != 3 || all[0].Stands != "exit 3" {
		t.Errorf("at the end: %+v, %v", all, err)
	}
	if err := Remove(root, id); err != nil {
		t.Error(err)
	}
	if all, err := List(root); err != nil || len(all) != 0 {
		t.Errorf("afterwards: %+v, %v", all, err)
	}
	if left, _ := filepath.Glob(filepath.Join(root, "detached", "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestARunWhosePodtracerHasGoneWithoutAWordWasKilled(t *testing.T) {
	root := t.TempDir()
	if err := begin(t, root).Close(); err != nil {
		t.Fatal(err)
	}
	if a, err := Find(root, id); err != nil || !a.Killed || !a.Over() {
		t.Errorf("%+v, %v", a, err)
	}
}

// Who takes it for a run that does not exist deletes the pod that keeps its output.
func TestARunThatCannotBeReadIsListedAndCanBeStopped(t *testing.T) {
	root := t.TempDir()
	l := begin(t, root)
	defer l.Close()
	about := filepath.Join(root, "detached", id, "about.json")
	for what, spoil := range map[string]func() error{
		"cut":       func() error { return os.WriteFile(about, []byte("{"), 0o600) },
		"too large": func() error { return os.Truncate(about, mostAbout+1) },
		"a link":    func() error { return errors.Join(os.Remove(about), os.Symlink("/etc/hostname", about)) },
		"somebody else's": func() error {
			return os.Chown(about, 12345, 12345)
		},
		"in their reach":   func() error { return os.Chmod(filepath.Dir(about), 0o770) },
		"in another place": func() error { return errors.Join(os.RemoveAll(about), os.Mkdir(about, 0o700)) },
	} {
		if err := errors.Join(os.RemoveAll(about), os.WriteFile(about, []byte("{}"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); errors.Is(err, os.ErrPermission) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		all, err := List(root)
		if err != nil || len(all) != 1 || all[0].ID != id || !errors.Is(all[0].Err(), ErrUnread) || all[0].Over() {
			t.Errorf("%s: %+v, %v", what, all, err)
		}
		if _, err := Find(root, id); err == nil || errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", what, err)
		}
		if err := Remove(root, id); err == nil {
			t.Errorf("%s: it is forgotten", what)
		}
		if l.Gone() {
			t.Errorf("%s: it takes itself for forgotten", what)
		}
		if err := os.Chmod(filepath.Dir(about), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := Stop(root, id); err != nil || !l.Stopped() {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestSomebodyElseStopsARun(t *testing.T) {
	root := t.TempDir()
	l := begin(t, root)
	defer l.Close()
	if l.Stopped() || l.Gone() {
		t.Error("it is stopped, or gone, from its beginning")
	}
	for range 2 {
		if err := Stop(root, id); err != nil {
			t.Fatal(err)
		}
	}
	if !l.Stopped() {
		t.Error("it does not know of it")
	}
}

func TestNoNameLeadsElsewhere(t *testing.T) {
	root := t.TempDir()
	defer begin(t, root).Close()
	if err := os.WriteFile(filepath.Join(root, "about.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "..", "../detached/" + id, id + "/", "k3x7q-2", "k3x7q-0", "K3X7Q-1"} {
		if _, err := Find(root, name); !errors.Is(err, ErrNone) {
			t.Errorf("%q: found, %v", name, err)
		}
		if err := Stop(root, name); !errors.Is(err, ErrNone) {
			t.Errorf("%q: stopped, %v", name, err)
		}
		if err := Remove(root, name); !errors.Is(err, ErrNone) {
			t.Errorf("%q: removed, %v", name, err)
		}
		if f, err := Words(root, name); err == nil {
			f.Close()
			t.Errorf("%q: opened", name)
		}
	}
}

const spawned = "PODTRACER_TEST_SPAWNED"

// TestMain is also the main function of a process that is spawned.
func TestMain(m *testing.M) {
	if os.Getenv(inherits) != "" {
		heir()
		return
	}
	if os.Getenv(spawned) == "" {
		os.Exit(m.Run())
	}
	order, _ := io.ReadAll(os.Stdin)
	if string(order) == "nothing" {
		os.Exit(1)
	}
	said := Started{ID: string(order)}
	if string(order) == "fail" {
		said = Started{Error: "no room", Hint: "make some"}
	}
	text, _ := json.Marshal(said)
	_, _ = os.Stdout.Write(append(text, '\n'))
	if said.Error != "" {
		os.Exit(1)
	}
	time.Sleep(time.Hour)
}

func TestASpawnedProcessGoesOnInASessionOfItsOwn(t *testing.T) {
	t.Setenv(spawned, "1")
	mark := filepath.Join(t.TempDir(), "mark") // for its command line
	got, err := Spawn([]string{os.Args[0], mark}, []byte(id))
	if err != nil || got != id {
		t.Fatalf("%q, %v", got, err)
	}
	out, err := exec.Command("pgrep", "-f", mark).Output()
	if err != nil {
		t.Fatalf("it does not run: %v", err)
	}
	pid := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("kill", "-9", pid).Run() })
	session, err := exec.Command("ps", "-o", "sid=", "-p", pid).Output()
	if err != nil || strings.TrimSpace(string(session)) != pid {
		t.Errorf("its session is %s, its process %s: %v", session, pid, err)
	}
}

func TestAProcessThatCannotRunSaysWhy(t *testing.T) {
	t.Setenv(spawned, "1")
	if _, err := Spawn([]string{os.Args[0]}, []byte("nothing")); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("got %v", err)
	}
	if _, err := Spawn([]string{os.Args[0]}, []byte("fail")); err == nil || err.Error() != "no room" || hint.Of(err) != "make some" {
		t.Errorf("got %v", err)
	}
	if _, err := Spawn([]string{os.Args[0] + "-missing"}, nil); err == nil {
		t.Error("a program that does not exist was started")
	}
}

// A pod that only says that it is podtracer's may list anything, and shells complete what is listed.
func TestAnIDFromElsewhereIsAnID(t *testing.T) {
	for id, want := range map[string]bool{
		"k3x9q-1": false, "k3x7q-1": true, "k3x7q-1;id": false, "$(id)": false, "": false, "../k3x7q-1": false, "k3x7q-1\n": false,
	} {
		listed, err := json.Marshal([]About{{ID: id}})
		if err != nil {
			t.Fatal(err)
		}
		if found, err := Decode(listed); (err == nil) != want || err == nil && found[0].ID != id {
			t.Errorf("%q: %+v, %v", id, found, err)
		}
	}
	if _, err := Decode([]byte("{")); err == nil {
		t.Error("half an object was taken")
	}
}
