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

// Create makes the file, for its owner only.
//
// Errors: os.ErrExist, whatever it is that is there.
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

// Open opens the file that is there, to be read.
//
// Errors: of what is no file.
func (p *Place) Open() (*os.File, error) {
	if !p.Info.Mode().IsRegular() {
		return nil, errNotAFile
	}
	return p.reopen(unix.O_RDONLY)
}

// OpenOwn opens the file that is there, to be read, unless somebody else may have put it there.
//
// Errors: of what is no file.
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

// Rewrite writes text in the place of what the file held, or to the terminal, the device or the FIFO that is there, or makes a file
// of it. What takes nothing for writeTime is given up.
//
// Errors: what belongs to somebody else, a FIFO that nobody reads, and whatever cannot be written to.
func (p *Place) Rewrite(text []byte) error {
	f, err := p.openToWrite()
	if err != nil {
		return err
	}
	_ = f.SetWriteDeadline(time.Now().Add(writeTime)) // a file has none, and takes it at once
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

// checkWritable says why openToWrite would fail. A FIFO may be read only later.
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

// checkOwner refuses to write to what is not ours.
func (p *Place) checkOwner() error {
	own, err := p.isOwn()
	return p.refused(own, err)
}

// checkDevice refuses to write to a device that somebody else may have made, whoever owns it: root in a pod can make one for
// whatever the node has, on a disk that the node sees.
func (p *Place) checkDevice() error {
	if isHarmless(p.Info) {
		return nil
	}
	alone, err := p.isAlone()
	return p.refused(alone, err)
}

func (p *Place) refused(own bool, err error) error {
	if err == nil && !own {
		err = hint.Add(fmt.Errorf("%s is there already, and somebody else may have put it there", p.Path), "choose another name")
	}
	return err
}

// isOwn says whether nobody else put there what is there, or gave it a name there: one in a directory that others can write to
// may be of any file.
func (p *Place) isOwn() (bool, error) {
	alone, err := p.isAlone()
	return p.way.given || owndir.Trusted(p.Info) && (alone || p.Info.Sys().(*syscall.Stat_t).Nlink == 1), err
}

// isAlone says whether nobody else can put anything into the directory. What a process has open is in none.
func (p *Place) isAlone() (bool, error) {
	if p.way.given {
		return true, nil
	}
	dir, err := p.way.dir.Stat()
	return err == nil && p.way.sure && dir.Mode().Perm()&0o022 == 0, err
}

// reopen opens what is held, whatever its name leads to by now (proc_pid_fd(5)).
func (p *Place) reopen(flags int) (*os.File, error) {
	fd, err := unix.Open(selfPath(p.way.there), flags|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: p.Path, Err: err}
	}
	return os.NewFile(uintptr(fd), p.Path), nil
}

func selfPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }
