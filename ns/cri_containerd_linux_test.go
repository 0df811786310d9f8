package ns

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A real containerd is the runtime of a small node, in which it is process 1: the node has its own PID, mount and network namespaces.
// The finders look into the node from outside, as a helper with the node's /proc does. Killing process 1 ends the node.
func TestPodsOfARealContainerdAreFound(t *testing.T) {
	node := startContainerd(t)
	plain := Pod{Namespace: "shop", Name: "cart-1", UID: uid}
	host := Pod{Namespace: "shop", Name: "agent-1", UID: "11111111-8849-4441-a6ce-bad31baa981e"}
	plainPID, config := node.run(t, plain, runtimeapi.NamespaceMode_POD)
	refuse(t, NewProc(node.proc), plain, "the pod's processes are in no container that the API lists") // only its sandbox has one
	plain.ContainerIDs = []string{node.start(t, config)}
	_, config = node.run(t, host, runtimeapi.NamespaceMode_NODE)
	host.ContainerIDs = []string{node.start(t, config)}
	inode := inodeOf(t, fmt.Sprintf("%s/%d/ns/net", node.proc, plainPID))
	nodeInode := inodeOf(t, node.proc+"/1/ns/net")
	if inode == nodeInode {
		t.Fatal("the pod has no network of its own")
	}

	seen := host
	seen.HostNetwork = true // processes do not show it; the API does
	for _, c := range []struct {
		name   string
		finder Finder
		host   Pod
	}{
		{"over its usual socket", NewCRI("", node.proc), host},
		{"over its socket, named by a path with a symlink", NewCRI("unix:///var/run/containerd/containerd.sock", node.proc), host},
		{"by its processes", NewProc(node.proc), seen},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			netns := locate(t, c.finder, plain)
			t.Logf("found in %s: %s", time.Since(start), netns.Path)
			if netns.Inode() != inode || netns.Host {
				t.Errorf("got inode %d, host %v, want %d", netns.Inode(), netns.Host, inode)
			}
			if got := string(netns.Resolv); got != "search shop.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n" && c.name != "by its processes" {
				t.Errorf("got resolver %q", got)
			}
			for _, hostile := range []Pod{
				{Namespace: "shop", Name: "hostile", UID: "22222222-8849-4441-a6ce-bad31baa981e", StaticHash: plain.UID},
				{Namespace: "shop", Name: "cart-1", UID: "22222222-8849-4441-a6ce-bad31baa981e", StaticHash: plain.UID},
				{Namespace: "shop", Name: "hostile", UID: "22222222-8849-4441-a6ce-bad31baa981e", StaticHash: host.UID},
			} {
				if err := refuse(t, c.finder, hostile); !errors.Is(err, ErrNotHere) {
					t.Errorf("%+v: got %v, want ErrNotHere", hostile, err)
				}
			}
			netns = locate(t, c.finder, c.host)
			if netns.Inode() != nodeInode || !netns.Host || netns.Resolv != nil {
				t.Errorf("hostNetwork: got inode %d, host %v, resolver %q", netns.Inode(), netns.Host, netns.Resolv)
			}
		})
	}
	missing := plain
	missing.UID = "33333333-8849-4441-a6ce-bad31baa981e"
	refuse(t, NewCRI("", node.proc), missing, "ask containerd at "+node.proc+"/1/root/run/containerd/containerd.sock: no such pod on this node")
	refuse(t, NewProc(node.proc), missing, "no such pod on this node")
}

type containerd struct {
	proc   string // the node's procfs
	cgroup string // parent of the pods' cgroups
	client runtimeapi.RuntimeServiceClient
}

const pause = "docker.io/podtracer/pause:1"

