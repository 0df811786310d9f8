//go:build unix

package owndir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

// walk goes from the root to a directory, and checks each directory on the way.
type walk struct {
	at    int    // the current directory
	path  string // its path
	rest  []string
	links int // how many links may still be followed
}

// maxLinks is the largest number of links on the way, as in the kernel (path_resolution(7)).
const maxLinks = 40

func open(path string, make bool) (*Dir, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	w := &walk{at: -1, rest: names(full), links: maxLinks}
	if err := w.restart(); err != nil {
		return nil, err
	}
	for len(w.rest) > 0 {
		if err := w.step(make); err != nil {
			return nil, errors.Join(err, unix.Close(w.at))
		}
	}
	// A descriptor opened with O_PATH is good for nothing else.
	fd, err := unix.Openat(w.at, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err = errors.Join(w.failed("open", err), unix.Close(w.at)); err != nil {
		return nil, err
	}
	return &Dir{os.NewFile(uintptr(fd), w.path), full}, nil
}

func names(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(name string) bool { return name == "" || name == "." })
}

// restart begins again at the root.
func (w *walk) restart() error {
	fd, err := unix.Open("/", lookOnly|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	w.path = "/"
	if err != nil {
		return w.failed("open", err)
	}
	return w.enter(fd)
}

// enter enters a directory, if nobody else can change it.
func (w *walk) enter(fd int) error {
	if w.at >= 0 {
		unix.Close(w.at)
	}
	w.at = fd
	return checkDir(fd, w.path)
}

// step goes one name further. It follows a link that belongs to root or the user, if nobody else can have put it there: in a directory with
// the sticky bit, somebody else may have moved it there.
func (w *walk) step(make bool) error {
	name := w.rest[0]
	before := w.path
	w.path = filepath.Join(w.path, name)
	var s unix.Stat_t
	err := unix.Fstatat(w.at, name, &s, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) && make {
		if err := unix.Mkdirat(w.at, name, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
			return w.failed("mkdir", err)
		}
		err = unix.Fstatat(w.at, name, &s, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return w.failed("open", err)
	}
	w.rest = w.rest[1:]
	if s.Mode&unix.S_IFMT == unix.S_IFLNK {
		return w.follow(name, before, s.Uid)
	}
	fd, err := unix.Openat(w.at, name, lookOnly|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return w.failed("open", err)
	}
	return w.enter(fd)
}

// follow puts the target of a link before the rest of the path.
func (w *walk) follow(name, before string, owner uint32) error {
	if w.links--; w.links < 0 {
		return w.failed("open", unix.ELOOP)
	}
	var in unix.Stat_t
	if err := unix.Fstat(w.at, &in); err != nil {
		return w.failed("stat", err)
	}
	if !trusted(owner) || in.Mode&writableByOthers != 0 {
		return hint.Add(fmt.Errorf("%s is a link that somebody else may have made: %w", w.path, ErrUnsafe), "name the directory itself that it leads to")
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(w.at, name, target)
	if err != nil {
		return w.failed("read", err)
	}
	w.rest = append(names(string(target[:n])), w.rest...)
	w.path = before
	if n > 0 && target[0] == '/' {
		return w.restart()
	}
	return nil
}

func (w *walk) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: op, Path: w.path, Err: err}
}
