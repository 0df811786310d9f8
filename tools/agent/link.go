package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/agent/wire"
)

// Gone is an ErrGone that says why the agent does not exist any more.
func Gone(why error) error { return gone{why} }

type gone struct{ error }

func (g gone) Is(target error) bool { return target == ErrGone }
func (g gone) Unwrap() error        { return g.error }

// Dialer runs `podtracer agent dial` in a helper with these streams, until the command or ctx ends.
//
// Errors: ErrGone; else why the command ended.
type Dialer func(ctx context.Context, in io.Reader, out io.Writer) error

// link is the connection to one agent. gRPC dials again when it breaks, with growing pauses.
type link struct {
	conn  *grpc.ClientConn
	agent wire.AgentClient
	bytes bytestream.ByteStreamClient
	dials sync.WaitGroup

	mu   sync.Mutex
	last error // why the last dial ended
}

// ErrGone says that a Dialer's agent does not exist any more, so that dialling again is of no use.
var ErrGone = errors.New("the helper is gone")

// Pauses between two dials.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 10 * time.Second
	dialTime     = 20 * time.Second
)

func newLink(dial Dialer) (*link, error) {
	l := &link{}
	conn, err := grpc.NewClient("passthrough:///helper",
		grpc.WithTransportCredentials(insecure.NewCredentials()), // exec is encrypted by the API's own connection
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.dial(ctx, dial) }),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: beat, Timeout: beat, PermitWithoutStream: true}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: firstPause, Multiplier: 1.6, Jitter: 0.2, MaxDelay: longestPause}, MinConnectTimeout: dialTime,
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostMessage)),
	)
	if err != nil {
		return nil, err
	}
	l.conn, l.agent, l.bytes = conn, wire.NewAgentClient(conn), bytestream.NewByteStreamClient(conn)
	return l, nil
}

// dial turns one exec into a connection. The exec lasts as long as the connection, which may be longer than ctx.
func (l *link) dial(ctx context.Context, dial Dialer) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.dials.Go(func() { // ends with the exec, or when the connection is closed
		err := dial(lasting, inRead, outWrite)
		l.mu.Lock()
		l.last = err
		l.mu.Unlock()
		inRead.CloseWithError(io.ErrClosedPipe)
		outWrite.CloseWithError(io.EOF)
	})
	return &pipes{in: outRead, out: inWrite, close: cancel}, nil
}

// why explains an error of a call: if the connection broke, by the error of the last dial.
func (l *link) why(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && status.Code(err) == codes.Unavailable {
		return l.last
	}
	if s, ok := status.FromError(err); ok && err != nil {
		return errors.New(s.Message())
	}
	return err
}

// gone says whether the agent does not exist any more.
func (l *link) gone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Is(l.last, ErrGone)
}

// alive waits until the agent answers, and says whether it does. It waits for a broken connection, since tools may be running behind
// it, and gives up when the agent is gone or ctx ends.
func (l *link) alive(ctx context.Context) bool {
	for ctx.Err() == nil && !l.gone() {
		_, err := l.hello(ctx)
		if err == nil {
			return true
		}
		pause.For(ctx, firstPause)
	}
	return false
}

func (l *link) close() {
	_ = l.conn.Close()
	l.dials.Wait()
}

// broken says whether an error means that the connection broke, and will be dialled again.
func broken(err error) bool { return status.Code(err) == codes.Unavailable }

// hello asks the agent who it is.
func (l *link) hello(ctx context.Context) (*wire.HelloReply, error) {
	reply, err := l.agent.Hello(ctx, &wire.HelloRequest{})
	if err != nil {
		return nil, fmt.Errorf("reach the agent: %w", l.why(err))
	}
	return reply, nil
}
