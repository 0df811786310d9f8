package apart

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

const oPath = 0x200000 // O_PATH, which package syscall lacks

// walk follows a path step by step, below the root of a process.
type walk struct {
	mounts map[string]mount // by ID
	node   map[string]bool  // devices that the node has mounted; nil: every device is allowed
	at     []int            // directories from the root to the current one
	opened []int
	links  int
}

// newWalk begins at the root of the process whose directory in a procfs is proc. It enters only devices that the node has mounted, too.
func newWalk(proc int) (*walk, error) {
	nodes, err := mountsOf(proc, "../1/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("read the mounts of the node: %w", err)
	}
	w, err := newWalkOfNode(proc)
	if err != nil {
		return nil, err
	}
	w.node = map[string]bool{}
	for _, m := range nodes {
		w.node[m.device] = true
	}
	if err := w.check(w.at[0], "/"); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// newWalkOfNode begins at the root of a process in which only root of the node can mount anything.
func newWalkOfNode(proc int) (*walk, error) {
	mounts, err := mountsOf(proc, "mountinfo")
	if err != nil {
		return nil, fmt.Errorf("read the mounts of the process: %w", err)
	}
	w := &walk{mounts: mounts}
	root, err := w.open(proc, "root", 0)
	if err == nil {
		err = w.check(root, "/")
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("open the root of the process: %w", err)
	}
	w.at = []int{root}
	return w, nil
}

func (w *walk) close() {
	for _, fd := range w.opened {
		_ = syscall.Close(fd) // nothing was written
	}
}

func (w *walk) open(dir int, name string, flags int) (int, error) {
	fd, err := syscall.Openat(dir, name, oPath|syscall.O_CLOEXEC|flags, 0)
	if err == nil {
		w.opened = append(w.opened, fd)
	}
	return fd, err
}

// find opens a path (O_PATH), and follows symbolic links below the root.
func (w *walk) find(path string) (int, error) {
	const mostLinks = 40 // the kernel's limit
	names := strings.Split(path, "/")
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			w.at = w.at[:max(1, len(w.at)-1)]
			continue
		}
		fd, err := w.open(w.at[len(w.at)-1], name, syscall.O_NOFOLLOW)
		if err != nil {
			return 0, err
		}
		if err := w.check(fd, name); err != nil {
			return 0, err
		}
		target, isLink, err := readLink(fd)
		if err != nil {
			return 0, err
		}
		if !isLink {
			w.at = append(w.at, fd)
			continue
		}
		if w.links++; w.links > mostLinks {
			return 0, errLinks
		}
		if strings.HasPrefix(target, "/") {
			w.at = w.at[:1]
		}
		names = slices.Concat(strings.Split(target, "/"), names)
	}
	return w.at[len(w.at)-1], nil
}

// check refuses an object on a file system that somebody else serves, before that is asked anything.
func (w *walk) check(fd int, name string) error {
	m, err := w.mount(fd, name)
	switch {
	case err != nil:
		return err
	case isServed(m.kind):
		return fmt.Errorf("%s is on a file system of type %s, whose server may never answer", name, m.kind)
	case w.node != nil && !w.node[m.device] && !isInMemory(m.kind):
		return fmt.Errorf("%s is on a file system of type %s that the node has not mounted, and what is below it may never answer", name, m.kind)
	}
	return nil
}

// checkKept refuses a file that is not stored: reading content that the kernel generates may take it away from others, as with
// /proc/kmsg, or block.
func (w *walk) checkKept(fd int, name string) error {
	m, err := w.mount(fd, name)
	if err == nil && isMadeUp(m.kind) {
		return fmt.Errorf("%s is on a file system of type %s, which keeps no files", name, m.kind)
	}
	return err
}

// mount returns the mount that an object is on.
func (w *walk) mount(fd int, name string) (mount, error) {
	info, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return mount{}, reason(err)
	}
	_, rest, _ := strings.Cut(string(info), "mnt_id:\t")
	id, _, _ := strings.Cut(rest, "\n")
	m, known := w.mounts[id]
	if !known {
		return mount{}, fmt.Errorf("%s is on a mount that the process does not show", name)
	}
	return m, nil
}

// isServed says whether another process or another machine serves a file system.
func isServed(kind string) bool {
	base, _, _ := strings.Cut(kind, ".")
	return slices.Contains([]string{
		"fuse", "fuseblk", "virtiofs", "9p", "nfs", "nfs4", "cifs", "smb3", "ceph", "afs", "coda", "orangefs", "lustre", "gfs2",
		"ocfs2", "vboxsf", "autofs",
	}, base)
}

// isInMemory says whether the kernel itself stores or generates all of a file system. Any other may be stored on another one, as an
// overlay is, or on a device that a process serves; those that the node has mounted are not made by a pod.
func isInMemory(kind string) bool { return kind == "tmpfs" || kind == "ramfs" || isMadeUp(kind) }

// isMadeUp says whether the kernel generates the content of a file system's files.
func isMadeUp(kind string) bool {
	return slices.Contains([]string{
		"proc", "sysfs", "tracefs", "debugfs", "securityfs", "configfs", "cgroup", "cgroup2", "bpf", "pstore", "efivarfs", "selinuxfs",
		"smackfs", "fusectl", "binfmt_misc", "mqueue", "rpc_pipefs", "nfsd", "resctrl", "functionfs", "xenfs",
	}, kind)
}

// mount is a mounted file system: its device number, which every file system has, and its type.
type mount struct{ device, kind string }

// mountsOf reads a mountinfo (proc_pid_mountinfo(5)). path is relative to the directory of a process.
func mountsOf(proc int, path string) (map[string]mount, error) {
	const largest = 16 << 20
	fd, err := syscall.Openat(proc, path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "mountinfo")
	defer file.Close()
	table, err := io.ReadAll(io.LimitReader(file, largest))
	if err != nil {
		return nil, reason(err)
	}
	mounts := map[string]mount{}
	for line := range bytes.Lines(table) { // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
		about, rest, ok := bytes.Cut(line, []byte(" - "))
		if words := bytes.Fields(about); ok && len(words) > 2 {
			kind, _, _ := bytes.Cut(rest, []byte(" "))
			mounts[string(words[0])] = mount{string(words[2]), string(kind)}
		}
	}
	return mounts, nil
}

// readLink returns where a symbolic link leads. fd is the link itself.
func readLink(fd int) (target string, isLink bool, err error) {
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFLNK {
		return "", false, err
	}
	buffer := make([]byte, 4096) // PATH_MAX
	var empty [1]byte
	n, _, e := syscall.Syscall6(syscall.SYS_READLINKAT, uintptr(fd), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), 0, 0)
	if e != 0 {
		return "", true, e
	}
	return string(buffer[:n]), true, nil
}
