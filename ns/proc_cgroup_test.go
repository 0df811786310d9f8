package ns

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCgroupTellsWhoseAProcessIs(t *testing.T) {
	c := strings.Repeat("c", 64)
	d := strings.Repeat("d", 64)
	const pod, static = "5d74dc1b-8849-4441-a6ce-bad31baa981e", "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0"
	const slice = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice"
	nobody := cgroupID{}
	for _, x := range []struct {
		name, content string
		want          cgroupID
	}{
		{"cgroupfs, guaranteed", "0::/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"cgroupfs, burstable", "0::/kubepods/burstable/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"cgroupfs, static pod", "0::/kubepods/besteffort/pod" + static + "/" + c, cgroupID{static, c}},
		{"cgroupfs, CRI-O", "0::/kubepods/besteffort/pod" + pod + "/crio-" + c, cgroupID{pod, c}},
		{"cgroupfs, conmon", "0::/kubepods/besteffort/pod" + pod + "/crio-conmon-" + c, nobody},
		{"systemd, containerd", "0::" + slice + "/cri-containerd-" + c + ".scope", cgroupID{pod, c}},
		{"systemd, CRI-O", "0::" + slice + "/crio-" + c + ".scope", cgroupID{pod, c}},
		{"systemd, CRI-O with crun", "0::" + slice + "/crio-" + c + ".scope/container", cgroupID{pod, c}},
		{"systemd, conmon", "0::" + slice + "/crio-conmon-" + c + ".scope", nobody},
		{"systemd, docker", "0::" + slice + "/docker-" + c + ".scope", cgroupID{pod, c}},
		{"systemd, static pod", "0::/kubepods.slice/kubepods-pod" + static + ".slice/cri-containerd-" + c + ".scope", cgroupID{static, c}},
		{"kubelet systemd and containerd cgroupfs", "0::/system.slice/containerd.service/kubepods-besteffort-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice:cri-containerd:" + c, cgroupID{pod, c}},
		{"systemd inside the container", "0::" + slice + "/crio-" + c + ".scope/system.slice/nginx.service", cgroupID{pod, c}},
		{"in the pod and no container", "0::/kubepods/pod" + pod, cgroupID{pod, ""}},
		{"private cgroup namespace, another pod", "0::/../../pod" + pod + "/cri-containerd-" + c + ".scope", cgroupID{pod, c}},
		{"private cgroup namespace, the same pod", "0::/../cri-containerd-" + c + ".scope", cgroupID{"", c}},
		{"private cgroup namespace, ourselves", "0::/", nobody},
		{"v1, name=systemd decides", "12:pids:/kubepods/pod" + pod + "/" + d + "\n1:name=systemd:/kubepods/pod" + pod + "/" + c + "\n0::/\n", cgroupID{pod, c}},
		{"v1, only one controller tells", "12:pids:/\n4:cpu,cpuacct:/kubepods/pod" + pod + "/" + c + "\n1:name=systemd:/\n0::/\n", cgroupID{pod, c}},
		{"v2 before a v1 controller", "4:memory:/kubepods/pod" + pod + "/" + d + "\n0::/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"behind the kubelet's own prefix", "0::/node1/kubepods/burstable/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"behind the kubelet's own slice", "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/cri-containerd-" + c + ".scope", cgroupID{pod, c}},
		{"private cgroup namespace, another class", "0::/../../../besteffort/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"private cgroup namespace, another class, systemd", "0::/../../../kubepods-besteffort.slice/kubepods-besteffort-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/crio-" + c + ".scope", cgroupID{pod, c}},
		{"private cgroup namespace outside of pods", "0::/../../kubepods/burstable/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"Docker in a pod has a network of its own", "0::/kubepods/pod" + pod + "/" + c + "/docker/" + d, nobody},
		{"the node's own", "0::/system.slice/containerd.service", nobody},
		{"podman's own", "0::/machine.slice/podman-pause.scope", nobody},
		{"a user's", "0::/user.slice/user-1000.slice/session-3.scope", nobody},
		{"not a cgroup file", "nonsense\n::\n", nobody},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := (nodeCgroups{}).identify(x.content); got != x.want {
				t.Errorf("got %+v, want %+v", got, x.want)
			}
		})
	}
}

func TestTheCgroupsOfRealPodsTellTheirPodAndContainer(t *testing.T) {
	files, err := filepath.Glob("testdata/proc/cgroup-*.txt")
	if err != nil || len(files) != 3 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, process := range strings.Split(string(content), "# ")[1:] { // one heading for each process
			id := nodeCgroups{}.identify(process)
			if !strings.Contains(process, "/pod"+id.pod+"/") || !strings.Contains(process, id.container+"\n") || len(id.pod) != 36 || len(id.container) != 64 {
				t.Errorf("%s: got %+v from\n%s", file, id, process)
			}
		}
	}
}

