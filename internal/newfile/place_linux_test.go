package newfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

// patience is how long a test waits for an event that must come.
const patience = time.Minute

const stranger = 65533 // a user ID that nobody has

// landscape is a directory in which another user has laid traps. Its paths begin with ~.
type landscape struct {
	t    *testing.T
	base string
}

func newLandscape(t *testing.T) landscape {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to somebody else")
	}
	return landscape{t, t.TempDir()}
}

func (l landscape) path(path string) string { return strings.ReplaceAll(path, "~", l.base) }

func (l landscape) dir(path string, mode fs.FileMode, owner int) {
	l.t.Helper()
	path = l.path(path)
	l.done(os.Mkdir(path, 0o700), os.Chmod(path, mode), os.Chown(path, owner, owner))
}

func (l landscape) link(to, path string, owner int) {
	l.t.Helper()
	l.done(os.Symlink(l.path(to), l.path(path)), os.Lchown(l.path(path), owner, owner))
}

func (l landscape) file(path, content string, owner int) {
	l.t.Helper()
	l.done(os.WriteFile(l.path(path), []byte(content), 0o644), os.Chown(l.path(path), owner, owner))
}

func (l landscape) done(errs ...error) {
	l.t.Helper()
	if err := errors.Join(errs...); err != nil {
		l.t.Fatal(err)
	}
}

func TestALinkOnTheWayIsFollowedOnlyIfNobodyElseCouldHavePutItThere(t *testing.T) {
	l := newLandscape(t)
	l.dir("~/real", 0o755, 0)
	l.dir("~/open", 0o777, 0)
	l.dir("~/sticky", 0o777|fs.ModeSticky, 0)
	l.dir("~/theirs", 0o755, stranger)
	l.dir("~/theirs/ours", 0o755, 0)
	l.dir("~/sticky/ours", 0o700, 0)
	l.dir("~/group", 0o775, 0)
	for _, dir := range []string{"~", "~/open", "~/sticky", "~/theirs", "~/theirs/ours", "~/sticky/ours", "~/group"} {
		l.link("~/real", dir+"/own", 0)
		l.link("~/real", dir+"/foreign", stranger)
	}
	l.link("~/theirs/own", "~/over", 0)
	l.link("real/../real/.", "~/relative", 0)
	l.link("circle", "~/circle", 0)
	for _, c := range []struct {
		name, path string
		err        error
	}{
		{"no link", "~/real/x", nil},
		{"a directory of somebody else", "~/theirs/x", nil},
		{"one's own", "~/own/x", nil},
		{"one's own, with dots", "~/relative/x", nil},
		{"somebody else's", "~/foreign/x", ErrForeignLink},
		{"one's own where all may write", "~/open/own/x", ErrForeignLink},
		{"one's own where a group may write", "~/group/own/x", ErrForeignLink},
		{"one's own where all may write but not remove", "~/sticky/own/x", ErrForeignLink},
		{"somebody else's where all may write but not remove", "~/sticky/foreign/x", ErrForeignLink},
		{"one's own in a directory of one's own there", "~/sticky/ours/own/x", nil},
		{"one's own in a directory of somebody else", "~/theirs/own/x", ErrForeignLink},
		{"one's own below a directory of somebody else", "~/theirs/ours/own/x", ErrForeignLink},
		{"one's own that leads over another", "~/over/x", ErrForeignLink},
		{"a circle", "~/circle/x", unix.ELOOP},
		{"a file on the way", "/etc/hostname/x", unix.ENOTDIR},
		{"nothing on the way", "~/nothing/x", fs.ErrNotExist},
		{"what a process has open", "/proc/self/cwd/x", nil},
		{"no file at all", "~/real/", unix.EISDIR},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Find(l.path(c.path))
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if errors.Is(err, ErrForeignLink) && hint.Of(err) == "" {
				t.Error("no hint")
			}
			if err == nil {
				p.Close()
			}
		})
	}
}

