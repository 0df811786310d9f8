package ns

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Netns is a network namespace held by an open descriptor. While it is open, the kernel keeps the namespace.
type Netns struct {
	file     *os.File
	dev, ino uint64
	again    func() (*Netns, error) // opens what Path leads to now

	Path   string // where it was found, for people
	Host   bool   // it is the node's own (of a hostNetwork pod)
	Resolv []byte // the pod's /etc/resolv.conf; nil if it is unknown: then the tool sees podtracer's own

	// ResolvErr says why the pod's file was not read; Resolv is then what the runtime was told, or nil.
	ResolvErr error
}

// OpenNetns opens the network namespace at path, such as /run/netns/cni-… or /proc/1/ns/net.
//
// Errors: those of open(2); "not a network namespace" for another kind of file. That happens if the runtime's directory is seen
// through a mount without propagation (HostToContainer), where the file is an empty one.
func OpenNetns(path string) (*Netns, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // O_NONBLOCK, because opening a FIFO would block
	if err != nil {
		return nil, err
	}
	return newNetns(f, path, func() (*Netns, error) { return OpenNetns(path) })
}

// MakeNetns makes a network namespace that only its descriptor holds.
func MakeNetns() (*Netns, error) {
	var made *Netns
	err := sacrifice(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return Explain("make a network namespace", err, "CAP_SYS_ADMIN")
		}
		var err error
		made, err = OpenNetns("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return nil, err
	}
	// The thread's path ended with the thread. This path works while the descriptor is open, even for nsenter --net=….
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), made.file.Fd())
	made.Path, made.again = path, func() (*Netns, error) { return OpenNetns(path) }
	return made, nil
}

// newNetns checks that f is a network namespace and takes it over; after an error it closes f. again opens the path again.
func newNetns(f *os.File, path string, again func() (*Netns, error)) (*Netns, error) {
	n := &Netns{file: f, Path: path, again: again}
	if err := n.check(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), f.Close())
	}
	return n, nil
}

// check checks the type of the file and reads its identity (namespaces(7), ioctl_ns(2)).
func (n *Netns) check() error {
	fd := int(n.file.Fd())
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return fmt.Errorf("fstatfs: %w", err)
	}
	if fs.Type != unix.NSFS_MAGIC {
		return errors.New("not a network namespace (a plain file: is the directory mounted with HostToContainer propagation?)")
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil {
		return fmt.Errorf("ioctl NS_GET_NSTYPE: %w", err)
	}
	if kind != unix.CLONE_NEWNET {
		return errors.New("not a network namespace (a namespace of another kind)")
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("fstat: %w", err)
	}
	n.dev, n.ino = st.Dev, st.Ino
	return nil
}

// Same says whether both are the same namespace.
func (n *Netns) Same(other *Netns) bool { return n.dev == other.dev && n.ino == other.ino }

// IsCurrent says whether the path still leads to the namespace, which costs next to nothing to check. If not, its process has ended or the
// runtime has removed the path, and only a finder knows whether the pod has another namespace now.
func (n *Netns) IsCurrent() bool {
	now, err := n.again()
	if err != nil {
		return false
	}
	defer now.Close()
	return n.Same(now)
}

// Inode is the namespace's inode number, as in "net:[4026531840]".
func (n *Netns) Inode() uint64 { return n.ino }

// Fd is the descriptor, which still belongs to the Netns.
func (n *Netns) Fd() int { return int(n.file.Fd()) }

// Dup holds the namespace a second time.
func (n *Netns) Dup() (*Netns, error) {
	fd, err := unix.FcntlInt(n.file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("hold network namespace %s: %w", n.Path, err)
	}
	return newNetns(os.NewFile(uintptr(fd), n.Path), n.Path, n.again)
}

// Close closes the descriptor.
func (n *Netns) Close() error { return n.file.Close() }
