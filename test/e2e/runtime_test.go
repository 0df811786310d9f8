//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// newNodeUser is somebody on node1 whose way to the API server goes through a proxy.
func newNodeUser(t *testing.T) (poorUser, *proxy) {
	t.Helper()
	way := newProxy(t)
	binary, err := built()
	if err == nil {
		binary, err = filepath.Abs(binary)
	}
	if err != nil {
		t.Fatal(err)
	}
	u := poorUser{t: t, binary: binary, config: filepath.Join(t.TempDir(), "kubeconfig")}
	flat := kubectl(t, "config", "view", "--raw", "--flatten")
	if err := os.WriteFile(u.config, []byte(strings.ReplaceAll(flat, apiServer(t), way.address)), 0o600); err != nil {
		t.Fatal(err)
	}
	return u, way
}

func TestAConsoleOnANodeWithoutItsAPIHasThePodsOfTheNodeAndAllWhenItIsBack(t *testing.T) {
	t.Parallel()
	u, way := newNodeUser(t)
	way.cut()
	start(t, workload("early"))
	c := u.openConsole()
	c.shows("✗ only node1 is live since", "the API does not answer", "the pods of node1 as its container runtime has them",
		"shop/client", podIP(t, "shop/client"), namespace+"/early")
	if strings.Contains(c.screen(), "shop/web") {
		t.Errorf("a pod of another node is there:\n%s", framed(c.screen()))
	}
	start(t, workload("late"))
	c.shows(namespace + "/late")
	kubectl(t, "delete", "pod", "-n", namespace, "late", "--now")
	c.hidesWithin(glance, namespace+"/late")
	c.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
	c.shows(".80: Flags [P.]")

	way.mend()
	c.press("Escape")
	c.shows("● live")
	c.filters("shop/web")
	c.shows("▸ shop/web") // and the capture goes on
	c.press("r")
	c.shows("running")
	c.press("q", "y")
	c.ends(0)
}

func TestAConsoleThatLosesItsAPIKeepsOtherNodesAndFollowsItsOwn(t *testing.T) {
	t.Parallel()
	u, way := newNodeUser(t)
	start(t, workload("stays"))
	c := u.openConsole()
	c.shows("● live", "shop/web", namespace+"/stays")
	way.cut()
	c.shows("✗ only node1 is live since", "others as of", "shop/web", "shop/client")
	start(t, workload("comes"))
	c.shows(namespace + "/comes")
	kubectl(t, "delete", "pod", "-n", namespace, "stays", "--now")
	c.hidesWithin(2*glance, namespace+"/stays")
	way.mend()
	c.shows("● live", "shop/web", namespace+"/comes")
	c.hidesWithin(glance, "container runtime")
	c.press("q")
	c.ends(0)
}

func TestARunThatTheRuntimeFoundThePodForEndsWhenThePodDoes(t *testing.T) {
	t.Parallel()
	u, way := newNodeUser(t)
	way.cut()
	u.run("shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client")).
		says(t, "the API does not answer", "taking the pod from the container runtime of this node")
	u.run("shop/hostnet", "true").succeeds(t).says(t, "(hostNetwork): this is the network of node node1")
	u.run("shop/nobody", "true").refuses(t, "the API does not answer")
	start(t, workload("short"))
	c := console{openTerminal(t, 120, 30, u.podtracer("run", "--pod", namespace+"/short", "--", "ping", "127.0.0.1")...)}
	c.shows("icmp_seq=2")
	kubectl(t, "delete", "pod", "-n", namespace, "short", "--now")
	c.shows("the pod is gone: " + namespace + "/short")
	c.ends(125)
}

// What the runtime knows is read the same from containerd 1.6 and 2.x.
func TestRuntimeOnlyShowsAndReachesThePodsOfTheNodeOnBothRuntimes(t *testing.T) {
	t.Parallel()
	start(t, workload("labelled", func(p *corev1.Pod) { p.Labels = map[string]string{"tier": "runtime"} }))
	for node, pod := range map[string]string{"1": "shop/client", "2": "shop/web"} {
		t.Run("node"+node, func(t *testing.T) {
			t.Parallel()
			binary, err := built()
			if err == nil {
				binary, err = filepath.Abs(binary)
			}
			if err != nil {
				t.Fatal(err)
			}
			alone := []string{
				filepath.Join(clusterScripts, "node-exec.sh"), node, "env", "-u", "KUBECONFIG", "NODE_NAME=node" + node, "TERM=xterm-256color",
				"PODTRACER_DATA_DIR=" + filepath.Join(t.TempDir(), "data"), binary, "--runtime-only",
			}
			command(t, append(alone, "run", "--pod", pod, "--", "ip", "-br", "address")...).succeeds(t).prints(t, podIP(t, pod))
			command(t, append(alone, "run", "--pod", "shop/nobody", "--", "true")...).
				refuses(t, "the container runtime of this node has no pod nobody in namespace shop")
			c := console{openTerminal(t, 120, 60, alone...)}
			c.shows("● live, node"+node+" only", "--runtime-only: the pods of node"+node, pod, podIP(t, pod))
			if node == "1" {
				c.shows("shop/hostnet", "shop/done", "Completed", "2/2")
				c.filters("tier=runtime")
				c.shows("▸ " + namespace + "/labelled")
				c.press("Escape")
			}
			c.starts(pod, "ping", "-c 2 127.0.0.1")
			c.shows("2 packets transmitted")
			c.press("q")
			c.ends(0)
		})
	}
}
