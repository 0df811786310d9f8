// Package agent starts tools in the pods of another node, over one gRPC connection.
//
// The agent runs in a helper on that node. It starts tools as podtracer does on its own node, and keeps their output in spools until
// the console has fetched it, so a broken connection loses nothing: the console dials again and continues at the next byte. The last
// event of a run has the length and the SHA-256 of both streams, and the console compares them with what arrived.
//
// An agent listens only on a unix socket, which only its own user can open. When no console has been connected for a while, the agent
// stops the tools, and later it ends.
//
// The door: Server is the agent, Join connects a pair of streams to it, and Launcher is the console's side, a launch.Launcher.
package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
)

// Server is an agent.
type Server struct {
	Launcher launch.Launcher
	Dir      *store.Dir // holds the spools until the console has fetched them
	Version  string
	Node     string

	StopAfter time.Duration // without a connected console, before the agent stops its tools
	EndAfter  time.Duration // without a connected console, before the agent ends

	wire.UnimplementedAgentServer
	bytestream.UnimplementedByteStreamServer

	who  company
	work sync.WaitGroup
	mu   sync.Mutex
	runs map[string]*run
	made int // runs so far
}

// beat is how often each side of a connection checks that the other side answers.
const beat = 10 * time.Second

// Serve answers on the socket until ctx ends, or until no console has been connected for EndAfter. It stops its tools before it returns.
func (s *Server) Serve(ctx context.Context, socket net.Listener) error {
	s.runs = map[string]*run{}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := grpc.NewServer(grpc.StatsHandler(&s.who), grpc.MaxRecvMsgSize(mostMessage), grpc.KeepaliveParams(keepalive.ServerParameters{Time: beat, Timeout: beat}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: beat / 2, PermitWithoutStream: true}))
	wire.RegisterAgentServer(server, s)
	bytestream.RegisterByteStreamServer(server, s)
	s.work.Go(func() { // ends with ctx
		s.who.watch(ctx, s.StopAfter, s.stopAll)
	})
	s.work.Go(func() { // ends with ctx
		s.who.watch(ctx, s.EndAfter, stop)
	})
	s.work.Go(func() { // ends with ctx, and when the tools have ended
		<-ctx.Done()
		s.stopAll()
		s.awaitAll()
		server.Stop()
	})
	err := server.Serve(socket)
	stop()
	s.work.Wait()
	return err
}

// stopAll stops all tools and keeps their output.
func (s *Server) stopAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		r.stop()
	}
}

func (s *Server) awaitAll() {
	s.mu.Lock()
	var all []*run
	for _, r := range s.runs {
		all = append(all, r)
	}
	s.mu.Unlock()
	for _, r := range all {
		<-r.done
	}
}

func (s *Server) run(id string) (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		return r, nil
	}
	return nil, status.Errorf(codes.NotFound, "there is no run %q here", id)
}

// Hello says who answers, and what runs here.
func (s *Server) Hello(context.Context, *wire.HelloRequest) (*wire.HelloReply, error) {
	reply := &wire.HelloReply{Version: s.Version, Node: s.Node, Consoles: uint32(s.who.connected())}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		reply.Runs = append(reply.Runs, r.about())
	}
	return reply, nil
}

// Locate says whether a tool is installed on this node.
func (s *Server) Locate(_ context.Context, q *wire.LocateRequest) (*wire.LocateReply, error) {
	return &wire.LocateReply{Failure: failureOf(s.Launcher.Locate(nil, q.GetTool()))}, nil
}

// Start starts a tool.
func (s *Server) Start(ctx context.Context, q *wire.StartRequest) (*wire.StartReply, error) {
	var pod k8s.Pod
	if err := json.Unmarshal(q.GetPod(), &pod); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "read the pod: %v", err)
	}
	if len(q.GetArgv()) == 0 || q.GetId() == "" {
		return nil, status.Error(codes.InvalidArgument, "a run needs an id and a command")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[q.GetId()] != nil { // the answer to the first request was lost
		return &wire.StartReply{}, nil
	}
	s.made++
	r, err := newRun(ctx, s.Dir, s.made, pod, q)
	if err != nil {
		return nil, status.Error(codes.ResourceExhausted, fmt.Sprintf("keep what the tool writes: %v", err))
	}
	s.runs[q.GetId()] = r
	s.work.Go(func() { r.execute(s.Launcher) }) // ends with the tool
	return &wire.StartReply{}, nil
}

// Watch tells what happens to a run.
func (s *Server) Watch(q *wire.WatchRequest, to grpc.ServerStreamingServer[wire.Event]) error {
	r, err := s.run(q.GetId())
	if err != nil {
		return err
	}
	var seen uint64
	for next := q.GetFrom(); ; {
		events, version, err := r.events.Next(to.Context(), seen)
		if err != nil {
			return err
		}
		seen = version
		for ; next < uint64(len(events)); next++ {
			if err := to.Send(events[next]); err != nil {
				return err
			}
			if events[next].GetEnded() != nil {
				return nil
			}
		}
	}
}

// Input passes standard input, or keys and sizes, on to the tool.
func (s *Server) Input(from grpc.ClientStreamingServer[wire.InputRequest, wire.InputReply]) error {
	var r *run
	for {
		q, err := from.Recv()
		switch {
		case r == nil && err != nil:
			return err
		case err != nil:
			r.inputEnds()
			return nil
		case r == nil:
			if r, err = s.run(q.GetId()); err != nil {
				return err
			}
		}
		r.takes(q)
	}
}

// Ask passes a wish on to a tool, or stops it.
func (s *Server) Ask(_ context.Context, q *wire.AskRequest) (*wire.AskReply, error) {
	r, err := s.run(q.GetId())
	if err != nil {
		return nil, err
	}
	r.asked(q.GetWish())
	return &wire.AskReply{}, nil
}

// Forget removes the output of a run that has ended.
func (s *Server) Forget(_ context.Context, q *wire.ForgetRequest) (*wire.ForgetReply, error) {
	r, err := s.run(q.GetId())
	if err != nil {
		return &wire.ForgetReply{}, nil // the answer to the first request was lost
	}
	select {
	case <-r.done:
	default:
		return nil, status.Error(codes.FailedPrecondition, "the run has not ended")
	}
	s.mu.Lock()
	delete(s.runs, q.GetId())
	s.mu.Unlock()
	r.remove()
	return &wire.ForgetReply{}, nil
}

// Listen creates the socket of an agent, which only its own user can open. It replaces a socket that no process listens on.
//
// Errors: another agent listens there; those of the file system.
func Listen(path string) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("listen on %s: an agent does so already", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}