// podRoot starts a process whose root is dir, as a pod's is, and returns the path of that root in /proc.
func (l landscape) podRoot(dir string) string {
	l.t.Helper()
	shell, err := exec.LookPath("busybox") // a program that needs no other files
	l.done(err)
	program, err := os.ReadFile(shell)
	l.done(err, os.WriteFile(l.path(dir+"/busybox"), program, 0o755))
	cmd := &exec.Cmd{
		Path: "/busybox", Args: []string{"busybox", "sleep", "1000"}, Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{Chroot: l.path(dir)},
	}
	l.done(cmd.Start())
	l.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // the error says that it was killed
	})
	return fmt.Sprintf("/proc/%d/root", cmd.Process.Pid)
}

// Root in a pod is root in the node's file systems, too: its files look like podtracer's own.
func TestNothingBehindTheRootOfAPodIsTrustedWhoeverOwnsIt(t *testing.T) {
	l := newLandscape(t)
	l.dir("~/pod", 0o755, 0)
	l.dir("~/pod/dir", 0o755, 0)
	l.dir("~/node", 0o755, 0)
	l.file("~/node/victim", "{old}", 0)
	l.file("~/pod/own", "{old}", 0)
	root := l.podRoot("~/pod")
	l.link(root, "~/short", 0)
	for _, dir := range []string{"~/pod", "~/pod/dir"} {
		l.link("~/node", dir+"/to-dir", 0)
		l.link("~/node/victim", dir+"/to-file", 0)
		l.link("~/node/new", dir+"/to-nothing", 0)
		l.link("../../node/victim", dir+"/up", 0)
		l.link("own", dir+"/to-own", 0)
		l.done(os.Link(l.path("~/node/victim"), l.path(dir+"/hard")))
	}
	for _, from := range []string{root, root + "/dir", "~/short", "~/short/dir"} {
		for _, c := range []struct{ name, want string }{
			{"/to-dir/new", "may have made"}, {"/to-dir/victim", "may have made"}, {"/to-file", "may have made"},
			{"/to-nothing", "may have made"}, {"/up", "may have made"}, {"/to-own", "may have made"},
			{"/hard", "may have put it there"},
		} {
			if err := rewrite(l.path(from+c.name), "{new}"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s%s: got %v, want %q", from, c.name, err, c.want)
			}
		}
		if _, err := Find(l.path(from + "/to-dir/new")); !errors.Is(err, ErrForeignLink) {
			t.Errorf("%s: a file could be made at the node's: %v", from, err)
		}
	}
	if left, _ := os.ReadDir(l.path("~/node")); len(left) != 1 || readAll(t, l.path("~/node/victim")) != "{old}" {
		t.Errorf("outside of the pod there is %v, the victim has %q", left, readAll(t, l.path("~/node/victim")))
	}
	l.done(rewrite(root+"/own", "{new}"), rewrite(root+"/dir/new", "{new}")) // not links, and with one name each
	if got := readAll(t, l.path("~/pod/own")) + readAll(t, l.path("~/pod/dir/new")); got != "{new}{new}" {
		t.Errorf("in the pod there is %q", got)
	}
}

// writeText makes a file with a text.
func writeText(path string, overwrite bool) error {
	return Write(path, overwrite, func(f *os.File) error {
		_, err := f.WriteString("text")
		return err
	})
}

