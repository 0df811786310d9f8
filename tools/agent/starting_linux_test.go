package agent

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"

	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
)

// slow is an agent that starts a tool when it is let go.
type slow struct {
	*Server
	asked, start chan struct{}
}

func (s slow) Start(ctx context.Context, q *wire.StartRequest) (*wire.StartReply, error) {
	close(s.asked)
	<-s.start
	return s.Server.Start(ctx, q)
}

func TestAToolThatIsStoppedWhileItIsBeingStartedDoesNotRunOn(t *testing.T) {
	f := newFar(t, patience)
	if _, err := f.link(t.Context(), "far", true, nil); err != nil { // the agent serves
		t.Fatal(err)
	}
	agent := slow{f.server, make(chan struct{}), make(chan struct{})}
	path := filepath.Join(f.dir, "slow.sock")
	socket, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	wire.RegisterAgentServer(server, agent)
	bytestream.RegisterByteStreamServer(server, f.server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(socket) }() // ends with server
	defer func() { server.Stop(); <-served }()
	l, err := newLink(func(ctx context.Context, in io.Reader, out io.Writer) error {
		return f.join(ctx, in, out, func(c net.Conn) net.Conn {
			c.Close()
			c, _ = net.Dial("unix", path)
			return c
		})
	}, streamWindow)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	type result struct {
		exit launch.Exit
		err  error
	}
	ended := make(chan result, 1)
	go func() { // ends with the tool
		r := &remote{link: l, node: "far", id: "late", streams: launch.Streams{Stdout: io.Discard}, away: away{node: "far"}}
		exit, err := r.launch(ctx, cart, []string{"sleep", "1000"})
		ended <- result{exit, err}
	}()
	<-agent.asked
	stop()
	close(agent.start)
	if r := <-ended; r.err != nil || !r.exit.Stopped {
		t.Errorf("%+v, %v", r.exit, r.err)
	}
	for _, r := range f.server.all() {
		if !f.server.about(r).GetEnded() {
			t.Error("the tool runs on")
		}
	}
}

// A proxy that swallows the first connection, or an API server that restarts in this moment, keeps nobody from a helper; a refusal does.
func TestAFirstConnectionThatBreaksIsDialledAgain(t *testing.T) {
	f := newFar(t, patience)
	refused := errors.New("not allowed")
	for _, c := range []struct {
		err   error
		dials int64
	}{{Broke(io.ErrUnexpectedEOF), 3}, {refused, 1}} {
		var dials atomic.Int64
		l, err := newLink(func(ctx context.Context, in io.Reader, out io.Writer) error {
			if dials.Add(1) < 3 {
				return c.err
			}
			return f.join(ctx, in, out, nil)
		}, streamWindow)
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.greet(t.Context())
		l.close()
		if n := dials.Load(); n != c.dials || (err == nil) != (n == 3) || c.err == refused && !errors.Is(err, refused) {
			t.Errorf("%v: dialled %d times, %v", c.err, n, err)
		}
	}
}
