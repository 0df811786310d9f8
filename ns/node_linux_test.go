package ns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// fakeNode is a directory with a node's files, and a procfs made of plain files that shows it.
type fakeNode struct {
	root string // "/" of the node
	proc string
}

// newFakeNode makes a node whose network namespace is the test's own, with /var/run as on real nodes.
func newFakeNode(t testing.TB) fakeNode {
	t.Helper()
	dir, err := os.MkdirTemp("", "node") // not t.TempDir: a socket's path has at most 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	n := fakeNode{root: filepath.Join(dir, "root"), proc: filepath.Join(dir, "proc")}
	makeDirs(t, filepath.Join(n.root, "run", "netns"), filepath.Join(n.root, "var"))
	link(t, "/run", filepath.Join(n.root, "var", "run"))
	n.process(t, 1, fakeProcess{cgroup: "0::/init.scope\n", netns: "/proc/self/ns/net", root: n.root})
	return n
}

type fakeProcess struct {
	cgroup string
	parent int
	netns  string // path
	root   string // path of the directory that is its "/"
}

func (n fakeNode) process(t testing.TB, pid int, p fakeProcess) {
	t.Helper()
	dir := filepath.Join(n.proc, strconv.Itoa(pid))
	makeDirs(t, filepath.Join(dir, "ns"))
	write(t, filepath.Join(dir, "cgroup"), p.cgroup)
	write(t, filepath.Join(dir, "status"), fmt.Sprintf("Name:\tx\nPPid:\t%d\n", p.parent))
	if p.netns != "" {
		link(t, p.netns, filepath.Join(dir, "ns", "net"))
	}
	if p.root != "" {
		link(t, p.root, filepath.Join(dir, "root"))
		link(t, "/proc/self/mountinfo", filepath.Join(dir, "mountinfo"))
	}
}

// file writes a file of the node.
func (n fakeNode) file(t testing.TB, path, content string) {
	t.Helper()
	path = filepath.Join(n.root, path)
	makeDirs(t, filepath.Dir(path))
	write(t, path, content)
}

// netnsFile makes a file on the node that is the network namespace of pid, as a runtime does.
func (n fakeNode) netnsFile(t testing.TB, path string, pid int) {
	t.Helper()
	path = filepath.Join(n.root, path)
	write(t, path, "")
	err := unix.Mount(fmt.Sprintf("/proc/%d/ns/net", pid), path, "", unix.MS_BIND, "")
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip("needs the right to mount: " + err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// startPodProcess starts a process in a new network namespace, and returns its PID and the namespace's inode.
func startPodProcess(t testing.TB, user uint32) (pid int, inode uint64) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a network namespace")
	}
	cmd := exec.Command("sleep", "120")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET,
		Credential: &syscall.Credential{Uid: user, Gid: user},
	}
	if err := cmd.Start(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) { // EINVAL: the user is not mapped
		t.Skip("needs the right to make a network namespace: " + err.Error())
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid, inodeOf(t, fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid))
}

func inodeOf(t testing.TB, path string) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatalf("stat %s: %v", path, err)
	}
	return st.Ino
}

func makeDirs(t testing.TB, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// removeCgroups removes what runc made in every hierarchy, deepest first.
func removeCgroups(t *testing.T, name string) {
	t.Helper()
	tops, _ := filepath.Glob("/sys/fs/cgroup/*" + name)
	for _, top := range append(tops, "/sys/fs/cgroup"+name) {
		var dirs []string
		_ = filepath.WalkDir(top, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				dirs = append(dirs, path)
			}
			return nil
		})
		slices.Reverse(dirs)
		for _, dir := range dirs {
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
		}
	}
}
