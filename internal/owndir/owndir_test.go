//go:build unix

package owndir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

const stranger = 65534 // neither root nor the test's user

// needRoot skips a test if nothing can be given to another user.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give things to another user")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestADirectoryIsTakenOnlyIfNobodyElseCanChangeTheWayToIt builds each way below its own directory.
func TestADirectoryIsTakenOnlyIfNobodyElseCanChangeTheWayToIt(t *testing.T) {
	needRoot(t)
	dir := func(mode os.FileMode, owner int) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			must(t, os.Mkdir(path, 0o700))
			must(t, os.Chmod(path, mode))
			must(t, os.Chown(path, owner, owner))
		}
	}
	link := func(to string, owner int) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			must(t, os.Symlink(to, path))
			must(t, os.Lchown(path, owner, owner))
		}
	}
	type step struct {
		name string
		make func(*testing.T, string)
	}
	for _, c := range []struct {
		name  string
		steps []step
		wrong string // the path that the error names; "" if the directory is accepted
	}{
		{"nothing is there", nil, ""},
		{"all of it is ours", []step{{"a", dir(0o755, 0)}, {"a/data", dir(0o700, 0)}}, ""},
		{"others may read it", []step{{"a", dir(0o755, 0)}, {"a/data", dir(0o755, 0)}}, ""},
		{"a parent belongs to somebody else", []step{{"a", dir(0o755, stranger)}, {"a/data", dir(0o700, 0)}}, "a"},
		{"a parent of somebody else is for that one alone", []step{{"a", dir(0o700, stranger)}}, "a"},
		{"it belongs to somebody else", []step{{"a", dir(0o755, 0)}, {"a/data", dir(0o700, stranger)}}, "a/data"},
		{"a group may write to a parent", []step{{"a", dir(0o775, 0)}, {"a/data", dir(0o700, 0)}}, "a"},
		{"all may write to a parent", []step{{"a", dir(0o777, 0)}, {"a/data", dir(0o700, 0)}}, "a"},
		{"all may write to it", []step{{"a", dir(0o755, 0)}, {"a/data", dir(0o777, 0)}}, "a/data"},
		{"nothing in a parent with the sticky bit can be moved by others", []step{{"a", dir(0o777|os.ModeSticky, 0)}, {"a/data", dir(0o700, 0)}}, ""},
		{"somebody made it first in a parent with the sticky bit", []step{{"a", dir(0o777|os.ModeSticky, 0)}, {"a/data", dir(0o755, stranger)}}, "a/data"},
		{"somebody else owns a parent with the sticky bit", []step{{"a", dir(0o777|os.ModeSticky, stranger)}, {"a/data", dir(0o700, 0)}}, "a"},
		{"a link of ours leads to it", []step{{"real", dir(0o755, 0)}, {"a", link("real", 0)}, {"real/data", dir(0o700, 0)}}, ""},
		{"a link leads over another one, and back up", []step{{"real", dir(0o755, 0)}, {"b", link("real/../real", 0)}, {"a", link("b", 0)}}, ""},
		{"a link of somebody else leads to it", []step{{"real", dir(0o755, 0)}, {"a", link("real", stranger)}, {"real/data", dir(0o700, 0)}}, "a"},
		{"a link leads through what others may change", []step{{"open", dir(0o777, 0)}, {"open/real", dir(0o700, 0)}, {"a", link("open/real", 0)}}, "open"},
		{"a link of ours may have been moved by somebody else", []step{{"a", dir(0o777|os.ModeSticky, 0)}, {"real", dir(0o700, 0)}, {"a/data", link("../real", 0)}}, "a/data"},
		{"links lead in a circle", []step{{"a", link("b", 0)}, {"b", link("a", 0)}}, "a"},
		{"a file is in its place", []step{{"a", dir(0o755, 0)}, {"a/data", func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }}}, "a/data"},
		{"a FIFO is in its place", []step{{"a", dir(0o755, 0)}, {"a/data", func(t *testing.T, path string) { must(t, unix.Mkfifo(path, 0o600)) }}}, "a/data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := t.TempDir()
			for _, s := range c.steps {
				s.make(t, filepath.Join(base, s.name))
			}
			d, err := Make(filepath.Join(base, "a", "data"))
			if c.wrong == "" {
				if err != nil {
					t.Fatal(err)
				}
				info, err := os.Stat(filepath.Join(base, "a", "data"))
				if err != nil || !info.IsDir() || d.Path() != filepath.Join(base, "a", "data") {
					t.Errorf("got %s: %v, %v", d.Path(), info, err)
				}
				must(t, d.Close())
				return
			}
			if err == nil {
				t.Fatal("it was taken")
			}
			if said := err.Error(); !strings.Contains(said+" ", filepath.Join(base, c.wrong)+" ") && !strings.Contains(said, filepath.Join(base, c.wrong)+":") {
				t.Errorf("%q does not name %s", said, filepath.Join(base, c.wrong))
			}
			if errors.Is(err, ErrUnsafe) && strings.Contains(err.Error(), "mode") && !strings.Contains(hint.Of(err), "chmod") {
				t.Errorf("the hint %q does not help", hint.Of(err))
			}
		})
	}
}

