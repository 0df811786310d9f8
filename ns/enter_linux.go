package ns

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Do runs f on a new thread inside the network namespace and waits for it. Sockets that f opens stay in the namespace. f sees
// podtracer's own /sys and /etc/resolv.conf.
func (n *Netns) Do(f func() error) error {
	return sacrifice(func() error {
		if err := n.join(); err != nil {
			return err
		}
		return f()
	})
}

// Enter runs f as Do does, but with the pod's view of what depends on the network: /sys shows the pod's devices, and /etc/resolv.conf
// is the pod's, in a mount namespace of the thread, as ip-netns(8) does for a named namespace.
//
// A process that f starts inherits all of it. The thread ends with f; so do processes whose Pdeathsig is tied to the thread
// (prctl(2)): f must wait for its process, or start it without Pdeathsig.
func (n *Netns) Enter(f func() error) error {
	return sacrifice(func() error {
		ours, err := n.isOurs()
		if err != nil {
			return err
		}
		if ours { // a hostNetwork pod, and podtracer is in the node's network, too: /sys is already right
			return f()
		}
		if err := n.join(); err != nil {
			return err
		}
		if err := mountPodView(n.Resolv); err != nil {
			return err
		}
		return f()
	})
}

// isOurs says whether the calling thread is already in the namespace.
func (n *Netns) isOurs() (bool, error) {
	current, err := OpenNetns("/proc/thread-self/ns/net")
	if err != nil {
		return false, err
	}
	defer current.Close()
	return n.Same(current), nil
}

func (n *Netns) join() error {
	if err := netns.Set(netns.NsHandle(n.file.Fd())); err != nil {
		return Explain("enter network namespace "+n.Path, err, "CAP_SYS_ADMIN")
	}
	return nil
}

// sacrifice runs f on a thread that is given up afterwards: it is never unlocked, so the runtime ends it with the goroutine, and no other
// goroutine can ever run on a thread that is in a pod.
func sacrifice(f func() error) error {
	result := make(chan error, 1)
	go func() { // ended by f
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			// The main thread cannot be given up: it would stay in the pod, as /proc/self. While this goroutine holds it,
			// the next goroutine gets another thread; nothing was changed on the main thread, so it may be unlocked.
			result <- sacrifice(f)
			runtime.UnlockOSThread()
			return
		}
		result <- f()
	}()
	return <-result
}

// CheckNamespaces checks whether this process may make a network and a mount namespace, as the demo and the tools do, by making them on a
// thread that is given up. The error has a hint.
func CheckNamespaces() error {
	return sacrifice(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
			return Explain("make a network and a mount namespace", err, "CAP_SYS_ADMIN")
		}
		return nil
	})
}

// mountPodView gives the calling thread a mount namespace with the pod's /sys and /etc/resolv.conf.
func mountPodView(resolv []byte) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return Explain("make a mount namespace", err, "CAP_SYS_ADMIN")
	}
	// Slave, not private: a private copy would pin every mount of the node, and pods could not be removed while the tool runs. Not shared:
	// mounts made here must not appear on the node.
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return Explain("make mounts slaves", err, "CAP_SYS_ADMIN")
	}
	flags := sysfsFlags()
	if err := mountResolv(resolv); err != nil {
		return err
	}
	if err := unix.Mount("sysfs", "/sys", "sysfs", flags, ""); err != nil {
		return Explain("mount the pod's /sys", err, "CAP_SYS_ADMIN")
	}
	return nil
}

// sysfsFlags returns mount flags that make the pod's /sys as writable as podtracer's own, and no more.
func sysfsFlags() uintptr {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	var fs unix.Statfs_t
	if err := unix.Statfs("/sys", &fs); err == nil && fs.Flags&unix.ST_RDONLY != 0 {
		return flags | unix.MS_RDONLY
	}
	return flags
}

// mountResolv binds content over /etc/resolv.conf. The file is in a tmpfs that is mounted on /sys for a moment, before the pod's sysfs
// covers it: nothing is written to a disk, so nothing can be left on one.
func mountResolv(content []byte) error {
	if content == nil {
		return nil
	}
	if _, err := os.Stat(resolvConf); errors.Is(err, os.ErrNotExist) {
		return nil // nothing to bind over; without the file, libc asks 127.0.0.1, which is the pod's
	}
	if err := unix.Mount("tmpfs", "/sys", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=1m,mode=755"); err != nil {
		return Explain("mount a tmpfs", err, "CAP_SYS_ADMIN")
	}
	const file = "/sys/resolv.conf"
	if err := os.WriteFile(file, content, 0o644); err != nil {
		return fmt.Errorf("write the pod's resolv.conf: %w", err)
	}
	if err := unix.Mount(file, resolvConf, "", unix.MS_BIND, ""); err != nil {
		return Explain("bind "+resolvConf, err, "CAP_SYS_ADMIN")
	}
	// Through these sockets the node answers name lookups whatever resolv.conf says. A file in their place refuses connections, and libc
	// goes on to resolv.conf.
	for _, socket := range []string{"/run/systemd/resolve/io.systemd.Resolve", "/run/nscd/socket"} {
		if _, err := os.Stat(socket); err != nil {
			continue
		}
		if err := unix.Mount(file, socket, "", unix.MS_BIND, ""); err != nil {
			return Explain("hide "+socket, err, "CAP_SYS_ADMIN")
		}
	}
	return nil
}

// Explain adds a hint about the capability that a refused operation needs.
func Explain(what string, err error, capability string) error {
	err = fmt.Errorf("%s: %w", what, err)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		if advice := missingAdvice(capability); os.Geteuid() != 0 && advice != "" {
			return hint.Add(err, capability+" is missing: "+advice)
		}
		return hint.Add(err, "this needs root with "+capability+" (and in a container profiles of AppArmor and seccomp that allow it)")
	}
	return err
}
