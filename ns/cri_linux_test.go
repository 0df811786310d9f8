package ns

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ask returns a finder that knows one socket on a node, on which r listens.
func ask(t testing.TB, n fakeNode, r *fakeRuntime) *CRI {
	t.Helper()
	const path = "/run/testing/runtime.sock"
	r.listen(t, n.root+path)
	return &CRI{proc: n.proc, sockets: []string{path}, patience: time.Minute}
}

func locate(t testing.TB, f Finder, pod Pod) *Netns {
	t.Helper()
	netns, err := f.Find(t.Context(), pod)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := netns.Close(); err != nil {
			t.Error(err)
		}
	})
	return netns
}

func refuse(t testing.TB, f Finder, pod Pod, words ...string) error {
	t.Helper()
	netns, err := f.Find(t.Context(), pod)
	if err == nil {
		t.Fatalf("found %s", netns.Path)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q:\n%v", word, err)
		}
	}
	return err
}

func TestEveryPodOfEachRuntimeIsFoundOverItsSocket(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	for _, runtime := range []string{"containerd-1.6.20", "containerd-2.4.2", "cri-o-1.37.0"} {
		r := readRecording(t, runtime)
		node := newFakeNode(t)
		for _, s := range r.Sandboxes {
			info, err := parseInfo(s.answer())
			if err != nil {
				t.Fatal(err)
			}
			if path := info.netnsPath(); path != "" { // /var/run/… is found only if the node's /var/run leads to the node's /run
				node.netnsFile(t, strings.TrimPrefix(path, "/var"), pid)
			}
			node.file(t, info.resolvPath(), "nameserver of "+s.Sandbox.Metadata.Name)
		}
		cri := ask(t, node, &fakeRuntime{recording: r})
		for _, name := range []string{"plain", "crashing", "init-only"} {
			t.Run(runtime+" "+name, func(t *testing.T) {
				pod := r.sandbox(t, name).pod()
				netns := locate(t, cri, pod)
				if netns.Inode() != inode || netns.Host {
					t.Errorf("got inode %d, host %v, want the pod's, %d", netns.Inode(), netns.Host, inode)
				}
				if want := "nameserver of " + pod.Name; string(netns.Resolv) != want {
					t.Errorf("got resolver %q, want %q", netns.Resolv, want)
				}
			})
		}
		t.Run(runtime+" hostnet", func(t *testing.T) {
			netns := locate(t, cri, r.sandbox(t, "hostnet").pod())
			if netns.Inode() != inodeOf(t, "/proc/self/ns/net") || !netns.Host || netns.Resolv != nil {
				t.Errorf("got inode %d, host %v, resolver %q", netns.Inode(), netns.Host, netns.Resolv)
			}
		})
	}
}

const (
	uid  = "5d74dc1b-8849-4441-a6ce-bad31baa981e"
	hash = "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0"
)

var cart = Pod{Namespace: "shop", Name: "cart-1", UID: uid, ContainerIDs: []string{id64("b"), id64("c")}}

func id64(c string) string { return strings.Repeat(c, 64) }

// sandbox makes the answers about a sandbox by hand.
func sandbox(id string, pod Pod, info string) recordedSandbox {
	meta := &runtimeapi.PodSandboxMetadata{Namespace: pod.Namespace, Name: pod.Name, Uid: pod.UID}
	return recordedSandbox{
		Sandbox: &runtimeapi.PodSandbox{Id: id, Metadata: meta, CreatedAt: 1, Labels: map[string]string{
			labelUID: pod.UID, labelName: pod.Name, labelNamespace: pod.Namespace,
		}},
		Status: &runtimeapi.PodSandboxStatus{Id: id, Metadata: meta},
		Info:   json.RawMessage(info),
	}
}

func withPath(path string) string {
	return fmt.Sprintf(`{"runtimeSpec":{"linux":{"namespaces":[{"type":"network","path":%q}]}}}`, path)
}

func says(sandboxes ...recordedSandbox) *fakeRuntime {
	return &fakeRuntime{recording: recording{
		Version: &runtimeapi.VersionResponse{RuntimeName: "testing"}, Sandboxes: sandboxes,
	}}
}

func TestOfSeveralSandboxesTheOneInUseIsTaken(t *testing.T) {
	right, inode := startPodProcess(t, 0)
	wrong, _ := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.netnsFile(t, "/run/netns/right", right)
	node.netnsFile(t, "/run/netns/wrong", wrong)
	live := sandbox("live", cart, withPath("/run/netns/right"))
	dead := sandbox("dead", cart, withPath("/run/netns/wrong"))
	dead.Sandbox.CreatedAt = 3
	dead.Sandbox.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	if got := locate(t, ask(t, node, says(dead, live)), cart).Inode(); got != inode {
		t.Errorf("got %d, want %d", got, inode)
	}
}

func TestAStaticPodIsFoundByItsHash(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	static := Pod{Namespace: "kube-system", Name: "etcd-a", UID: uid, StaticHash: hash}
	label := sandbox("s", Pod{Namespace: "kube-system", Name: "etcd-a", UID: hash}, withPath("/run/netns/s"))
	metadata := sandbox("s", Pod{Namespace: "kube-system", Name: "etcd-a", UID: hash}, withPath("/run/netns/s"))
	delete(metadata.Sandbox.Labels, labelUID)
	for name, s := range map[string]recordedSandbox{"in the label": label, "in the metadata only": metadata} {
		t.Run(name, func(t *testing.T) {
			node := newFakeNode(t)
			node.netnsFile(t, "/run/netns/s", pid)
			if got := locate(t, ask(t, node, says(s)), static).Inode(); got != inode {
				t.Errorf("got %d, want %d", got, inode)
			}
		})
	}
}

