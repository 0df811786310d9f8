package ns

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

// process is a process held by its directory in a procfs. Once it has ended, everything in the directory is gone (ENOENT or ESRCH), even if
// its PID was reused.
type process struct {
	dir  *os.File
	path string // such as /proc/1
}

func openProcess(root string, pid int) (*process, error) {
	path := filepath.Join(root, strconv.Itoa(pid))
	dir, err := os.OpenFile(path, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &process{dir, path}, nil
}

func (p *process) close() error { return p.dir.Close() }

// open opens a file of the process and follows the links of procfs.
func (p *process) open(name string, flags int) (*os.File, error) {
	fd, err := unix.Openat(int(p.dir.Fd()), name, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.path + "/" + name, Err: err}
	}
	return os.NewFile(uintptr(fd), p.path+"/"+name), nil
}

func (p *process) read(name string) (string, error) {
	f, err := p.open(name, unix.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	return string(content), err
}

// netns opens the network namespace of the process, and checks its cgroup before and after, so that it is certainly this process's. Errors:
// notOfPod; those of procfs, with a hint about CAP_SYS_PTRACE.
func (p *process) netns(right func(cgroup string) bool) (*Netns, error) {
	if err := p.check(right); err != nil {
		return nil, err
	}
	f, err := p.open("ns/net", unix.O_RDONLY)
	if err != nil {
		return nil, Explain("open "+p.path+"/ns/net", reason(err), "CAP_SYS_PTRACE")
	}
	netns, err := reopened(f, p.path+"/ns/net")
	if err != nil {
		return nil, err
	}
	if err := p.check(right); err != nil {
		return nil, errors.Join(err, netns.Close())
	}
	return netns, nil
}

func (p *process) check(right func(cgroup string) bool) error {
	cgroup, err := p.read("cgroup")
	if err != nil {
		return err
	}
	if !right(cgroup) {
		return notOfPod{p.path}
	}
	return nil
}

// parent returns the PID of the parent process; 0 if the parent is not in this procfs.
func (p *process) parent() (int, error) {
	status, err := p.read("status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(status) {
		if field, ok := strings.CutPrefix(line, "PPid:"); ok {
			return strconv.Atoi(strings.TrimSpace(field))
		}
	}
	return 0, fmt.Errorf("read %s/status: no PPid", p.path)
}

// nodeNetns opens the node's own network namespace, which is that of process 1 of the procfs.
func nodeNetns(root string) (*Netns, error) {
	first, err := openProcess(root, 1)
	if err != nil {
		return nil, hint.Add(err, hintHostPID)
	}
	defer first.close()
	f, err := first.open("ns/net", unix.O_RDONLY)
	if err != nil {
		return nil, Explain("open "+first.path+"/ns/net", reason(err), "CAP_SYS_PTRACE")
	}
	return reopened(f, first.path+"/ns/net")
}

// reopened opens the namespace of a path in a procfs, for as long as the process lives.
func reopened(f *os.File, path string) (*Netns, error) {
	return newNetns(f, path, func() (*Netns, error) { return OpenNetns(path) })
}
