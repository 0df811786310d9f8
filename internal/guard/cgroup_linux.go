package guard

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leafPrefix begins the name of a tool's cgroup, which is in podtracer's own; the PID of the guard that made it follows.
const leafPrefix = "podtracer-tool-"

// OpenCgroup opens the cgroup of this process (cgroups(7), version 2), and ends and removes what dead guards have left in it. It
// returns nil if there is no such cgroup, or if it is not visible: a container that may not write its cgroups cannot make a leaf
// either.
func OpenCgroup() *os.File {
	mine, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(mine)) {
		path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if !ok || strings.Contains(path, "/..") {
			continue
		}
		for _, mount := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
			if _, err := os.Stat(mount + path + "/cgroup.procs"); err != nil {
				continue
			}
			if group, err := os.Open(mount + path); err == nil {
				sweep(group)
				return group
			}
		}
	}
	return nil
}

// leaf is the cgroup of one tool: all its descendants are in it, and can be ended together. A living guard holds a lock on it
// (flock(2)). The lock marks it, because PIDs differ between containers.
type leaf struct {
	path   string // through parent, which stays open as long as the leaf
	parent *os.File
	dir    *os.File
}

// newLeaf makes a leaf in a cgroup; nil if that is not possible.
func newLeaf(group *os.File) *leaf {
	path := inside(group, leafPrefix+strconv.Itoa(os.Getpid()))
	if os.Mkdir(path, 0o755) != nil {
		return nil
	}
	l := openLeaf(group, path)
	if l == nil {
		_ = syscall.Rmdir(path) // undo Mkdir
	}
	return l
}

// openLeaf opens a leaf that nobody has locked; nil if there is none.
func openLeaf(group *os.File, path string) *leaf {
	dir, err := os.Open(path)
	if err != nil {
		return nil
	}
	if syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = dir.Close()
		return nil
	}
	return &leaf{path, group, dir}
}

func inside(dir *os.File, name string) string {
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + name
}

// kill kills all processes in the leaf. Linux before 5.14 cannot do that.
func (l *leaf) kill() {
	if l != nil {
		_ = os.WriteFile(l.path+"/cgroup.kill", []byte("1"), 0) // after a failure, the list of processes is used
	}
}

// remove removes the leaf after its last process has gone, which takes the kernel a moment after a kill.
func (l *leaf) remove() {
	if l == nil {
		return
	}
	const tries, pause = 50, 2 * time.Millisecond
	for range tries {
		if removeCgroup(l.path) == nil {
			break
		}
		time.Sleep(pause)
	}
	_ = l.dir.Close()
}

// removeCgroup removes a cgroup with the cgroups inside. Their files go with them.
func removeCgroup(path string) error {
	err := syscall.Rmdir(path)
	if err == nil || errors.Is(err, syscall.ENOENT) {
		return nil
	}
	entries, _ := os.ReadDir(path)
	for _, entry := range entries {
		if entry.IsDir() {
			_ = removeCgroup(filepath.Join(path, entry.Name())) // after a failure, this one stays, too
		}
	}
	return syscall.Rmdir(path)
}

// sweep ends everything in the leaves of dead guards, and removes the leaves.
func sweep(group *os.File) {
	if group == nil {
		return
	}
	entries, err := os.ReadDir(inside(group, "."))
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), leafPrefix) {
			continue
		}
		if l := openLeaf(group, inside(group, entry.Name())); l != nil {
			l.kill()
			l.remove()
		}
	}
}
