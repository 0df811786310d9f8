package ns

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/apart"
	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/stuckfs"
)

// startHostile starts a process in new network and mount namespaces, and lets act change which files it sees.
func startHostile(t *testing.T, act func() error) (pid int) {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Unshareflags: syscall.CLONE_NEWNS}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	err := sacrifice(func() error {
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return err
		}
		mounts, err := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", cmd.Process.Pid))
		if err != nil {
			return err
		}
		defer mounts.Close()
		if err := unix.Setns(int(mounts.Fd()), unix.CLONE_NEWNS); err != nil {
			return err
		}
		return act()
	})
	if err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// emptyEtc mounts an empty directory over /etc.
func emptyEtc() error { return unix.Mount("tmpfs", "/etc", "tmpfs", 0, "") }

func TestAPodThatHoldsWhoeverReadsItsResolverIsEnteredAllTheSame(t *testing.T) {
	still := t.TempDir()
	var unmount func()
	free := func() {
		if unmount != nil {
			unmount()
		}
	}
	defer free() // always, because this process could not end otherwise
	stuck := func(dir string, swallows bool) (err error) {
		unmount, err = stuckfs.Mount(dir, swallows)
		return err
	}
	for name, c := range map[string]struct {
		etc  func() error
		want string // part of the reason
	}{
		"a file system that never answers over /etc":    {func() error { return stuck("/etc", false) }, "a file system of type fuse"},
		"one that takes the question and never answers": {func() error { return stuck("/etc", true) }, "a file system of type fuse"},
		"an overlay, which may be over one": {func() error {
			if err := emptyEtc(); err != nil { // it answers for now
				return err
			}
			if err := os.WriteFile(resolvConf, []byte("nameserver 1\n"), 0o644); err != nil {
				return err
			}
			return unix.Mount("overlay", "/etc", "overlay", 0, "lowerdir=/etc:"+still)
		}, "a file system of type overlay that the node has not mounted"},
		"a link to one": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			if err := os.Symlink(still+"/resolv.conf", resolvConf); err != nil {
				return err
			}
			return stuck(still, true)
		}, "a file system of type fuse"},
		"a link through one and back": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			if err := os.Symlink(still+"/../../proc/self/mounts", resolvConf); err != nil {
				return err
			}
			return stuck(still, true)
		}, "a file system of type fuse"},
		"a link to a link of a process": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			return os.Symlink("/proc/self/fd/0", resolvConf) // this is /dev/null
		}, "not a regular file"},
		"a link to what the kernel makes up, as /proc/kmsg is, which whoever reads it takes from others": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			return os.Symlink("/proc/uptime", resolvConf)
		}, "a file system of type proc"},
		"a FIFO": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			return unix.Mkfifo(resolvConf, 0o644)
		}, "not a regular file"},
		"an endless file": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			if err := os.WriteFile(resolvConf, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(resolvConf, 1<<40)
		}, "more than 64 KiB"},
		"a circle of links": {func() error {
			if err := emptyEtc(); err != nil {
				return err
			}
			return os.Symlink("resolv.conf", resolvConf)
		}, "too many symbolic links"},
		"none": {emptyEtc, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			unmount = nil
			defer free()
			pid := startHostile(t, c.etc)
			node := newFakeNode(t)
			node.process(t, 20, fakeProcess{cgroup: inCart + id64("c"), netns: fmt.Sprintf("/proc/%d/ns/net", pid)})
			for _, name := range []string{"root", "mountinfo"} {
				link(t, fmt.Sprintf("/proc/%d/%s", pid, name), filepath.Join(node.proc, "20", name))
			}
			began := time.Now()
			netns := locate(t, NewProc(node.proc), cart)
			if netns.Resolv != nil || netns.ResolvErr == nil || !strings.Contains(netns.ResolvErr.Error(), c.want) {
				t.Errorf("got %q, %v", netns.Resolv, netns.ResolvErr)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			expectNoReaders(t)
		})
	}
}

func TestAFileWhoseReaderIsHeldIsGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	write(t, path, "nameserver 1\n")
	for name, c := range map[string]struct {
		hold func(t *testing.T)
		want string
	}{
		"with a lease": {func(t *testing.T) {
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { file.Close() })
			if _, err := unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
				t.Fatal(err)
			}
		}, "holds it with a lease"},
		"by one who decides on opening it": {func(t *testing.T) {
			fd, err := unix.FanotifyInit(unix.FAN_CLASS_CONTENT|unix.FAN_CLOEXEC, unix.O_RDONLY)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { unix.Close(fd) }) // allows the blocked open
			if err := unix.FanotifyMark(fd, unix.FAN_MARK_ADD, unix.FAN_OPEN_PERM, unix.AT_FDCWD, path); err != nil {
				t.Fatal(err)
			}
		}, "was not read within 1s"},
	} {
		t.Run(name, func(t *testing.T) {
			c.hold(t)
			if content, err := readAs("/proc/self", path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("here: got %q, %v", content, err)
			}
			proc, err := openProcess("/proc", os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			defer proc.close()
			if content, err := apart.Read(proc.dir, path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("apart: got %q, %v", content, err)
			}
			expectNoReaders(t)
		})
	}
}

// expectNoReaders waits until no reader process is left: a killed one takes a moment to end.
func expectNoReaders(t *testing.T) {
	t.Helper()
	eventually.Nil(t, 10*time.Second, func() error {
		if out, _ := exec.Command("pgrep", "-f", "-P", strconv.Itoa(os.Getpid()), "^podtracer-reader").Output(); len(out) > 0 {
			return fmt.Errorf("readers are left: %s", out)
		}
		return nil
	})
}
