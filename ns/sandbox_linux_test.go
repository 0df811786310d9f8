package ns

import (
	"context"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandboxOf is a running sandbox.
type sandboxOf struct {
	id     string
	config *runtimeapi.PodSandboxConfig
}

// run starts a sandbox as the kubelet does, and returns the PID of its process on the node.
func (c containerd) run(t *testing.T, pod Pod, network runtimeapi.NamespaceMode) (pid int, sandbox sandboxOf) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	config := &runtimeapi.PodSandboxConfig{
		Metadata:  &runtimeapi.PodSandboxMetadata{Name: pod.Name, Namespace: pod.Namespace, Uid: pod.UID},
		Labels:    map[string]string{labelUID: pod.UID, labelName: pod.Name, labelNamespace: pod.Namespace},
		DnsConfig: &runtimeapi.DNSConfig{Servers: []string{"10.96.0.10"}, Searches: []string{"shop.svc.cluster.local"}, Options: []string{"ndots:5"}},
		Linux: &runtimeapi.LinuxPodSandboxConfig{
			CgroupParent: c.cgroup + "/kubepods/besteffort/pod" + pod.UID,
			SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
				NamespaceOptions: &runtimeapi.NamespaceOption{Network: network, Pid: runtimeapi.NamespaceMode_CONTAINER},
			},
		},
	}
	answer, err := c.client.RunPodSandbox(ctx, &runtimeapi.RunPodSandboxRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.client.PodSandboxStatus(ctx, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: answer.PodSandboxId, Verbose: true})
	if err != nil {
		t.Fatal(err)
	}
	info, err := parseInfo(status.Info)
	if err != nil || info.PID == 0 {
		t.Fatalf("got process %d, %v", info.PID, err)
	}
	return info.PID, sandboxOf{answer.PodSandboxId, config}
}

// start starts a container in a sandbox and returns its ID.
func (c containerd) start(t *testing.T, in sandboxOf) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	network := in.config.Linux.SecurityContext.NamespaceOptions
	answer, err := c.client.CreateContainer(ctx, &runtimeapi.CreateContainerRequest{
		PodSandboxId: in.id, SandboxConfig: in.config,
		Config: &runtimeapi.ContainerConfig{
			Metadata: &runtimeapi.ContainerMetadata{Name: "app"}, Image: &runtimeapi.ImageSpec{Image: pause},
			Linux: &runtimeapi.LinuxContainerConfig{SecurityContext: &runtimeapi.LinuxContainerSecurityContext{NamespaceOptions: network}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.StartContainer(ctx, &runtimeapi.StartContainerRequest{ContainerId: answer.ContainerId}); err != nil {
		t.Fatal(err)
	}
	return answer.ContainerId
}
