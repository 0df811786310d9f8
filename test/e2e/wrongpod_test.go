//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// hostile makes a pod whose annotations say that it is another pod. It never gets a sandbox of its own, because it waits for a
// ConfigMap that does not exist. Whoever may create a pod can do that.
func hostile(t *testing.T, name, hash string) {
	t.Helper()
	create(t, workload(name, func(p *corev1.Pod) {
		p.Annotations = map[string]string{"kubernetes.io/config.hash": hash}
		p.Spec.Volumes = []corev1.Volume{{Name: "none", VolumeSource: corev1.VolumeSource{
			ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "does-not-exist"}},
		}}}
		p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "none", MountPath: "/none"}}
	}))
	kubectl(t, "wait", "-n", namespace, "pod/"+name, "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ContainerCreating", "--timeout=60s")
}

// The answers are those of the cluster's containerd, and of a CRI-O that has the same pod.
func TestAPodIsNotEnteredAsAnotherWhoseUIDItCarries(t *testing.T) {
	t.Parallel()
	start(t, workload("victim"))
	address := podIP(t, namespace+"/victim")
	uid := kubectl(t, "get", "pod", "-n", namespace, "victim", "-o", "jsonpath={.metadata.uid}")
	hostile(t, "hostile", uid)
	crio := startCRIO(t, "victim", uid)
	for runtime, endpoint := range map[string]string{
		"containerd": "/proc/1/root/run/containerd/containerd.sock",
		"CRI-O":      "/proc/1/root" + crio.path,
	} {
		t.Run(runtime, func(t *testing.T) {
			ask := func(pod string) result {
				return leastPrivilege.run(t, "--runtime-endpoint", endpoint, "--pod", pod, "-n", namespace, "--", "ip", "-br", "address")
			}
			ask("victim").succeeds(t).prints(t, address)
			r := ask("hostile")
			r.refuses(t, "pod "+namespace+"/hostile is Pending (ContainerCreating): it has no network namespace yet")
			if strings.Contains(r.stdout, address) {
				t.Errorf("podtracer entered the other pod%s", r)
			}
		})
	}
	if !crio.led.Load() {
		t.Error("nobody asked for CRI-O's answer about the sandbox")
	}
}

// The UID alone does not identify a pod, and neither does its name: a pod of the same name in another namespace is another pod.
func TestAPodIsNotEnteredAsAnotherOfItsName(t *testing.T) {
	t.Parallel()
	uid := kubectl(t, "get", "pod", "-n", "shop", "client", "-o", "jsonpath={.metadata.uid}")
	hostile(t, "client", uid)
	leastPrivilege.in(t, namespace+"/client", "ip", "-br", "address").refuses(t, "it has no network namespace yet")
}

// network is the path that a runtime reports for the network namespace of a sandbox.
func network(t *testing.T, info string) string {
	t.Helper()
	var words struct {
		RuntimeSpec struct {
			Linux struct {
				Namespaces []struct{ Type, Path string }
			}
		}
	}
	if err := json.Unmarshal([]byte(info), &words); err != nil {
		t.Fatal(err)
	}
	for _, n := range words.RuntimeSpec.Linux.Namespaces {
		if n.Type == "network" {
			return n.Path
		}
	}
	t.Fatalf("no network namespace in %s", info)
	return ""
}
