package ns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAPathBelowARootIsThatRoots(t *testing.T) {
	node := newFakeNode(t)
	node.file(t, "/run/file", "inside")
	link(t, "/run/file", node.root+"/absolute")
	link(t, "../../../../run/file", node.root+"/up")
	for _, path := range []string{"/run/file", "run/file", "/var/run/file", "/absolute", "/up", "/../../run/file"} {
		content, err := readAs(node.proc+"/1", path)
		if err != nil || string(content) != "inside" {
			t.Errorf("%s: got %q, %v", path, content, err)
		}
	}
	link(t, "/etc/hostname-of-nobody", node.root+"/dangling")
	if _, err := readAs(node.proc+"/1", "/dangling"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyNetworkNamespacesAreOpened(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.netnsFile(t, "/run/netns/net", pid)
	node.file(t, "/run/netns/plain", "")
	node.file(t, "/run/netns/pid", "")
	if err := unix.Mount(fmt.Sprintf("/proc/%d/ns/pid", os.Getpid()), node.root+"/run/netns/pid", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(node.root+"/run/netns/pid", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for path, want := range map[string]string{"/run/netns/plain": "a plain file", "/run/netns/pid": "a namespace of another kind"} {
		if _, err := openNetnsBelow(node.root, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
		if _, err := OpenNetns(node.root + path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	netns, err := openNetnsBelow(node.root, "/var/run/netns/net") // through the absolute symlink /var/run
	if err != nil {
		t.Fatal(err)
	}
	defer netns.Close()
	if netns.Inode() != inode {
		t.Errorf("got %d, want %d", netns.Inode(), inode)
	}
}

func TestOurOwnRootIsNotAnothers(t *testing.T) {
	proc := t.TempDir()
	link(t, "/proc/self", proc+"/1")
	if root, err := nodeRoot(proc); err != nil || root != "" {
		t.Errorf("got %q, %v", root, err)
	}
	node := newFakeNode(t)
	if root, err := nodeRoot(node.proc); err != nil || root != node.proc+"/1/root" {
		t.Errorf("got %q, %v", root, err)
	}
}
