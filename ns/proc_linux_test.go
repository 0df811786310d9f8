package ns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
)

const inCart = "0::/kubepods/burstable/pod" + uid + "/"

func netnsOf(pid int) string { return fmt.Sprintf("/proc/%d/ns/net", pid) }

func TestAPodIsFoundByItsProcesses(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	static := Pod{Name: "etcd", UID: "11111111-8849-4441-a6ce-bad31baa981e", StaticHash: hash, ContainerIDs: []string{id64("c")}}
	byID := Pod{Name: "x", ContainerIDs: []string{id64("d"), id64("c")}}
	for _, c := range []struct {
		name, cgroup string
		pod          Pod
	}{
		{"by UID", inCart + id64("c"), cart},
		{"by UID, systemd", "0::/kubepods.slice/kubepods-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/crio-" + id64("c") + ".scope/container", cart},
		{"by the hash of a static pod", "0::/kubepods/pod" + hash + "/" + id64("c"), static},
		{"by container id from a private cgroup namespace", "0::/../cri-containerd-" + id64("c") + ".scope", byID},
	} {
		t.Run(c.name, func(t *testing.T) {
			node := newFakeNode(t)
			node.process(t, 20, fakeProcess{cgroup: "0::/kubepods/pod99999999-8849-4441-a6ce-bad31baa981e/" + id64("e"), netns: "/proc/self/ns/net"})
			node.process(t, 30, fakeProcess{cgroup: c.cgroup, netns: netnsOf(pid)})
			netns := locate(t, NewProc(node.proc), c.pod)
			if netns.Inode() != inode || netns.Host || netns.Path != node.proc+"/30/ns/net" {
				t.Errorf("got %+v, want inode %d", netns, inode)
			}
		})
	}
}

func TestTheMonitorOfAContainerIsNotEntered(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	node := newFakeNode(t)
	// A monitor is known by its name, by being in no container, or only by being in the node's network.
	node.process(t, 20, fakeProcess{cgroup: inCart + "crio-conmon-" + id64("c"), netns: "/proc/self/ns/net"})
	node.process(t, 21, fakeProcess{cgroup: "0::/kubepods/burstable/pod" + uid, netns: "/proc/self/ns/net"})
	refuse(t, NewProc(node.proc), cart, "the pod's processes are in no container that the API lists")
	node.process(t, 23, fakeProcess{cgroup: inCart + id64("c"), netns: "/proc/self/ns/net"})
	refuse(t, NewProc(node.proc), cart, "process "+node.proc+"/23 is in the node's network")
	node.process(t, 22, fakeProcess{cgroup: inCart + "crio-" + id64("c"), netns: netnsOf(pid)})
	if got := locate(t, NewProc(node.proc), cart).Inode(); got != inode {
		t.Errorf("got %d, want %d", got, inode)
	}
}

func TestANamespaceThatTheToolsOfAPodMadeIsNotThePods(t *testing.T) {
	first, inode := startPodProcess(t, 0)
	inner, innerInode := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.process(t, 30, fakeProcess{cgroup: inCart + id64("c"), parent: 40, netns: netnsOf(inner)}) // such as a browser's sandbox
	node.process(t, 40, fakeProcess{cgroup: inCart + id64("c"), parent: 5, netns: netnsOf(first)})
	if got := locate(t, NewProc(node.proc), cart).Inode(); got != inode {
		t.Errorf("got %d, want %d", got, inode)
	}
	if err := os.Remove(node.proc + "/40/ns/net"); err != nil { // else it would be preferred
		t.Fatal(err)
	}
	if got := locate(t, NewProc(node.proc), cart).Inode(); got != innerInode {
		t.Errorf("got %d, want %d", got, innerInode)
	}
}