func TestWhatIsMadeOnTheWayIsForUsAlone(t *testing.T) {
	base := t.TempDir()
	d, err := Make(filepath.Join(base, "a", "b"))
	must(t, err)
	defer d.Close()
	f, err := d.Create("file")
	must(t, err)
	must(t, f.Close())
	sub, err := d.Mkdir("sub")
	must(t, err)
	must(t, sub.Close())
	for name, want := range map[string]os.FileMode{"a": 0o700, "a/b": 0o700, "a/b/sub": 0o700, "a/b/file": 0o600} {
		if info, err := os.Stat(filepath.Join(base, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := Open(filepath.Join(base, "other")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestWhatIsInADirectoryStaysInItWhateverBecomesOfItsName(t *testing.T) {
	base := t.TempDir()
	d, err := Make(filepath.Join(base, "mine"))
	must(t, err)
	defer d.Close()
	moved, trap := filepath.Join(base, "moved"), filepath.Join(base, "trap")
	must(t, os.Rename(filepath.Join(base, "mine"), moved))
	must(t, os.Mkdir(trap, 0o777))
	must(t, os.Symlink(trap, filepath.Join(base, "mine")))
	f, err := d.Create("made")
	must(t, err)
	must(t, f.Close())
	must(t, d.Replace("replaced", []byte("x")))
	if _, err := d.Nameless(); err != nil {
		t.Error(err)
	}
	if names, err := d.Names(); err != nil || len(names) != 2 {
		t.Errorf("got %q, %v", names, err)
	}
	if left, _ := os.ReadDir(trap); len(left) != 0 {
		t.Errorf("files were made through the link: %v", left)
	}
	if there, _ := os.ReadDir(moved); len(there) != 2 {
		t.Errorf("the directory contains %v", there)
	}
}

func TestOnlyARegularFileOfOursIsOpenedAndNothingMakesAnybodyWait(t *testing.T) {
	needRoot(t)
	base := t.TempDir()
	d, err := Open(base)
	must(t, err)
	defer d.Close()
	target := filepath.Join(t.TempDir(), "target")
	must(t, os.WriteFile(target, []byte("precious"), 0o600))
	path := func(name string) string { return filepath.Join(base, name) }
	must(t, os.Symlink(target, path("link")))
	must(t, os.Symlink("/nowhere", path("dangling")))
	must(t, unix.Mkfifo(path("fifo"), 0o600))
	must(t, os.Mkdir(path("directory"), 0o700))
	must(t, os.WriteFile(path("foreign"), nil, 0o666))
	must(t, os.Chown(path("foreign"), stranger, stranger))
	must(t, unix.Mknod(path("device"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))))
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(t, err)
	defer unix.Close(socket)
	must(t, unix.Bind(socket, &unix.SockaddrUnix{Name: path("socket")}))
	for _, name := range []string{"link", "dangling", "fifo", "directory", "foreign", "device", "socket"} {
		for what, flags := range map[string]int{
			"read": unix.O_RDONLY, "write": unix.O_WRONLY, "append": unix.O_WRONLY | unix.O_APPEND, "make": unix.O_RDWR | unix.O_CREAT,
		} {
			if f, err := d.OpenFile(name, flags); err == nil {
				t.Errorf("%s was opened to %s", f.Name(), what)
			}
		}
		if f, err := d.Create(name); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s was made: %v, %v", name, f, err)
		}
		if _, err := d.Read(name, 100); err == nil {
			t.Errorf("%s was read", name)
		}
		if size, err := d.Size(name); !errors.Is(err, ErrUnsafe) {
			t.Errorf("%s has %d bytes, %v", name, size, err)
		}
	}
	if text, err := os.ReadFile(target); string(text) != "precious" || err != nil {
		t.Errorf("the target of the link is %q, %v", text, err)
	}
	must(t, os.WriteFile(path("ours"), []byte("text"), 0o600))
	if text, err := d.Read("ours", 4); string(text) != "text" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if size, err := d.Size("ours"); size != 4 || err != nil {
		t.Errorf("it has %d bytes, %v", size, err)
	}
	if _, err := d.Size("nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := d.Read("ours", 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestNoNameLeadsOutOfTheDirectory(t *testing.T) {
	d, err := Make(filepath.Join(t.TempDir(), "a"))
	must(t, err)
	defer d.Close()
	for _, name := range []string{"", ".", "..", "../x", "a/b", "/etc/passwd", "a/"} {
		_, create := d.Create(name)
		_, openFile := d.OpenFile(name, unix.O_RDONLY)
		_, sub := d.Sub(name)
		_, mkdir := d.Mkdir(name)
		_, read := d.Read(name, 1)
		_, size := d.Size(name)
		for what, err := range map[string]error{
			"create": create, "open": openFile, "sub": sub, "mkdir": mkdir, "read": read, "remove": d.Remove(name),
			"rmdir": d.RemoveDir(name), "size": size, "replace": d.Replace(name, nil), "link": d.Link(name, d, "x"), "link to": d.Link("x", d, name),
		} {
			if !errors.Is(err, ErrUnsafe) {
				t.Errorf("%s %q: %v", what, name, err)
			}
		}
	}
}

func TestAReplacedFileIsWholeAndNothingIsLeftBesideIt(t *testing.T) {
	base := t.TempDir()
	d, err := Open(base)
	must(t, err)
	defer d.Close()
	target := filepath.Join(t.TempDir(), "target")
	must(t, os.WriteFile(target, []byte("precious"), 0o600))
	must(t, os.Symlink(target, filepath.Join(base, "link")))
	for _, name := range []string{"new", "new", "link"} {
		must(t, d.Replace(name, []byte(name)))
		if text, err := d.Read(name, 100); string(text) != name || err != nil {
			t.Errorf("%s is %q, %v", name, text, err)
		}
	}
	if text, _ := os.ReadFile(target); string(text) != "precious" {
		t.Errorf("the target of the link is %q", text)
	}
	must(t, os.Mkdir(filepath.Join(base, "directory"), 0o700))
	if err := d.Replace("directory", nil); err == nil {
		t.Error("a directory was replaced")
	}
	names, err := d.Names()
	slices.Sort(names)
	if want := []string{"directory", "link", "new"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("there is %q, %v", names, err)
	}
}

func TestADirectoryIsRemovedOnlyWhenItIsEmpty(t *testing.T) {
	d, err := Open(t.TempDir())
	must(t, err)
	defer d.Close()
	sub, err := d.MakeSub("sub")
	must(t, err)
	defer sub.Close()
	must(t, sub.Replace("file", nil))
	if err := d.RemoveDir("sub"); err == nil {
		t.Error("a directory was removed with its content")
	}
	must(t, sub.Remove("file"))
	must(t, sub.Remove("file")) // it no longer exists
	must(t, d.RemoveDir("sub"))
	if _, err := d.Sub("sub"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}
