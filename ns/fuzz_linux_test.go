package ns

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func seeds(f *testing.F, pattern string) [][]byte {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds at %s: %v", pattern, err)
	}
	var all [][]byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, content)
	}
	return all
}

// Whatever a cgroup file contains, the result has the form of a pod and a container; and whatever cgroups are made below or above a
// container, the process belongs to that container or to none.
func FuzzCgroupFile(f *testing.F) {
	for _, content := range seeds(f, "testdata/proc/cgroup-*.txt") {
		for _, process := range strings.Split(string(content), "# ")[1:] {
			f.Add(process, "0::/init.scope\n", "/kubepods/pod"+uid+"/"+id64("c"))
		}
	}
	for _, path := range []string{
		"/../../pod" + uid + "/" + id64("c"),
		"/../" + id64("c"),
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice/crio-" + id64("c") + ".scope/container",
		"/system.slice/containerd.service/kubepods-besteffort-pod5d74dc1b_8849_4441_a6ce_bad31baa981e.slice:cri-containerd:" + id64("c"),
	} {
		f.Add("0::"+path, "0::/docker/"+id64("a")+"/init.scope\n", path)
	}
	own := cgroupID{"11111111-8849-4441-a6ce-bad31baa981e", id64("a")}
	f.Fuzz(func(t *testing.T, content, first, made string) {
		node := nodeCgroupsOf(first)
		if id := node.identify(content); id.pod != "" && !isUID(id.pod) || id.container != "" && (len(id.container) != 64 || !isHex(id.container)) {
			t.Errorf("got %+v", id)
		}
		if strings.Contains(made, "\n") {
			return
		}
		for _, container := range []string{
			"/kubepods/pod" + own.pod + "/" + own.container,
			"/node1/kubepods/burstable/pod" + own.pod + "/crio-" + own.container,
			"/../../../besteffort/pod" + own.pod + "/" + own.container,
			"/kubepods.slice/kubepods-pod" + strings.ReplaceAll(own.pod, "-", "_") + ".slice/cri-containerd-" + own.container + ".scope",
		} {
			if id := (nodeCgroups{}).identify("0::" + container + "/" + made); id != own && id != (cgroupID{}) {
				t.Errorf("below %s: got %+v", container, id)
			}
		}
	})
}

// Whatever a runtime answers, an accepted sandbox is the pod's in every field, and a path is that of a file of the node, not of a
// process.
func FuzzRuntimeAnswer(f *testing.F) {
	for _, content := range seeds(f, "testdata/cri/*.json") {
		var r recording
		if err := json.Unmarshal(content, &r); err != nil {
			f.Fatal(err)
		}
		for _, s := range r.Sandboxes {
			list, err := json.Marshal([]*runtimeapi.PodSandbox{s.Sandbox})
			if err != nil {
				f.Fatal(err)
			}
			f.Add(list, []byte(s.Info))
		}
	}
	f.Fuzz(func(t *testing.T, answer, words []byte) {
		info, err := parseInfo(map[string]string{"info": string(words)})
		if path := info.netnsPath(); path != "" && (err != nil || !filepath.IsAbs(path) || strings.HasPrefix(filepath.Clean(path)+"/", "/proc/")) {
			t.Errorf("got path %q, %v", path, err)
		}
		info.resolvPath()
		info.Config.DNS.render()

		var list []*runtimeapi.PodSandbox
		if json.Unmarshal(answer, &list) != nil || slices.Contains(list, nil) { // gRPC returns no nil
			return
		}
		for _, pod := range []Pod{cart, {Namespace: "bars", Name: "plain-3", UID: uid, StaticHash: hash}} {
			mine := ofPod(slices.Clone(list), pod)
			for _, s := range mine {
				if m := s.Metadata; m.Name != pod.Name || m.Namespace != pod.Namespace || m.Uid != pod.UID && m.Uid != pod.StaticHash {
					t.Errorf("%s: got the sandbox of %+v", pod, m)
				}
			}
			if len(mine) > 0 {
				if s, err := current(mine); (s == nil) == (err == nil) {
					t.Errorf("got %v, %v", s, err)
				}
			}
		}
	})
}