func TestAHostNetworkPodIsInTheNodesNetwork(t *testing.T) {
	other, _ := startPodProcess(t, 0)
	node := newFakeNode(t)
	pod := cart
	pod.HostNetwork = true
	node.process(t, 20, fakeProcess{cgroup: inCart + id64("c"), netns: netnsOf(other)})
	refuse(t, NewProc(node.proc), pod, "is not in the node's network")
	node.process(t, 21, fakeProcess{cgroup: inCart + id64("c"), netns: "/proc/self/ns/net", root: "/"})
	if netns := locate(t, NewProc(node.proc), pod); !netns.Host || netns.Resolv != nil {
		t.Errorf("got %+v", netns)
	}
}

func TestNoPodsProcessIsNoWayAndNoneOfThisPodIsNotHere(t *testing.T) {
	node := newFakeNode(t)
	// Processes of podtracer's own pod do not show that the node's are visible.
	node.process(t, 7, fakeProcess{cgroup: "0::/kubepods/pod22222222-8849-4441-a6ce-bad31baa981e/" + id64("e")})
	link(t, "7", node.proc+"/self")
	err := refuse(t, NewProc(node.proc), cart, "search processes in "+node.proc)
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(hint.Of(err), "hostPID: true") {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
	node.process(t, 20, fakeProcess{cgroup: "0::/kubepods/pod99999999-8849-4441-a6ce-bad31baa981e/" + id64("d")})
	if err := refuse(t, NewProc(node.proc), cart); !errors.Is(err, ErrNotHere) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrNotHere", err)
	}
	if err := refuse(t, NewProc(node.proc+"/none"), cart); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestWithoutProcessOneNothingIsEntered(t *testing.T) {
	node := newFakeNode(t)
	node.process(t, 20, fakeProcess{cgroup: inCart + id64("c"), netns: "/proc/self/ns/net"})
	if err := os.RemoveAll(node.proc + "/1"); err != nil {
		t.Fatal(err)
	}
	refuse(t, NewProc(node.proc), cart, "learn the node's network namespace")
}

func TestTheResolverIsReadInThePodsRoot(t *testing.T) {
	pid, _ := startPodProcess(t, 0)
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "the node's")
	for _, c := range []struct {
		name string
		make func(root string)
		want string
	}{
		{"a file", func(root string) { write(t, root+"/etc/resolv.conf", "nameserver 1") }, "nameserver 1"},
		{"an absolute symlink", func(root string) {
			makeDirs(t, root+"/run")
			write(t, root+"/run/stub.conf", "nameserver 2")
			link(t, "/run/stub.conf", root+"/etc/resolv.conf")
		}, "nameserver 2"},
		{"a symlink to a file of the node", func(root string) { link(t, secret, root+"/etc/resolv.conf") }, ""},
		{"a symlink up and out", func(root string) { link(t, strings.Repeat("../", 30)+secret, root+"/etc/resolv.conf") }, ""},
		{"a symlink through procfs", func(root string) {
			makeDirs(t, root+"/proc")
			link(t, "/proc/self/root"+secret, root+"/etc/resolv.conf")
		}, ""},
		{"a FIFO", func(root string) {
			if err := unix.Mkfifo(root+"/etc/resolv.conf", 0o644); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"an endless file", func(root string) {
			write(t, root+"/etc/resolv.conf", "")
			if err := os.Truncate(root+"/etc/resolv.conf", 1<<40); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			makeDirs(t, root+"/etc")
			c.make(root)
			node := newFakeNode(t)
			node.process(t, 20, fakeProcess{cgroup: inCart + id64("c"), netns: netnsOf(pid), root: root})
			if got := locate(t, NewProc(node.proc), cart).Resolv; string(got) != c.want || (c.want == "") != (got == nil) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// realProc is a procfs that shows only some real processes, the first as process 1.
func realProc(t *testing.T, pids ...int) string {
	t.Helper()
	dir := t.TempDir()
	link(t, "/proc/self", dir+"/1")
	for _, pid := range pids {
		link(t, fmt.Sprintf("/proc/%d", pid), filepath.Join(dir, strconv.Itoa(pid)))
	}
	return dir
}

// makeCgroup makes a cgroup of that name, in any hierarchy, and returns a function that moves a process there.
func makeCgroup(t *testing.T, name string) (join func(pid int)) {
	t.Helper()
	var why error
	for _, mount := range []string{"/sys/fs/cgroup/systemd", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		top := fmt.Sprintf("%s/podtracer-test-%d", mount, os.Getpid())
		if why = os.MkdirAll(top+name, 0o755); why != nil {
			continue
		}
		t.Cleanup(func() {
			for dir := top + name; len(dir) >= len(top); dir = filepath.Dir(dir) {
				if err := os.Remove(dir); err != nil {
					t.Error(err)
				}
			}
		})
		return func(pid int) { write(t, top+name+"/cgroup.procs", strconv.Itoa(pid)) }
	}
	t.Skip("needs the right to make a cgroup: ", why)
	return nil
}

func TestARealProcessInARealCgroupIsFound(t *testing.T) {
	join := makeCgroup(t, "/kubepods/burstable/pod"+uid+"/"+id64("c")) // first, so that it is removed last
	other, _ := startPodProcess(t, 0)
	pid, inode := startPodProcess(t, 0)
	join(pid)
	netns := locate(t, NewProc(realProc(t, other, pid)), cart)
	if netns.Inode() != inode {
		t.Errorf("got %d, want %d", netns.Inode(), inode)
	}
	here, err := os.ReadFile("/etc/resolv.conf")
	if err == nil && string(netns.Resolv) != string(here) {
		t.Errorf("got resolver %q", netns.Resolv)
	}
}

func TestAProcessThatEndedIsNotItsSuccessor(t *testing.T) {
	cmd := exec.Command("sleep", "120")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	held, err := openProcess("/proc", cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer held.close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if netns, err := held.netns(func(string) bool { return true }); !gone(err) {
		t.Errorf("got %v, %v, want that it is gone", netns, err)
	}
}

func TestAProcessThatChangesItsCgroupMeanwhileIsRefused(t *testing.T) {
	node := newFakeNode(t)
	node.process(t, 20, fakeProcess{cgroup: inCart + id64("c"), netns: "/proc/self/ns/net"})
	p, err := openProcess(node.proc, 20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	looks := 0
	_, err = p.netns(func(string) bool { looks++; return looks == 1 })
	if !errors.As(err, new(notOfPod)) || looks != 2 {
		t.Errorf("got %v after %d looks", err, looks)
	}
}

func TestAMissingCapabilityIsNamed(t *testing.T) {
	pid, _ := startPodProcess(t, 65534) // another user's: opening its namespace needs CAP_SYS_PTRACE
	node := newFakeNode(t)
	node.process(t, 20, fakeProcess{cgroup: inCart + id64("c"), netns: netnsOf(pid)})
	done := make(chan error)
	go func() { // ended by Find; its thread, without the capability, ends with it
		runtime.LockOSThread()
		if err := dropCapability(unix.CAP_SYS_PTRACE); err != nil {
			done <- err
			return
		}
		_, err := NewProc(node.proc).Find(t.Context(), cart)
		done <- err
	}()
	err := <-done
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), node.proc+"/20/ns/net: permission denied") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(hint.Of(err), "CAP_SYS_PTRACE") {
		t.Errorf("got hint %q", hint.Of(err))
	}
}

// dropCapability removes an effective capability from the calling thread.
func dropCapability(capability uint) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	data[capability/32].Effective &^= 1 << (capability % 32)
	return unix.Capset(&header, &data[0])
}

func BenchmarkAmongFiveThousandProcesses(b *testing.B) {
	node := newFakeNode(b)
	for pid := 2; pid < 5000; pid++ {
		node.process(b, pid, fakeProcess{cgroup: fmt.Sprintf("0::/kubepods.slice/kubepods-pod%08d_8849_4441_a6ce_bad31baa981e.slice/cri-containerd-%064d.scope\n", pid, pid)})
	}
	for b.Loop() {
		if _, err := NewProc(node.proc).Find(b.Context(), cart); !errors.Is(err, ErrNotHere) {
			b.Fatal(err)
		}
	}
}
