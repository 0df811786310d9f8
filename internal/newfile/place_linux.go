package newfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/owndir"
)

func (p *Place) fd() int { return int(p.way.dir.Fd()) }

// Create makes the file, readable by its owner only.
//
// Errors: os.ErrExist if the name exists, whatever it is.
func (p *Place) Create() (*os.File, error) { return p.create(p.name) }

func (p *Place) create(name string) (*os.File, error) {
	fd, err := unix.Openat(p.fd(), name, unix.O_CREAT|unix.O_EXCL|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: p.Path, Err: err}
	}
	return os.NewFile(uintptr(fd), p.Path), nil
}

// Remove removes the file that Create made.
func (p *Place) Remove() error {
	if err := unix.Unlinkat(p.fd(), p.name, 0); err != nil {
		return &os.PathError{Op: "remove", Path: p.Path, Err: err}
	}
	return nil
}

// Open opens the existing file for reading.
//
// Errors: it is not a regular file.
func (p *Place) Open() (*os.File, error) {
	if !p.Info.Mode().IsRegular() {
		return nil, errNotAFile
	}
	return p.reopen(unix.O_RDONLY)
}

// OpenOwn opens the existing file for reading, unless somebody else may have put it there.
//
// Errors: it is not a regular file, or may be somebody else's.
func (p *Place) OpenOwn() (*os.File, error) {
	own, err := p.isOwn()
	if err == nil && !own {
		err = hint.Add(fmt.Errorf("somebody else may have put %s there", p.Path), "it must belong to the user that runs podtracer, or to root")
	}
	if err != nil {
		return nil, err
	}
	return p.Open()
}

// Rewrite replaces the content of the file, or writes to the terminal, device or FIFO of that name, or makes the file. It gives up if
// nothing is accepted for writeTime.
//
// Errors: the file belongs to somebody else; a FIFO has no reader; the file cannot be written to.
func (p *Place) Rewrite(text []byte) error {
	f, err := p.openToWrite()
	if err != nil {
		return err
	}
	_ = f.SetWriteDeadline(time.Now().Add(writeTime)) // a regular file has no deadlines and never blocks
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

const writeTime = 5 * time.Second

func (p *Place) openToWrite() (*os.File, error) {
	if p.Info == nil {
		return p.Create()
	}
	switch mode := p.Info.Mode(); {
	case mode.IsRegular():
		if err := p.checkOwner(); err != nil {
			return nil, err
		}
		return p.reopen(unix.O_WRONLY | unix.O_TRUNC)
	case mode&fs.ModeNamedPipe != 0:
		if err := p.checkOwner(); err != nil {
			return nil, err
		}
		f, err := p.reopen(unix.O_WRONLY)
		if errors.Is(err, unix.ENXIO) {
			return nil, hint.Add(fmt.Errorf("%s is a FIFO that no process reads", p.Path), "name a file, or start what reads it first")
		}
		return f, err
	case mode&fs.ModeCharDevice != 0:
		if err := p.checkDevice(); err != nil {
			return nil, err
		}
		return p.reopen(unix.O_WRONLY | unix.O_NOCTTY)
	default:
		return nil, hint.Add(errNotAFile, "choose another name")
	}
}

// checkWritable says why openToWrite would fail. It accepts a FIFO without a reader, which may come later.
func (p *Place) checkWritable() error {
	if p.Info == nil {
		return p.CheckNew()
	}
	switch mode := p.Info.Mode(); {
	case mode.IsRegular():
		if err := p.checkOwner(); err != nil {
			return err
		}
		f, err := p.reopen(unix.O_WRONLY)
		if err != nil {
			return err
		}
		return f.Close()
	case mode&fs.ModeNamedPipe != 0:
		return p.checkOwner()
	case mode&fs.ModeCharDevice != 0:
		return p.checkDevice()
	default:
		return hint.Add(errNotAFile, "choose another name")
	}
}

// checkOwner refuses files of other users.
func (p *Place) checkOwner() error {
	own, err := p.isOwn()
	return p.refused(own, err)
}

// checkDevice refuses a device that somebody else may have made, even if root owns it: root in a pod can make a device file for any device
// of the node, on a disk that the node sees.
func (p *Place) checkDevice() error {
	if isHarmless(p.Info) {
		return nil
	}
	alone, err := p.isAlone()
	return p.refused(alone, err)
}

func (p *Place) refused(own bool, err error) error {
	if err == nil && !own {
		err = hint.Add(fmt.Errorf("%s exists, and somebody else may have put it there", p.Path), "choose another name")
	}
	return err
}

// isOwn says whether the file is certainly the user's own. In a directory to which others can write, they may have put it there, or have
// given a second name to any file.
func (p *Place) isOwn() (bool, error) {
	alone, err := p.isAlone()
	return p.way.given || owndir.Trusted(p.Info) && (alone || p.Info.Sys().(*syscall.Stat_t).Nlink == 1), err
}

// isAlone says whether nobody else can put anything into the directory. A file that was given by a descriptor is in no directory.
func (p *Place) isAlone() (bool, error) {
	if p.way.given {
		return true, nil
	}
	dir, err := p.way.dir.Stat()
	return err == nil && p.way.sure && dir.Mode().Perm()&0o022 == 0, err
}

// reopen opens the held file again, whatever its name leads to by now (proc_pid_fd(5)).
func (p *Place) reopen(flags int) (*os.File, error) {
	fd, err := unix.Open(selfPath(p.way.there), flags|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: p.Path, Err: err}
	}
	return os.NewFile(uintptr(fd), p.Path), nil
}

func selfPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }
