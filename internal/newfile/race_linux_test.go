package newfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// meanwhile repeats act while f runs, with a stranger's rights to files.
func (l landscape) meanwhile(act func() error, f func()) {
	l.t.Helper()
	begun, over, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() { // ends with f; so does its thread, which has the stranger's rights
		runtime.LockOSThread()
		_, errGroup := unix.SetfsgidRetGid(stranger)
		_, errUser := unix.SetfsuidRetUid(stranger)
		err := errors.Join(errGroup, errUser, act())
		close(begun)
		for err == nil {
			select {
			case <-over:
				ended <- nil
				return
			default:
				err = act()
			}
		}
		<-over
		ended <- err
	}()
	<-begun
	f()
	close(over)
	l.done(<-ended)
}

// held returns a descriptor of a directory, for a stranger who need not be able to reach it.
func (l landscape) held(dir string) (fd int) {
	l.t.Helper()
	f, err := os.Open(l.path(dir))
	l.done(err)
	l.t.Cleanup(func() { f.Close() })
	return int(f.Fd())
}

// exchange makes two names in a directory change places.
func (l landscape) exchange(dir, one, other string) (act func() error) {
	fd := l.held(dir)
	return func() error { return unix.Renameat2(fd, one, fd, other, unix.RENAME_EXCHANGE) }
}

// comeAndGo makes a link appear and disappear, unless somebody else makes something of that name.
func (l landscape) comeAndGo(to, dir, name string) (act func() error) {
	fd, to := l.held(dir), l.path(to)
	return func() error {
		err := unix.Symlinkat(to, fd, name)
		if err == nil {
			err = unix.Unlinkat(fd, name, 0)
		}
		if errors.Is(err, unix.EEXIST) || errors.Is(err, unix.EPERM) { // podtracer has made it
			return nil
		}
		return err
	}
}

// traps are what another user does to ~/a/place while it is written to. None of them may redirect a write to ~/node.
var traps = map[string]func(l landscape) (act func() error){
	"the directory and a link to another one": func(l landscape) func() error {
		l.dir("~/a", 0o755, stranger)
		l.link("~/node", "~/trap", stranger)
		l.done(os.Chown(l.base, stranger, stranger))
		return l.exchange("~", "a", "trap")
	},
	"a name and a link to a file": func(l landscape) func() error {
		l.dir("~/a", 0o755, stranger)
		l.file("~/a/place", "{old}", 0)
		l.link("~/node/victim", "~/a/trap", stranger)
		return l.exchange("~/a", "place", "trap")
	},
	"a name and a second name of a file": func(l landscape) func() error {
		l.dir("~/a", 0o755, stranger)
		l.file("~/a/place", "{old}", 0)
		l.done(os.Link(l.path("~/node/victim"), l.path("~/a/trap")))
		return l.exchange("~/a", "place", "trap")
	},
	"nothing and a link, where all may write": func(l landscape) func() error {
		l.dir("~/a", 0o777|fs.ModeSticky, 0)
		return l.comeAndGo("~/node/victim", "~/a", "place")
	},
	"nothing and a link in the place of the directory": func(l landscape) func() error {
		l.done(os.Chown(l.base, stranger, stranger))
		return l.comeAndGo("~/node", "~", "a")
	},
}

func TestSomebodyElseWhoExchangesWhatIsWrittenToLeadsNothingAstray(t *testing.T) {
	newLandscape(t) // or skips
	const text = "{new, and long enough to see whether all of it is there}"
	for what, write := range map[string]func(path string) error{
		"report": func(path string) error { return rewrite(path, text) },
		"file": func(path string) error {
			return Write(path, true, func(f *os.File) error {
				_, err := f.WriteString(text)
				return err
			})
		},
	} {
		written, refused := 0, 0
		for name, trap := range traps {
			t.Run(what+", "+name, func(t *testing.T) {
				for range 100 {
					l := newLandscape(t)
					l.dir("~/node", 0o755, 0)
					l.file("~/node/victim", "{victim}", 0)
					var err error
					l.meanwhile(trap(l), func() { err = write(l.path("~/a/place")) })
					if left, _ := os.ReadDir(l.path("~/node")); len(left) != 1 || readAll(t, l.path("~/node/victim")) != "{victim}" {
						t.Fatalf("written astray: %v, %q; %v", left, readAll(t, l.path("~/node/victim")), err)
					}
					if whole := l.holding(text); (whole == 1) != (err == nil) {
						t.Fatalf("%d files have the text: %v", whole, err)
					}
					if err == nil {
						written++
					} else {
						refused++
					}
				}
			})
		}
		if written == 0 || refused == 0 {
			t.Errorf("%s: %d were written and %d refused: no attempt was disturbed", what, written, refused)
		}
	}
}

// holding returns the number of files that contain the whole text.
func (l landscape) holding(text string) (files int) {
	l.t.Helper()
	l.done(filepath.WalkDir(l.base, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && readAll(l.t, path) == text {
			files++
		}
		return err
	}))
	return files
}