func TestANewFileGoesWhereItsDirectoryWasFoundAndNoDirectoryIsMade(t *testing.T) {
	l := newLandscape(t)
	l.dir("~/real", 0o755, 0)
	l.dir("~/trap", 0o777, 0)
	l.link("~/trap", "~/foreign", stranger)
	for path, want := range map[string]error{
		"~/foreign/x": ErrForeignLink, "~/real/../foreign/a/b/x": ErrForeignLink, "~/new/x": fs.ErrNotExist, "~/new/../real/x": fs.ErrNotExist,
	} {
		if err := writeText(l.path(path), false); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, _ := os.ReadDir(l.path("~/trap")); len(left) > 0 {
		t.Errorf("files were made through somebody else's link: %v", left)
	}
	if _, err := os.Lstat(l.path("~/new")); err == nil {
		t.Error("a directory was made")
	}
	// While the file is being written, the directory is replaced by a link.
	err := Write(l.path("~/real/x"), false, func(f *os.File) error {
		l.done(os.Rename(l.path("~/real"), l.path("~/moved")))
		l.link("~/trap", "~/real", stranger)
		_, err := f.WriteString("text")
		return err
	})
	if left, _ := os.ReadDir(l.path("~/trap")); err != nil || len(left) > 0 || readAll(t, l.path("~/moved/x")) != "text" {
		t.Errorf("%v; in the trap is %v", err, left)
	}
}

func TestWhatIsNoFileIsNeverReplacedAndNeverWaitedFor(t *testing.T) {
	l := newLandscape(t)
	l.done(unix.Mkfifo(l.path("~/fifo"), 0o666), unix.Mknod(l.path("~/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
	l.file("~/file", "old", 0)
	l.link("~/file", "~/link", 0)
	for _, name := range []string{"~/fifo", "~/null", "~/link", "/dev/null", "/dev/stdout"} {
		before, err := os.Lstat(l.path(name))
		l.done(err)
		for _, overwrite := range []bool{false, true} {
			if err := writeText(l.path(name), overwrite); err == nil {
				t.Errorf("saved to %s", name)
			}
		}
		if after, err := os.Lstat(l.path(name)); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s is no more: %v", name, err)
		}
	}
	if got := readAll(t, l.path("~/file")); got != "old" {
		t.Errorf("the file behind a link has %q", got)
	}
}

func TestTextIsWrittenInPlaceOnlyWhereNobodyElseCanHaveLaidATrap(t *testing.T) {
	l := newLandscape(t)
	l.dir("~/sticky", 0o777|fs.ModeSticky, 0)
	for _, dir := range []string{"~", "~/sticky"} {
		l.file(dir+"/own", "{old}", 0)
		l.file(dir+"/foreign", "{old}", stranger)
		l.file(dir+"/linked", "{old}", 0)
		l.done(os.Link(l.path(dir+"/linked"), l.path(dir+"/hard")))
		l.link("own", dir+"/link", 0)
		l.link(dir+"/own", dir+"/foreign-link", stranger)
		l.link("new", dir+"/link-to-nothing", 0)
		l.link("/dev/null", dir+"/foreign-null", stranger)
		l.link("/dev/watchdog0", dir+"/foreign-nothing", stranger)
		l.link("/dev/random", dir+"/foreign-device", stranger)
		l.link("/dev/../dev/./null", dir+"/foreign-dots", stranger)
		l.link("/dev"+l.base+"/../../own", dir+"/foreign-way-out", stranger)
		l.link("/dev/.."+l.base+"/own", dir+"/foreign-way-around", stranger)
		l.done(unix.Mknod(l.path(dir+"/random"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 8))), unix.Mknod(l.path(dir+"/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
		l.done(unix.Mkfifo(l.path(dir+"/fifo"), 0o600), unix.Mkfifo(l.path(dir+"/foreign-fifo"), 0o666), os.Chown(l.path(dir+"/foreign-fifo"), stranger, stranger))
	}
	for _, c := range []struct{ path, want string }{ // the reason; "" if the file can be written
		{"~/nothing-yet", ""}, {"~/own", ""}, {"~/hard", ""}, {"~/link", ""}, {"~/link-to-nothing", ""},
		{"~/foreign", "somebody else"}, {"~/foreign-link", "somebody else"}, {"~/foreign-null", ""},
		{"~/foreign-nothing", "somebody else"}, {"~/foreign-device", "somebody else"},
		{"~/foreign-dots", ""}, {"~/foreign-way-out", "somebody else"}, {"~/foreign-way-around", "somebody else"},
		{"~/fifo", "no process reads"}, {"~/foreign-fifo", "somebody else"},
		{"~/sticky/nothing-yet", ""}, {"~/sticky/own", ""}, {"~/sticky/hard", "somebody else"}, {"~/sticky/link", "somebody else"},
		{"~/sticky/foreign", "somebody else"}, {"~/sticky/foreign-link", "somebody else"}, {"~/sticky/foreign-null", ""},
		{"~/random", ""}, {"~/null", ""}, {"~/sticky/random", "somebody else"}, {"~/sticky/null", ""}, // root in a pod can make any device
		{"/dev/null", ""}, {"~", "not a file"}, {"/dev/full", "no space left"},
	} {
		t.Run(strings.TrimPrefix(c.path, "~/"), func(t *testing.T) {
			err := rewrite(l.path(c.path), "{new}")
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for path, want := range map[string]string{
		"~/nothing-yet": "{new}", "~/own": "{new}", "~/new": "{new}", "~/hard": "{new}", "~/foreign": "{old}",
		"~/sticky/own": "{new}", "~/sticky/hard": "{old}", "~/sticky/foreign": "{old}",
	} {
		if got := readAll(t, l.path(path)); got != want {
			t.Errorf("%s has %q", path, got)
		}
	}
}

func rewrite(path, text string) error {
	p, err := Follow(path)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Rewrite([]byte(text))
}

func TestWhatWasFoundIsWrittenToWhateverIsInItsPlaceByThen(t *testing.T) {
	l := newLandscape(t)
	l.file("~/report", "{old}", 0)
	l.file("~/victim", "{victim}", 0)
	p, err := Follow(l.path("~/report"))
	l.done(err)
	defer p.Close()
	l.done(os.Remove(l.path("~/report")))
	l.link("~/victim", "~/report", stranger)
	_ = p.Rewrite([]byte("{new}")) // to a file that has no name any more
	if got := readAll(t, l.path("~/victim")); got != "{victim}" {
		t.Errorf("somebody else's link was followed: %q", got)
	}
	empty, err := Follow(l.path("~/second"))
	l.done(err)
	defer empty.Close()
	l.link("~/victim", "~/second", stranger)
	if err := empty.Rewrite([]byte("{new}")); err == nil || readAll(t, l.path("~/victim")) != "{victim}" {
		t.Errorf("somebody else's new link was followed: %v", err)
	}
}

func TestAProcesssOwnDescriptorsAreTheirOwnersWhoeverMadeTheFile(t *testing.T) {
	l := newLandscape(t)
	l.file("~/theirs", "{old}", stranger)
	f, err := os.OpenFile(l.path("~/theirs"), os.O_RDWR, 0)
	l.done(err)
	defer f.Close()
	read, write, err := os.Pipe()
	l.done(err)
	defer read.Close()
	defer write.Close()
	fd := func(f *os.File) string { return "/dev/fd/" + filepath.Base(selfPath(f)) }
	l.done(rewrite(fd(f), "{new}"), rewrite(fd(write), "{new}"))
	text := make([]byte, 10)
	if n, err := read.Read(text); string(text[:n]) != "{new}" || readAll(t, l.path("~/theirs")) != "{new}" {
		t.Errorf("the pipe has %q, %v, the file %q", text[:n], err, readAll(t, l.path("~/theirs")))
	}
	// A pipe that is full: Rewrite gives up.
	begun := time.Now()
	for err == nil && time.Since(begun) < patience {
		err = rewrite(fd(write), strings.Repeat("x", 60_000))
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a pipe that takes nothing: %v", err)
	}
}

func TestTwoPlacesAreOneByTheirDirectoriesOrTheirFile(t *testing.T) {
	l := newLandscape(t)
	l.dir("~/real", 0o755, 0)
	l.link("real", "~/link", 0)
	l.file("~/real/file", "", 0)
	l.done(os.Link(l.path("~/real/file"), l.path("~/hard")))
	l.link("real/file", "~/to-file", 0)
	l.link("real/new", "~/to-new", 0)
	for _, c := range []struct {
		file, report string
		want         bool
	}{
		{"~/real/new", "~/real/new", true},
		{"~/real/new", "~/real/other", false},
		{"~/real/new", "~/new", false},
		{"~/real/new", "~/link/new", true},
		{"~/link/new", "~/to-new", true},
		{"~/real/../real/./new", "~/to-new", true},
		{"~/real/file", "~/hard", true},
		{"~/real/file", "~/to-file", true},
		{"~/real/file", "~/real/new", false},
	} {
		file, err := Find(l.path(c.file))
		l.done(err)
		report, err := Follow(l.path(c.report))
		l.done(err)
		if got := file.IsSame(report); got != c.want {
			t.Errorf("%s and %s: %v", c.file, c.report, got)
		}
		file.Close()
		report.Close()
	}
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
