//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// kubectl runs kubectl, which must succeed.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	r := command(t, append([]string{"kubectl"}, args...)...)
	if r.code != 0 {
		t.Fatalf("%s: %d%s", r.command, r.code, r)
	}
	return strings.TrimSpace(r.stdout)
}

// onNode runs a command as root on a node, outside all pods.
func onNode(t *testing.T, node int, argv ...string) string {
	t.Helper()
	r := command(t, append([]string{filepath.Join(clusterScripts, "node-exec.sh"), strconv.Itoa(node)}, argv...)...)
	if r.code != 0 {
		t.Fatalf("%s: %d%s", r.command, r.code, r)
	}
	return strings.TrimSpace(r.stdout)
}

// What crosses two nodes crosses two runtimes, whose answers differ.
func TestTheNodesHaveDifferentRuntimes(t *testing.T) {
	t.Parallel()
	versions := strings.Fields(kubectl(t, "get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.containerRuntimeVersion}"))
	for i, want := range []string{"containerd://1.", "containerd://2."} {
		if len(versions) != 2 || !strings.HasPrefix(versions[i], want) {
			t.Errorf("node%d runs %v, want %s", i+1, versions, want)
		}
	}
}

// workload makes a pod in the tests' namespace on node1 that sleeps; changes adapt it to the test.
func workload(name string, changes ...func(*corev1.Pod)) *corev1.Pod {
	grace := int64(1)
	automount := false
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: corev1.PodSpec{
			NodeName: "node1", TerminationGracePeriodSeconds: &grace, AutomountServiceAccountToken: &automount,
			Containers: []corev1.Container{{
				Name: "main", Image: "localhost/workload:test", ImagePullPolicy: corev1.PullNever,
			}},
		},
	}
	for _, change := range changes {
		change(pod)
	}
	return pod
}

// runs makes the workload's container run a script.
func runs(script string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.Containers[0].Command = []string{"sh", "-c", script} }
}

// once keeps a pod's containers from being started again.
func once(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever }

// create creates objects, and removes them when the test ends.
func create(t *testing.T, objects ...any) {
	t.Helper()
	for _, object := range objects {
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		r := commandWithInput(t, bytes.NewReader(text), "kubectl", "create", "-f", "-")
		if r.code != 0 {
			t.Fatalf("%s: %d%s", r.command, r.code, r)
		}
		t.Cleanup(func() { remove(text) })
	}
}

// ready waits until a pod is ready.
func ready(t *testing.T, inNamespace, name string) {
	t.Helper()
	kubectl(t, "wait", "--for=condition=Ready", "-n", inNamespace, "pod/"+name, "--timeout=60s")
}

// start creates a workload and waits until it is ready.
func start(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	create(t, pod)
	ready(t, pod.Namespace, pod.Name)
}

// debugPod is the name of a pod to run podtracer in, in the namespace of the manifests.
type debugPod string

const (
	leastPrivilege debugPod = "debug-pod"
	privileged     debugPod = "debug-pod-privileged"
)

// newDebugPod creates a debug pod for the test on node1, from the manifest for least privilege with changes.
func newDebugPod(t *testing.T, name string, changes ...func(*corev1.Pod)) debugPod {
	t.Helper()
	return newDebugPodFrom(t, "../../manifests/debug-pod.yaml", name, changes...)
}

// newDebugPodFrom creates a debug pod from a manifest.
func newDebugPodFrom(t *testing.T, manifest, name string, changes ...func(*corev1.Pod)) debugPod {
	t.Helper()
	pod := manifestOf(t, manifest)
	pod.Name = "e2e-" + mark + "-" + name
	for _, change := range changes {
		change(pod)
	}
	start(t, pod)
	return debugPod(pod.Name)
}

// debugPodManifest is the manifest for least privilege, on node1 and with the cluster's image.
func debugPodManifest(t *testing.T) *corev1.Pod {
	t.Helper()
	return manifestOf(t, "../../manifests/debug-pod.yaml")
}

func manifestOf(t *testing.T, path string) *corev1.Pod {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.Pod
	if err := yaml.UnmarshalStrict(text, &pod); err != nil {
		t.Fatal(err)
	}
	pod.Spec.NodeName = "node1"
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		containers[0].Image, containers[0].ImagePullPolicy = "localhost/podtracer:test", corev1.PullNever
	}
	return &pod
}

// without takes a capability from a debug pod.
func without(capability corev1.Capability) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		c := p.Spec.Containers[0].SecurityContext.Capabilities
		c.Add = slices.DeleteFunc(c.Add, func(have corev1.Capability) bool { return have == capability })
	}
}

// exec runs a command in the debug pod.
func (d debugPod) exec(t *testing.T, argv ...string) result {
	t.Helper()
	return command(t, append([]string{"kubectl", "exec", "-n", debugNamespace, string(d), "--"}, argv...)...)
}

// run runs podtracer run in the debug pod. A shell beside it tells the exit status: kubectl exec ends with 0 when the last that its
// connection has to carry, which is the status, is lost (kubernetes/kubectl#1726).
func (d debugPod) run(t *testing.T, args ...string) result {
	t.Helper()
	const telling = `"$@"; code=$?; echo "status $code" >&2; exit $code`
	argv := append([]string{"podtracer", "run"}, args...)
	r := d.exec(t, append([]string{"sh", "-c", telling, "sh"}, argv...)...)
	said, told, found := cutLast(r.stderr, "status ")
	code, err := strconv.Atoi(strings.TrimSpace(told))
	if !found || err != nil {
		t.Fatalf("%s\nended with %d, and its own status is not known%s", r.command, r.code, r)
	}
	if code != r.code {
		t.Logf("%s\nended with %d; kubectl exec ended with %d", r.command, code, r.code)
	}
	r.command, r.stderr, r.code = string(d)+": "+strings.Join(argv, " "), said, code
	return r
}

// cutLast cuts s around the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	at := strings.LastIndex(s, separator)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(separator):], true
}

// in runs a tool with podtracer run in a pod, given as namespace/name.
func (d debugPod) in(t *testing.T, pod string, argv ...string) result {
	t.Helper()
	where, name, _ := strings.Cut(pod, "/")
	return d.run(t, append([]string{"--pod", name, "-n", where, "--"}, argv...)...)
}

// writes writes a file in the debug pod.
func (d debugPod) writes(t *testing.T, path, content string) {
	t.Helper()
	r := commandWithInput(t, strings.NewReader(content), "kubectl", "exec", "-i", "-n", debugNamespace, string(d), "--", "sh", "-c", "umask 077; cat >"+path)
	r.succeeds(t)
}

func (d debugPod) uid(t *testing.T) string {
	t.Helper()
	return kubectl(t, "get", "pod", "-n", debugNamespace, string(d), "-o", "jsonpath={.metadata.uid}")
}

// podIP is the address of a pod, given as namespace/name.
func podIP(t *testing.T, pod string) string {
	t.Helper()
	where, name, _ := strings.Cut(pod, "/")
	return kubectl(t, "get", "pod", "-n", where, name, "-o", "jsonpath={.status.podIP}")
}

// remove deletes objects that a test created. Objects that are already gone are not a failure.
func remove(objects []byte) {
	c := exec.Command("kubectl", "delete", "--now", "--wait=false", "--ignore-not-found", "-f", "-")
	c.Stdin = bytes.NewReader(objects)
	_ = c.Run()
}
