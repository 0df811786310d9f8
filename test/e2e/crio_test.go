//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// crio is a socket on node1 that gives the answers of a real CRI-O, but about a pod of this cluster.
type crio struct {
	runtimeapi.UnimplementedRuntimeServiceServer
	path    string // on the node
	version *runtimeapi.VersionResponse
	sandbox *runtimeapi.PodSandbox
	status  *runtimeapi.PodSandboxStatus
	info    string
	led     atomic.Bool // somebody found the sandbox and asked for its status
}

// startCRIO makes CRI-O's recorded answers be about a pod of the tests, with the network namespace that containerd made for that
// pod.
func startCRIO(t *testing.T, pod, uid string) *crio {
	t.Helper()
	init, err := exec.Command("bash", "-c", `. "$0"; cat "$state/run/node1.pid"`, filepath.Join(clusterScripts, "settings.sh")).Output()
	if err != nil {
		t.Fatal(err)
	}
	root := "/proc/" + strings.TrimSpace(string(init)) + "/root"
	netns := network(t, containerdInfo(t, root+"/run/containerd/containerd.sock", uid))

	c := &crio{path: "/run/e2e-" + mark + ".sock"}
	c.read(t)
	c.info = strings.ReplaceAll(c.info, network(t, c.info), netns)
	m := c.sandbox.Metadata
	m.Namespace, m.Name, m.Uid = namespace, pod, uid
	c.status.Metadata = m
	for key, value := range map[string]string{"namespace": namespace, "name": pod, "uid": uid} {
		c.sandbox.Labels["io.kubernetes.pod."+key] = value
	}
	listener, err := net.Listen("unix", root+c.path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	runtimeapi.RegisterRuntimeServiceServer(server, c)
	done := make(chan struct{})
	go func() { // ended by Stop
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return c
}

// read reads the recorded answers about the running pod.
func (c *crio) read(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile("../../ns/testdata/cri/cri-o-1.37.0.json")
	if err != nil {
		t.Fatal(err)
	}
	var recording struct {
		Version   *runtimeapi.VersionResponse
		Sandboxes []struct {
			Sandbox *runtimeapi.PodSandbox
			Status  *runtimeapi.PodSandboxStatus
			Info    json.RawMessage
		}
	}
	if err := json.Unmarshal(content, &recording); err != nil {
		t.Fatal(err)
	}
	c.version = recording.Version
	for _, s := range recording.Sandboxes {
		if strings.HasPrefix(s.Sandbox.Metadata.Name, "plain") {
			c.sandbox, c.status, c.info = s.Sandbox, s.Status, string(s.Info)
			return
		}
	}
	t.Fatal("the recording has no such pod")
}

// containerdInfo asks the node's containerd about the sandbox of a pod.
func containerdInfo(t *testing.T, socket, uid string) string {
	t.Helper()
	conn, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := runtimeapi.NewRuntimeServiceClient(conn)
	list, err := client.ListPodSandbox(t.Context(), &runtimeapi.ListPodSandboxRequest{Filter: &runtimeapi.PodSandboxFilter{
		LabelSelector: map[string]string{"io.kubernetes.pod.uid": uid},
	}})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	answer, err := client.PodSandboxStatus(t.Context(), &runtimeapi.PodSandboxStatusRequest{PodSandboxId: list.Items[0].Id, Verbose: true})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Info["info"]
}

// Version, ListPodSandbox and PodSandboxStatus are the runtime's.
func (c *crio) Version(context.Context, *runtimeapi.VersionRequest) (*runtimeapi.VersionResponse, error) {
	return c.version, nil
}

func (c *crio) ListPodSandbox(_ context.Context, r *runtimeapi.ListPodSandboxRequest) (*runtimeapi.ListPodSandboxResponse, error) {
	for key, value := range r.GetFilter().GetLabelSelector() {
		if c.sandbox.Labels[key] != value {
			return &runtimeapi.ListPodSandboxResponse{}, nil
		}
	}
	return &runtimeapi.ListPodSandboxResponse{Items: []*runtimeapi.PodSandbox{c.sandbox}}, nil
}

func (c *crio) PodSandboxStatus(_ context.Context, r *runtimeapi.PodSandboxStatusRequest) (*runtimeapi.PodSandboxStatusResponse, error) {
	if r.PodSandboxId != c.sandbox.Id {
		return nil, status.Error(codes.NotFound, "no such sandbox")
	}
	c.led.Store(true)
	return &runtimeapi.PodSandboxStatusResponse{Status: c.status, Info: map[string]string{"info": c.info}}, nil
}