func startContainerd(t *testing.T) containerd {
	t.Helper()
	plugins := needContainerd(t)
	dir, err := os.MkdirTemp("", "containerd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	makeDirs(t, dir+"/cni")
	write(t, dir+"/cni/10.conflist", `{"cniVersion":"1.0.0","name":"testing","plugins":[{"type":"bridge","bridge":"cni0",
		"ipam":{"type":"host-local","dataDir":"`+dir+`/ipam","ranges":[[{"subnet":"10.251.0.0/24"}]]}}]}`)
	// Without CAP_SYS_RESOURCE, runc cannot lower oom_score_adj.
	write(t, dir+"/config.toml", fmt.Sprintf(`version = 2
root = "%[1]s/root"
state = "/run/containerd"
[plugins."io.containerd.internal.v1.opt"]
  path = "%[1]s/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%[2]s"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "%[3]s"
    conf_dir = "%[1]s/cni"
`, dir, pause, plugins))

	var log bytes.Buffer
	// The node has its own /var/lib, because the CNI library keeps its results there.
	cmd := exec.Command("sh", "-c", `mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run &&
		mount -t tmpfs tmpfs /var/lib && ip link set lo up && exec containerd -c `+dir+`/config.toml`)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	if err := cmd.Start(); err != nil {
		t.Skip("needs the right to make namespaces: ", err)
	}
	cgroup := fmt.Sprintf("/podtracer-containerd-%d", os.Getpid())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // process 1: the kernel ends everything else
		_ = cmd.Wait()
		removeCgroups(t, cgroup)
		if t.Failed() {
			t.Logf("containerd said:\n%s", log.String())
		}
	})
	proc := fmt.Sprintf("/proc/%d/root/proc", cmd.Process.Pid)
	at := socket{proc + "/1/root", "/run/containerd/containerd.sock"}
	client := waitForRuntime(t, at)
	importPause(t, at.String(), dir)
	return containerd{proc, cgroup, client}
}

// needContainerd skips the test if something is not installed, and returns the directory of the CNI plugins.
func needContainerd(t *testing.T) (plugins string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: starts containerd")
	}
	for _, program := range []string{"containerd", "ctr", "runc", "ip"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("needs an installed containerd: ", err)
		}
	}
	busybox, err := elf.Open("/bin/busybox")
	if err != nil {
		t.Skip("needs busybox for the pause image: ", err)
	}
	defer busybox.Close()
	if slices.ContainsFunc(busybox.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Skip("needs a static busybox for the pause image")
	}
	for _, dir := range []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"} {
		if _, err := os.Stat(dir + "/bridge"); err == nil {
			return dir
		}
	}
	t.Skip("needs the CNI plugins")
	return ""
}

func waitForRuntime(t *testing.T, at socket) runtimeapi.RuntimeServiceClient {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := at.dial(ctx)
		if err == nil {
			channel, err := speak(conn)
			if err != nil {
				t.Fatal(err)
			}
			client := runtimeapi.NewRuntimeServiceClient(channel)
			answer, err := client.Status(ctx, &runtimeapi.StatusRequest{})
			if err == nil && !slices.ContainsFunc(answer.Status.Conditions, func(c *runtimeapi.RuntimeCondition) bool { return !c.Status }) {
				t.Cleanup(func() { _ = channel.Close() })
				return client
			}
			_ = channel.Close()
		}
		select {
		case <-ctx.Done():
			t.Fatal("containerd is not ready: ", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// importPause imports busybox as the image of sandboxes, in the format of docker save.
func importPause(t *testing.T, address, dir string) {
	t.Helper()
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	layer := pack(t, map[string][]byte{"bin/busybox": busybox})
	sum := fmt.Sprintf("%x", sha256.Sum256(layer))
	config := encode(t, map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Cmd": []string{"/bin/busybox", "sleep", "2147483647"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + sum}},
	})
	manifest := encode(t, []any{map[string]any{"Config": "config.json", "RepoTags": []string{pause}, "Layers": []string{"layer.tar"}}})
	archive := filepath.Join(dir, "pause.tar")
	write(t, archive, string(pack(t, map[string][]byte{"config.json": config, "layer.tar": layer, "manifest.json": manifest})))
	cmd := exec.Command("ctr", "--address", address, "--namespace", "k8s.io", "images", "import", "--all-platforms", archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ctr import: %v\n%s", err, out)
	}
}

func pack(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
