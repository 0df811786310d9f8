package agent

import (
	"context"
	"encoding/json"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Node launches commands in the pods of the agent's node, and reads their networks.
type Node interface {
	launch.Launcher
	Network(ctx context.Context, pod k8s.Pod) (netinfo.Network, error)
}

// Hello says who answers, which tools are missing, and what runs here.
func (s *Server) Hello(context.Context, *wire.HelloRequest) (*wire.HelloReply, error) {
	reply := &wire.HelloReply{Version: s.Version, Node: s.Node, Consoles: uint32(s.who.now())}
	for _, tool := range command.Catalogue() {
		if f := failureOf(s.Launcher.Locate(nil, tool.Name)); f != nil {
			reply.Missing = append(reply.Missing, &wire.Missing{Tool: tool.Name, Failure: f})
		}
	}
	for _, r := range s.all() {
		reply.Runs = append(reply.Runs, s.about(r))
	}
	return reply, nil
}

// Locate says whether a tool is installed on this node.
func (s *Server) Locate(_ context.Context, q *wire.LocateRequest) (*wire.LocateReply, error) {
	return &wire.LocateReply{Failure: failureOf(s.Launcher.Locate(nil, q.GetTool()))}, nil
}

// Clock reads the clock of this node.
func (s *Server) Clock(context.Context, *wire.ClockRequest) (*wire.ClockReply, error) {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return &wire.ClockReply{UnixNanos: now().UnixNano()}, nil
}

// Network tells what a pod's network holds.
func (s *Server) Network(ctx context.Context, q *wire.NetworkRequest) (*wire.NetworkReply, error) {
	pod, err := podOf(q.GetPod())
	if err != nil {
		return nil, err
	}
	found, failed := s.Launcher.Network(ctx, pod)
	encoded, err := json.Marshal(found)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "write the network down: %v", err)
	}
	return &wire.NetworkReply{Network: encoded, Failure: failureOf(failed)}, nil
}

func podOf(encoded []byte) (pod k8s.Pod, err error) {
	if err := json.Unmarshal(encoded, &pod); err != nil {
		return pod, status.Errorf(codes.InvalidArgument, "read the pod: %v", err)
	}
	return pod, nil
}
