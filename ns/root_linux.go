package ns

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// openBelow opens path as a process with the root directory root would see it: absolute symlinks and ".." stay below root (openat2(2),
// RESOLVE_IN_ROOT). So /var/run, a symlink to /run on most nodes, leads to the node's /run and not to podtracer's own, and a symlink that a
// pod made leads only into the pod.
func openBelow(root, path string, flags int) (*os.File, error) {
	dir, err := os.OpenFile(root, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, Explain("open "+root, reason(err), "CAP_SYS_PTRACE")
	}
	defer dir.Close()
	return openIn(dir, path, flags)
}

func openIn(dir *os.File, path string, flags int) (*os.File, error) {
	const tries = 100 // the kernel returns EAGAIN if anything was renamed or mounted meanwhile
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: unix.RESOLVE_IN_ROOT}
	name := dir.Name() + path
	var err error
	for range tries {
		var fd int
		fd, err = unix.Openat2(int(dir.Fd()), path, &how)
		if err == nil {
			return os.NewFile(uintptr(fd), name), nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

// openNetnsBelow is OpenNetns with the directory root taken for "/".
func openNetnsBelow(root, path string) (*Netns, error) {
	f, err := openBelow(root, path, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return newNetns(f, f.Name(), func() (*Netns, error) { return openNetnsBelow(root, path) })
}

// selfFD is a path to the very file that f holds, whatever its name leads to by now (proc_pid_fd(5)).
func selfFD(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// socketBelow calls dial with a path to the socket at path, with the directory root taken for "/".
func socketBelow(root, path string, dial func(path string) error) error {
	f, err := openBelow(root, path, unix.O_PATH)
	if err != nil {
		return err
	}
	defer f.Close()
	return dial(selfFD(f))
}

// nodeRoot is the directory in which the root of process 1 of a procfs is seen; "" if it is podtracer's own root.
func nodeRoot(proc string) (string, error) {
	root := proc + "/1/root"
	there, err := os.Stat(root)
	if err != nil {
		return "", Explain("open "+root, reason(err), "CAP_SYS_PTRACE")
	}
	here, err := os.Stat("/")
	if err != nil {
		return "", err
	}
	// The same directory may still have other file systems mounted in it.
	mounts, err := os.Readlink(proc + "/1/ns/mnt")
	if ours, _ := os.Readlink("/proc/self/ns/mnt"); err == nil && mounts == ours && os.SameFile(here, there) {
		return "", nil
	}
	return root, nil
}