// A pod may give the cgroups that it makes inside its containers any name. So may a container or a user of the node with theirs.
func TestOnlyWhatIsRightBelowTheKubeletsPrefixTellsAPod(t *testing.T) {
	own, c := strings.Repeat("a", 64), strings.Repeat("c", 64)
	const me, victim = "11111111-8849-4441-a6ce-bad31baa981e", "5d74dc1b-8849-4441-a6ce-bad31baa981e"
	mySlice := "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod11111111_8849_4441_a6ce_bad31baa981e.slice"
	forged := []string{
		"/pod" + victim + "/" + c,
		"/kubepods/pod" + victim + "/" + c,
		"/kubepods/burstable/pod" + victim + "/" + c,
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/cri-containerd-" + c + ".scope",
		"/kubepods-besteffort-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice:cri-containerd:" + c,
		"/x/y/kubelet/kubepods/pod" + victim + "/" + c,
		"/../../pod" + victim + "/" + c,
	}
	for name, above := range map[string]string{
		"in a container":                                "/kubepods/burstable/pod" + me + "/" + own,
		"in a container, systemd":                       mySlice + "/cri-containerd-" + own + ".scope",
		"in a container of CRI-O":                       mySlice + "/crio-" + own + ".scope/container",
		"in a container of Docker":                      "/system.slice/docker-" + own + ".scope",
		"in a container of Docker, cgroupfs":            "/docker/" + own,
		"in a container in both drivers' form":          "/system.slice/containerd.service/kubepods-besteffort-pod11111111_8849_4441_a6ce_bad31baa981e.slice:cri-containerd:" + own,
		"in a container, from a cgroup namespace":       "/../../pod" + me + "/" + own,
		"beside podtracer in its pod":                   "/../" + own,
		"in the pod and no container":                   "/kubepods/burstable/pod" + me,
		"in the pod and a cgroup of no container":       "/kubepods/burstable/pod" + me + "/other",
		"in what belongs to a user of the node":         "/user.slice/user-1000.slice/user@1000.service",
		"in a service":                                  "/system.slice/builder.service",
		"in a machine":                                  "/machine.slice/machine-a.scope",
		"in a container of LXC":                         "/lxc.payload.a",
		"in a node in a container that is not this one": "/docker/" + own + "/kubelet/kubepods/pod" + me + "/" + own,
	} {
		t.Run(name, func(t *testing.T) {
			for _, below := range forged {
				for _, content := range []string{"0::" + above + below, "4:pids:" + above + below + "\n1:name=systemd:" + above + below + "\n0::/\n"} {
					if got := (nodeCgroups{}).identify(content); got.pod == victim || got.container == c {
						t.Errorf("%s: got %+v", content, got)
					}
				}
			}
		})
	}
}

// If the node is a container, the kubelet's prefix begins below that container, as seen from the node's machine or from a pod on the
// machine's node.
func TestThePodsOfANodeInAContainerAreThatNodes(t *testing.T) {
	outer, c := strings.Repeat("a", 64), strings.Repeat("c", 64)
	const pod, of = "5d74dc1b-8849-4441-a6ce-bad31baa981e", "11111111-8849-4441-a6ce-bad31baa981e"
	for _, x := range []struct {
		name, first, process string
		want                 cgroupID
	}{
		{"kind, of its pods", "0::/docker/" + outer + "/init.scope", "0::/docker/" + outer + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"kind, of the machine it runs on", "0::/init.scope", "0::/docker/" + outer + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{}},
		{"kind with systemd", "0::/system.slice/docker-" + outer + ".scope/init.scope", "0::/system.slice/docker-" + outer +
			".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/cri-containerd-" + c + ".scope", cgroupID{pod, c}},
		{"a node in a pod, of its pods", "0::/kubepods/pod" + of + "/" + outer, "0::/kubepods/pod" + of + "/" + outer + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"a node in a pod, of the pod's node", "0::/init.scope", "0::/kubepods/pod" + of + "/" + outer + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{}},
		{"a container beside the node's", "0::/docker/" + outer + "/init.scope", "0::/docker/" + strings.Repeat("b", 64) + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{}},
		{"each hierarchy by itself", "9:pids:/\n1:name=systemd:/docker/" + outer + "\n", "9:pids:/\n1:name=systemd:/docker/" + outer + "/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := nodeCgroupsOf(x.first).identify(x.process); got != x.want {
				t.Errorf("got %+v, want %+v", got, x.want)
			}
		})
	}
}

func TestAPodsProcessIsInItsCgroupAndInAContainerThatIsKnown(t *testing.T) {
	const uid, hash = "5d74dc1b-8849-4441-a6ce-bad31baa981e", "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0"
	c, d := strings.Repeat("c", 64), strings.Repeat("d", 64)
	pod := Pod{UID: uid, StaticHash: hash, ContainerIDs: []string{c}}
	right := belongs(pod, d)
	for id, want := range map[cgroupID]bool{
		{uid, c}: true, {uid, d}: true, {hash, c}: true, {"", c}: true,
		{uid, ""}: false, {hash, ""}: false, {uid, strings.Repeat("e", 64)}: false, {"", strings.Repeat("e", 64)}: false,
		{"11111111-8849-4441-a6ce-bad31baa981e", c}: false, {}: false,
	} {
		if right(id) != want {
			t.Errorf("%+v: got %v", id, !want)
		}
	}
	if belongs(Pod{})(cgroupID{}) || belongs(Pod{ContainerIDs: []string{""}})(cgroupID{pod: "x"}) {
		t.Error("a pod without names owns a process")
	}
	pod.StaticHash = "11111111-8849-4441-a6ce-bad31baa981e"
	if belongs(pod)(cgroupID{pod.StaticHash, c}) {
		t.Error("the UID of another pod was taken for the hash of a static one")
	}
}
