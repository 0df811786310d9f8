// Package agent starts tools in the pods of another node, over one gRPC connection.
//
// The agent runs in a helper on that node. It starts tools as podtracer does on its own node, and keeps their output in spools until
// the console has fetched it, so a broken connection loses nothing: the console dials again and continues at the next byte. The last
// event of a run has the length and the SHA-256 of both streams, and the console compares them with what arrived.
//
// An agent listens only on a unix socket, which only its own user can open. When nobody has followed a tool for a while, the agent stops
// it, and keeps its output for some time. When no console has been connected for longer, the agent ends, unless it is installed.
//
// Several consoles can share an agent. A run belongs to the console that has chosen its id, which nobody can guess, and which the agent
// tells nobody: without it a run can be neither read nor stopped. What all runs together may keep on the disk is limited.
//
// The door: Server is the agent, Join connects a pair of streams to it, and Launcher is the console's side, a launch.Launcher.
package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/store"
)

// Server is an agent.
type Server struct {
	Launcher Node
	Dir      *store.Dir // holds the spools until the console has fetched them
	Version  string
	Node     string

	StopAfter time.Duration // that nobody follows a tool, before the agent stops it
	KeepFor   time.Duration // that nobody follows a tool that has ended, before the agent removes its output
	EndAfter  time.Duration // without a connected console, before the agent ends, if it keeps nothing for one; 0: it stays
	MostKept  int64         // bytes of all runs together

	Now func() time.Time // the clock of the node; nil: that of this machine

	wire.UnimplementedAgentServer
	bytestream.UnimplementedByteStreamServer

	who  company
	work sync.WaitGroup
	kept budget
	mu   sync.Mutex
	runs map[string]*run
	made int  // runs so far
	ends bool // nothing is started any more
}

// mostRuns is how many runs an agent has at a time, running or kept: more than a node has pods.
const mostRuns = 500

// beat is how often each side of a connection checks that the other side answers.
const beat = 10 * time.Second

// Serve answers on the socket until ctx ends, or until no console has been connected for EndAfter. It stops its tools before it returns.
func (s *Server) Serve(ctx context.Context, socket net.Listener) error {
	s.runs = map[string]*run{}
	s.kept.most = s.MostKept
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := grpc.NewServer(append(serving(), grpc.StatsHandler(&s.who))...)
	wire.RegisterAgentServer(server, s)
	bytestream.RegisterByteStreamServer(server, s)
	if s.EndAfter > 0 {
		s.work.Go(func() { // ends with ctx
			s.who.watch(ctx, s.EndAfter, func() { s.endAlone(ctx, stop) })
		})
	}
	s.work.Go(func() { // ends with ctx, and when the tools have ended
		<-ctx.Done()
		s.endAll()
		server.Stop()
	})
	err := server.Serve(socket)
	stop()
	s.work.Wait()
	return err
}

var errEnds = errors.New("somebody ends the helper")

// endAll stops all tools, which no console has asked for, and waits for them. Nothing is started afterwards.
func (s *Server) endAll() {
	s.mu.Lock()
	s.ends = true
	s.mu.Unlock()
	for _, r := range s.stopAll(errEnds) {
		<-r.done
		r.drop()
		s.takeBack(r)
	}
}

// endAlone ends the agent, to which nobody is connected, as soon as it keeps no output for anybody. It returns when somebody comes.
func (s *Server) endAlone(ctx context.Context, stop func()) {
	const look = time.Second
	for s.who.now() == 0 && ctx.Err() == nil {
		if !s.keeps() {
			stop()
			return
		}
		pause.For(ctx, look)
	}
}

// keeps says whether there is output that nobody has fetched.
func (s *Server) keeps() bool {
	return slices.ContainsFunc(s.all(), func(r *run) bool { return r.size() > 0 })
}

func (s *Server) all() []*run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.runs))
}

// stopAll stops all tools, which no console has asked for, and returns their runs.
func (s *Server) stopAll(why error) []*run {
	all := s.all()
	for _, r := range all {
		s.stop(r, why)
	}
	return all
}

// stop stops a tool, which no console has asked for, and keeps its output.
func (s *Server) stop(r *run, why error) {
	r.stop(hint.Add(fmt.Errorf("the helper on node %s stopped the tool: %w", s.Node, why), "the output that had arrived is kept; run it again"))
}

func (s *Server) run(id string) (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		return r, nil
	}
	return nil, status.Errorf(codes.NotFound, "there is no run %q here", id)
}

// Start starts a tool.
func (s *Server) Start(ctx context.Context, q *wire.StartRequest) (*wire.StartReply, error) {
	pod, err := podOf(q.GetPod())
	if err != nil {
		return nil, err
	}
	if len(q.GetArgv()) == 0 || q.GetId() == "" {
		return nil, status.Error(codes.InvalidArgument, "a run needs an id and a command")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[q.GetId()] != nil { // the answer to the first request was lost
		return &wire.StartReply{}, nil
	}
	switch {
	case s.ends:
		return nil, status.Error(codes.FailedPrecondition, errEnds.Error())
	case len(s.runs) >= mostRuns:
		return nil, status.Errorf(codes.ResourceExhausted, "the helper has %d runs already, of all who use it", mostRuns)
	}
	s.made++
	r, err := newRun(ctx, s.Dir, &s.kept, s.made, pod, q)
	if err != nil {
		return nil, status.Error(codes.ResourceExhausted, fmt.Sprintf("keep what the tool writes: %v", err))
	}
	s.runs[q.GetId()] = r
	s.work.Go(func() { r.execute(s.Launcher) })  // ends with the tool
	s.work.Go(func() { s.attend(q.GetId(), r) }) // ends when the run is forgotten, or at the end
	return &wire.StartReply{}, nil
}

// Watch tells what happens to a run.
func (s *Server) Watch(q *wire.WatchRequest, to grpc.ServerStreamingServer[wire.Event]) error {
	r, err := s.run(q.GetId())
	if err != nil {
		return err
	}
	r.followers.add(1)
	defer r.followers.add(-1)
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
func (s *Server) Input(_ context.Context, q *wire.InputRequest) (*wire.InputReply, error) {
	r, err := s.run(q.GetId())
	if err != nil {
		return nil, err
	}
	return &wire.InputReply{}, r.takes(q)
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

// Listen creates the socket of an agent, which only its own user can open. It replaces a socket that no process listens on, and nothing
// else.
//
// Errors: another agent listens there; something else has that name; those of the file system.
func Listen(path string) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("listen on %s: an agent does so already", path)
	}
	switch there, err := os.Lstat(path); {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, err
	case there.Mode().Type() != os.ModeSocket:
		return nil, hint.Add(fmt.Errorf("listen on %s: there is something else of that name", path), "move it away, or choose another directory with --data-dir")
	default:
		if err := os.Remove(path); err != nil {
			return nil, err
		}
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
