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

// A tool's own cgroup lies in that of podtracer, under this name and the number of the guard that made it.
const leafPrefix = "podtracer-tool-"

// OpenCgroup opens the cgroup of this process (cgroups(7), version 2), and ends and removes what is left in it by guards
// that are no more. It is nil where there is none, or where it cannot be seen: in a container that may not write its
// cgroups no leaf can be made, either.
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

// leaf is the cgroup of one tool: all that comes from the tool is in it, and can be ended as one. A guard that lives
// holds a lock on it (flock(2)), which no other has a name for: pids mean different things in different containers.
type leaf struct {
	path   string // through parent, which is open as long as the leaf is
	parent *os.File
	dir    *os.File
}

// newLeaf makes a leaf in a cgroup; nil where that is not possible.
func newLeaf(group *os.File) *leaf {
	path := inside(group, leafPrefix+strconv.Itoa(os.Getpid()))
	if os.Mkdir(path, 0o755) != nil {
		return nil
	}
	l := openLeaf(group, path)
	if l == nil {
		_ = syscall.Rmdir(path) // as it was made
	}
	return l
}

// openLeaf opens a leaf whose lock nobody holds; nil if there is none.
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

// kill kills all that is in the leaf. Linux before 5.14 cannot.
func (l *leaf) kill() {
	if l != nil {
		_ = os.WriteFile(l.path+"/cgroup.kill", []byte("1"), 0) // the list of processes is the other way
	}
}

// remove removes the leaf when its last process has gone, which takes the kernel a moment after a kill.
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

// removeCgroup removes a cgroup with those that were made in it. Their files go with them.
func removeCgroup(path string) error {
	err := syscall.Rmdir(path)
	if err == nil || errors.Is(err, syscall.ENOENT) {
		return nil
	}
	entries, _ := os.ReadDir(path)
	for _, entry := range entries {
		if entry.IsDir() {
			_ = removeCgroup(filepath.Join(path, entry.Name())) // then this one stays, too
		}
	}
	return syscall.Rmdir(path)
}

// sweep ends what is in the leaves of guards that are no more, and removes them.
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
