package ns

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// recording is what a runtime said, in the format of testdata/cri: real answers without the parts that are never read.
type recording struct {
	Version   *runtimeapi.VersionResponse `json:"version"`
	Sandboxes []recordedSandbox           `json:"sandboxes"`
	// Of a container, only its verbose status is recorded.
	Containers []struct {
		Container *runtimeapi.Container `json:"container"`
		Info      json.RawMessage       `json:"info"`
	} `json:"containers"`
}

type recordedSandbox struct {
	Sandbox *runtimeapi.PodSandbox       `json:"sandbox"`
	Status  *runtimeapi.PodSandboxStatus `json:"status"`
	Info    json.RawMessage              `json:"info"` // the value of the key "info"
	Flat    map[string]string            `json:"flat"` // the keys of an old runtime, in place of "info"
}

func (s recordedSandbox) answer() map[string]string {
	if s.Info == nil {
		return s.Flat
	}
	return map[string]string{"info": string(s.Info)}
}

func readRecording(t testing.TB, name string) recording {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "cri", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// sandbox returns the recorded sandbox of the pod whose name begins with prefix.
func (r recording) sandbox(t testing.TB, prefix string) recordedSandbox {
	t.Helper()
	for _, s := range r.Sandboxes {
		if name := s.Sandbox.Metadata.Name; len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			return s
		}
	}
	t.Fatalf("no sandbox %s in the recording", prefix)
	return recordedSandbox{}
}

func (s recordedSandbox) pod() Pod {
	m := s.Sandbox.Metadata
	return Pod{Namespace: m.Namespace, Name: m.Name, UID: m.Uid}
}

// fakeRuntime serves a recording over a real socket.
type fakeRuntime struct {
	runtimeapi.UnimplementedRuntimeServiceServer
	recording
	deaf bool // ignores label selectors

	mu     sync.Mutex
	called []string
}

// listen serves r at path until the test ends. It fails the test if a method was called that a finder must not call, above all
// GetContainerEvents: a subscriber takes events away from the kubelet.
func (r *fakeRuntime) listen(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	note := func(method string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.called = append(r.called, filepath.Base(method))
	}
	server := grpc.NewServer(
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			note(info.FullMethod)
			return next(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			note(info.FullMethod)
			return next(srv, s)
		}))
	runtimeapi.RegisterRuntimeServiceServer(server, r)
	done := make(chan struct{})
	go func() { // ended by Stop
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
		harmless := []string{"Version", "ListPodSandbox", "PodSandboxStatus", "ListContainers", "ContainerStatus"}
		for _, method := range r.called {
			if !slices.Contains(harmless, method) {
				t.Errorf("%s was called", method)
			}
		}
	})
}

func (r *fakeRuntime) Version(context.Context, *runtimeapi.VersionRequest) (*runtimeapi.VersionResponse, error) {
	return r.recording.Version, nil
}

func (r *fakeRuntime) ListPodSandbox(_ context.Context, req *runtimeapi.ListPodSandboxRequest) (*runtimeapi.ListPodSandboxResponse, error) {
	answer := &runtimeapi.ListPodSandboxResponse{}
	for _, s := range r.Sandboxes {
		fits := true
		for key, value := range req.GetFilter().GetLabelSelector() {
			fits = fits && s.Sandbox.Labels[key] == value
		}
		if fits || r.deaf {
			answer.Items = append(answer.Items, s.Sandbox)
		}
	}
	return answer, nil
}

func (r *fakeRuntime) PodSandboxStatus(_ context.Context, req *runtimeapi.PodSandboxStatusRequest) (*runtimeapi.PodSandboxStatusResponse, error) {
	for _, s := range r.Sandboxes {
		if s.Sandbox.Id == req.PodSandboxId {
			answer := &runtimeapi.PodSandboxStatusResponse{Status: s.Status}
			if req.Verbose {
				answer.Info = s.answer()
			}
			return answer, nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "an error occurred when try to find sandbox: not found")
}

func (r *fakeRuntime) ListContainers(_ context.Context, req *runtimeapi.ListContainersRequest) (*runtimeapi.ListContainersResponse, error) {
	answer := &runtimeapi.ListContainersResponse{}
	for _, c := range r.Containers {
		want := req.GetFilter()
		if want == nil || c.Container.PodSandboxId == want.GetPodSandboxId() && c.Container.State == want.GetState().GetState() {
			answer.Containers = append(answer.Containers, c.Container)
		}
	}
	return answer, nil
}

func (r *fakeRuntime) ContainerStatus(_ context.Context, req *runtimeapi.ContainerStatusRequest) (*runtimeapi.ContainerStatusResponse, error) {
	for _, c := range r.Containers {
		if c.Container.Id == req.ContainerId {
			return &runtimeapi.ContainerStatusResponse{Info: map[string]string{"info": string(c.Info)}}, nil
		}
	}
	return nil, status.Error(codes.NotFound, "no such container")
}