func TestAPodOfTheSameNameIsNotThePod(t *testing.T) {
	other := cart
	other.UID = "11111111-8849-4441-a6ce-bad31baa981e"
	for name, deaf := range map[string]bool{"": false, "from a runtime that ignores selectors": true} {
		t.Run(name, func(t *testing.T) {
			r := says(sandbox("s", other, withPath("/run/netns/s")))
			r.deaf = deaf
			if err := refuse(t, ask(t, newFakeNode(t), r), cart, "ask testing at ", "shop/cart-1"); !errors.Is(err, ErrNotHere) {
				t.Errorf("got %v, want ErrNotHere", err)
			}
		})
	}
}

func TestAStoppedSandboxIsNotEntered(t *testing.T) {
	s := sandbox(id64("a"), cart, withPath("/run/netns/s"))
	s.Sandbox.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	for name, pod := range map[string]Pod{"own network": cart, "the node's": {Namespace: "shop", Name: "cart-1", UID: uid, HostNetwork: true}} {
		t.Run(name, func(t *testing.T) {
			refuse(t, ask(t, newFakeNode(t), says(s)), pod, "sandbox aaaaaaaaaaaa has stopped")
		})
	}
}

func TestAHostNetworkPodIsKnownFromItsSpecToo(t *testing.T) {
	pod := cart
	pod.HostNetwork = true
	netns := locate(t, ask(t, newFakeNode(t), says(sandbox("s", cart, withPath("/run/netns/s")))), pod)
	if !netns.Host || netns.Inode() != inodeOf(t, "/proc/self/ns/net") {
		t.Errorf("got %+v", netns)
	}
}

func TestWithoutAPathTheSandboxsProcessLeadsThere(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	node := newFakeNode(t)
	root := t.TempDir()
	makeDirs(t, root+"/etc")
	write(t, root+"/etc/resolv.conf", "nameserver 10.96.0.10\n")
	node.process(t, 470, fakeProcess{cgroup: "0::/../" + id64("a") + "\n", netns: fmt.Sprintf("/proc/%d/ns/net", pid), root: root})
	netns := locate(t, ask(t, node, says(sandbox(id64("a"), cart, `{"pid":470}`))), cart)
	if netns.Inode() != inode || string(netns.Resolv) != "nameserver 10.96.0.10\n" {
		t.Errorf("got inode %d and resolver %q", netns.Inode(), netns.Resolv)
	}
}

func TestAProcessOfAnotherPodIsNeverEntered(t *testing.T) {
	for name, cgroup := range map[string]string{
		"its number was given to another pod's": "0::/kubepods/pod11111111-8849-4441-a6ce-bad31baa981e/" + id64("b"),
		"its number was given to the node's":    "0::/system.slice/sshd.service",
		"it is gone":                            "",
	} {
		t.Run(name, func(t *testing.T) {
			node := newFakeNode(t)
			if cgroup != "" {
				node.process(t, 470, fakeProcess{cgroup: cgroup, netns: "/proc/self/ns/net"})
			}
			err := refuse(t, ask(t, node, says(sandbox(id64("a"), cart, `{"pid":470}`))), cart, "process 470")
			if !strings.Contains(hint.Of(err), "hostPID: true") {
				t.Errorf("got hint %q", hint.Of(err))
			}
		})
	}
}

func TestCRIDockerdIsFollowedToAContainer(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.process(t, 603, fakeProcess{
		cgroup: "0::/kubepods.slice/kubepods-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/docker-" + id64("c") + ".scope\n",
		netns:  fmt.Sprintf("/proc/%d/ns/net", pid),
	})
	s := sandbox(id64("a"), cart, "")
	s.Info = nil
	s.Sandbox.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY // cri-dockerd says so for every pod with one address
	r := says(s)
	if err := json.Unmarshal([]byte(fmt.Sprintf(`[
		{"container":{"id":%q,"pod_sandbox_id":%q,"state":2},"info":{"pid":0}},
		{"container":{"id":%q,"pod_sandbox_id":%q,"state":1},"info":{"sandboxID":%[4]q,"pid":603}}
	]`, id64("b"), id64("a"), id64("c"), id64("a"))), &r.Containers); err != nil {
		t.Fatal(err)
	}
	if got := locate(t, ask(t, node, r), cart).Inode(); got != inode {
		t.Errorf("got %d, want %d", got, inode)
	}
}

func TestTheResolverIsWrittenFromTheConfigIfItsFileIsNotToBeRead(t *testing.T) {
	pid, _ := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.netnsFile(t, "/run/netns/s", pid)
	info := `{"sandboxMetadata":{"NetNSPath":"/run/netns/s"},"config":{"dns_config":{"servers":["10.96.0.10"]}},
		"runtimeSpec":{"mounts":[{"destination":"/etc/resolv.conf","source":"/nowhere/resolv.conf"}]}}`
	if got := string(locate(t, ask(t, node, says(sandbox("s", cart, info))), cart).Resolv); got != "nameserver 10.96.0.10\n" {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsNotANetworkNamespaceIsNotEntered(t *testing.T) {
	node := newFakeNode(t)
	node.file(t, "/run/netns/s", "")
	err := refuse(t, ask(t, node, says(sandbox("s", cart, withPath("/var/run/netns/s")))), cart,
		node.proc+"/1/root/var/run/netns/s", "not a network namespace (a plain file")
	if !strings.Contains(hint.Of(err), "HostToContainer") {
		t.Errorf("got hint %q", hint.Of(err))
	}
}
