package newfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// way walks to a place, one directory after the other. Each directory is held, and looked up in the one before, so nobody can slip
// a link or another directory in behind it.
//
// It follows a link that belongs to root or the user, if nobody else could have put it there. The kernel's own check covers only sticky
// directories, and may be off (fs.protected_symlinks).
type way struct {
	follow bool // follow a link at the end, too

	rest  []string // names still to look up
	at    string   // the current path, for errors
	dir   *os.File // the current directory
	sure  bool     // nobody else could have put this directory, or one before it, there
	links int
	given bool     // reached through a link in /proc, whose text is no path
	there *os.File // what has the last name, held but not opened; nil if nothing has
	alien string   // a link of somebody else that leads to a device
	held  []*os.File
}

const mostLinks = 40 // the kernel's limit

// find walks to the place that path names.
func find(path string, w way) (*Place, error) {
	if strings.HasSuffix(path, "/") {
		return nil, &os.PathError{Op: "open", Path: path, Err: unix.EISDIR}
	}
	var p *Place
	err := w.begin(path)
	if err == nil {
		p, err = w.walk()
	}
	if err != nil {
		w.close()
		return nil, err
	}
	p.Path, p.way = path, w
	return p, nil
}

// begin goes to the beginning of a path, and notes the names to look up from there.
func (w *way) begin(path string) error {
	w.at = "."
	if strings.HasPrefix(path, "/") {
		w.at = "/"
	}
	w.rest = append(names(path), w.rest...)
	dir, err := w.open(unix.AT_FDCWD, w.at, unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	w.sure = true
	return w.enter(dir)
}

func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// enter goes into a directory.
func (w *way) enter(dir *os.File) error {
	info, err := dir.Stat()
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return w.failed(unix.ENOTDIR)
	}
	w.dir, w.sure = dir, w.sure && owndir.Trusted(info) && (info.Mode().Perm()&0o022 == 0 || info.Mode()&fs.ModeSticky != 0)
	return nil
}

// walk goes to the end of the path.
func (w *way) walk() (*Place, error) {
	for len(w.rest) > 0 {
		name, last := w.rest[0], len(w.rest) == 1
		w.rest, w.at = w.rest[1:], filepath.Join(w.at, w.rest[0])
		file, err := w.open(int(w.dir.Fd()), name, unix.O_NOFOLLOW)
		switch {
		case errors.Is(err, fs.ErrNotExist) && w.alien != "":
			return nil, foreign(w.alien)
		case errors.Is(err, fs.ErrNotExist) && last:
			return &Place{name: name}, nil
		}
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if info.Mode()&fs.ModeSymlink != 0 && (w.follow || !last) {
			if file, err = w.link(file, info, name, last); err != nil {
				return nil, err
			}
			if file == nil { // the names in the link's text are looked up next
				continue
			}
		}
		if last {
			return w.end(file, name)
		}
		if err := w.enter(file); err != nil {
			return nil, err
		}
	}
	return nil, w.failed(unix.EISDIR)
}

func (w *way) end(file *os.File, name string) (*Place, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if w.alien != "" && !isHarmless(info) {
		return nil, foreign(w.alien)
	}
	w.there = file
	return &Place{name: name, Info: info}, nil
}

// link follows a link by putting its text before the rest of the path. If the text is no path, as in /proc, the kernel follows the
// link, and its target is returned.
func (w *way) link(link *os.File, info fs.FileInfo, name string, last bool) (*os.File, error) {
	if w.links++; w.links > mostLinks {
		return nil, w.failed(unix.ELOOP)
	}
	dir, err := w.dir.Stat()
	if err != nil {
		return nil, err
	}
	var disk unix.Statfs_t
	if err := unix.Fstatfs(int(w.dir.Fd()), &disk); err != nil {
		return nil, w.failed(err)
	}
	own := w.sure && owndir.Trusted(info) && dir.Mode().Perm()&0o022 == 0
	if own && disk.Type == unix.PROC_SUPER_MAGIC {
		w.given = last
		file, err := w.open(int(w.dir.Fd()), name, 0)
		if err == nil && unix.Fstatfs(int(file.Fd()), &disk) == nil && disk.Type != unix.PROC_SUPER_MAGIC {
			w.sure = false // after it, root may be a pod's
		}
		return file, err
	}
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(link.Fd()), "", text)
	if err != nil {
		return nil, w.failed(err)
	}
	target := string(text[:n])
	if !own {
		if !last || !strings.HasPrefix(target, "/dev/") {
			return nil, foreign(w.at)
		}
		w.alien = w.at
	}
	if strings.HasPrefix(target, "/") {
		return nil, w.begin(target)
	}
	w.rest, w.at = append(names(target), w.rest...), filepath.Dir(w.at)
	return nil, nil
}

func foreign(link string) error { return fmt.Errorf("%s is %w", link, ErrForeignLink) }

// isHarmless says whether writing to a device has no effect but output: a terminal, /dev/null and the like. Merely opening another
// device may have an effect.
func isHarmless(info fs.FileInfo) bool {
	if info.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	const memory, tty, console, firstPty, lastPty = 1, 4, 5, 136, 143 // Documentation/admin-guide/devices.txt
	device := info.Sys().(*syscall.Stat_t).Rdev
	switch major, minor := unix.Major(device), unix.Minor(device); {
	case major == memory:
		return minor == 3 || minor == 5 || minor == 7 // null, zero, full
	default:
		return major == tty || major == console || firstPty <= major && major <= lastPty
	}
}

// open holds an object without opening it, so that neither a FIFO nor a device notices (open(2), O_PATH).
func (w *way) open(dir int, name string, flags int) (*os.File, error) {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_CLOEXEC|flags, 0)
	if err != nil {
		return nil, w.failed(err)
	}
	file := os.NewFile(uintptr(fd), w.at)
	w.held = append(w.held, file)
	return file, nil
}

func (w *way) failed(err error) error { return &os.PathError{Op: "open", Path: w.at, Err: err} }

func (w *way) close() {
	for _, f := range w.held {
		f.Close()
	}
}

// sync syncs the names in the directory.
func (w *way) sync() error { return syncDir(w.dir) }

func syncDir(dir *os.File) error {
	fd, err := unix.Openat(int(dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: dir.Name(), Err: err}
	}
	readable := os.NewFile(uintptr(fd), dir.Name())
	defer readable.Close()
	return readable.Sync()
}
