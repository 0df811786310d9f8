package ns

import (
	"strings"
	"testing"
)

func TestTheNetworkNamespaceIsReadFromWhatEachRuntimeSays(t *testing.T) {
	for _, c := range []struct {
		runtime, pod string
		path         string // its beginning
		node         bool
	}{
		{"containerd-1.6.20", "plain", "/var/run/netns/cni-dadb1ebf", false},
		{"containerd-1.6.20", "crashing", "/var/run/netns/cni-99174581", false},
		{"containerd-1.6.20", "init-only", "/var/run/netns/cni-c4b30303", false},
		{"containerd-1.6.20", "hostnet", "", true},
		{"containerd-2.4.2", "plain", "/var/run/netns/cni-f1dc7230", false},
		{"containerd-2.4.2", "crashing", "/var/run/netns/cni-b0b27c8d", false},
		{"containerd-2.4.2", "init-only", "/var/run/netns/cni-3e0d562c", false},
		{"containerd-2.4.2", "hostnet", "", true},
		{"cri-o-1.37.0", "plain", "/var/run/netns/5ce791ec", false},
		{"cri-o-1.37.0", "crashing", "/var/run/netns/6571d575", false},
		{"cri-o-1.37.0", "init-only", "/var/run/netns/5fc1ee56", false},
		{"cri-o-1.37.0", "hostnet", "/var/run/netns/2a713d2b", true}, // a trap: the pod does not use it
	} {
		t.Run(c.runtime+" "+c.pod, func(t *testing.T) {
			sandbox := readRecording(t, c.runtime).sandbox(t, c.pod)
			info, err := parseInfo(sandbox.answer())
			if err != nil {
				t.Fatal(err)
			}
			if got := info.netnsPath(); !strings.HasPrefix(got, c.path) || (c.path == "") != (got == "") {
				t.Errorf("path %q, want %q…", got, c.path)
			}
			if got := usesNode(sandbox.Status); got != c.node {
				t.Errorf("uses the node's network: %v, want %v", got, c.node)
			}
			if got := info.resolvPath(); !strings.HasPrefix(got, "/var/lib/node/") || !strings.HasSuffix(got, "/resolv.conf") {
				t.Errorf("resolv.conf at %q", got)
			}
		})
	}
}

func TestOtherFormsOfInfoAreReadToo(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer map[string]string
		path   string
		pid    int
	}{
		{"a key for each field", map[string]string{
			"pid":         `4711`,
			"runtimeSpec": `{"linux":{"namespaces":[{"type":"network","path":"/run/netns/a"}]}}`,
			"image":       `not JSON`,
		}, "/run/netns/a", 4711},
		{"metadata of containerd 2.0", map[string]string{"info": `{"sandboxMetadata":{"NetNSPath":"/run/netns/b"}}`}, "/run/netns/b", 0},
		{"metadata of containerd 2.1", map[string]string{"info": `{"runtimeSpec":null,"sandboxMetadata":{"Metadata":{"NetNSPath":"/run/netns/c"}}}`}, "/run/netns/c", 0},
		{"a path of a process is no path", map[string]string{
			"info": `{"pid":9,"runtimeSpec":{"linux":{"namespaces":[{"type":"network","path":"/proc/9/ns/net"}]}}}`,
		}, "", 9},
		{"a path to a process in other words is no path", map[string]string{
			"info": `{"pid":9,"runtimeSpec":{"linux":{"namespaces":[{"type":"network","path":"/run/../proc/9/ns/net"}]}}}`,
		}, "", 9},
		{"a relative path is no path", map[string]string{"info": `{"pid":9,"sandboxMetadata":{"NetNSPath":"run/netns/a"}}`}, "", 9},
		{"a namespace without a path", map[string]string{"info": `{"pid":9,"runtimeSpec":{"linux":{"namespaces":[{"type":"network"}]}}}`}, "", 9},
		{"cri-dockerd says nothing", nil, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			info, err := parseInfo(c.answer)
			if err != nil {
				t.Fatal(err)
			}
			if info.netnsPath() != c.path || info.PID != c.pid {
				t.Errorf("got %q and process %d, want %q and %d", info.netnsPath(), info.PID, c.path, c.pid)
			}
		})
	}
}

func TestAnInfoThatIsNoJSONIsAnError(t *testing.T) {
	if _, err := parseInfo(map[string]string{"info": "{"}); err == nil {
		t.Error("it was taken")
	}
}

func TestAResolverIsWrittenAsContainerdWritesIt(t *testing.T) {
	dns := dnsConfig{Servers: []string{"10.96.0.10", "fd00::10"}, Searches: []string{"shop.svc.cluster.local", "svc.cluster.local"}, Options: []string{"ndots:5"}}
	want := "search shop.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\nnameserver fd00::10\noptions ndots:5\n"
	if got := string(dns.render()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if (dnsConfig{}).render() != nil {
		t.Error("a resolver was made of nothing")
	}
}
