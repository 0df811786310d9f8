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
		{"a node in a container: the pod is that node's", "0::/docker/" + d + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"a pod in a node in a pod", "0::/kubepods/pod11111111-8849-4441-a6ce-bad31baa981e/" + d + "/kubelet/kubepods/pod" + pod + "/" + c, cgroupID{pod, c}},
		{"Docker in a pod has a network of its own", "0::/kubepods/pod" + pod + "/" + c + "/docker/" + d, nobody},
		{"the node's own", "0::/system.slice/containerd.service", nobody},
		{"podman's own", "0::/machine.slice/podman-pause.scope", nobody},
		{"a user's", "0::/user.slice/user-1000.slice/session-3.scope", nobody},
		{"not a cgroup file", "nonsense\n::\n", nobody},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := identify(x.content); got != x.want {
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
			id := identify(process)
			if !strings.Contains(process, "/pod"+id.pod+"/") || !strings.Contains(process, id.container+"\n") || len(id.pod) != 36 || len(id.container) != 64 {
				t.Errorf("%s: got %+v from\n%s", file, id, process)
			}
		}
	}
}

func TestAPodKnowsItsCgroups(t *testing.T) {
	c, d := strings.Repeat("c", 64), strings.Repeat("d", 64)
	right := belongs(Pod{UID: "uid", StaticHash: "hash", ContainerIDs: []string{c}}, d)
	for id, want := range map[cgroupID]bool{
		{"uid", ""}: true, {"hash", ""}: true, {"", c}: true, {"", d}: true, {"other", c}: true,
		{"other", ""}: false, {"", strings.Repeat("e", 64)}: false, {}: false,
	} {
		if right(id) != want {
			t.Errorf("%+v: got %v", id, !want)
		}
	}
	if belongs(Pod{})(cgroupID{}) || belongs(Pod{ContainerIDs: []string{""}})(cgroupID{pod: "x"}) {
		t.Error("a pod without names owns something")
	}
}
