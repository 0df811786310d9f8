package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
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

// ErrBroke says that a Dialer's connection broke, or did not come about, for a reason that may go away.
var ErrBroke = errors.New("the connection broke")

// Broke is an ErrBroke that says why.
func Broke(why error) error { return broke{why} }

type broke struct{ error }

func (b broke) Is(target error) bool { return target == ErrBroke }
func (b broke) Unwrap() error        { return b.error }

// Gone is an ErrGone that says why the agent does not exist any more.
func Gone(why error) error { return gone{why} }

type gone struct{ error }

func (g gone) Is(target error) bool { return target == ErrGone }
func (g gone) Unwrap() error        { return g.error }

// Dialer runs `podtracer agent dial` in a helper with these streams, until the command or ctx ends.
//
// Errors: ErrGone; ErrBroke; else why the command ended.
type Dialer func(ctx context.Context, in io.Reader, out io.Writer) error

// link is the connection to one agent. gRPC dials again when it breaks, with growing pauses.
type link struct {
	conn  *grpc.ClientConn
	agent wire.AgentClient
	bytes bytestream.ByteStreamClient
	dials sync.WaitGroup
	heard atomic.Int64 // when something came last, be it a beat: nanoseconds of the clock, which goes on while a laptop is asleep
	clock comparing

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
	firstTime    = 45 * time.Second // for the first connection, which may break twice
)

// Windows are how many bytes of a stream, and of all, may be on the way or wait for whoever reads them. gRPC would begin with 64 KiB anew on
// each connection, and ask the other side for more after each quarter of what it has.
const (
	streamWindow = 4 << 20  // of one of many
	aloneWindow  = 8 << 20  // of the only one
	wholeWindow  = 16 << 20 // as much as gRPC allows by itself; only what is on the way counts
)

// newLink makes a link whose streams have such a window.
func newLink(dial Dialer, window int32) (*link, error) {
	l := &link{}
	conn, err := grpc.NewClient("passthrough:///helper",
		grpc.WithTransportCredentials(insecure.NewCredentials()), // exec is encrypted by the API's own connection
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.dial(ctx, dial) }),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: beat, Timeout: beat, PermitWithoutStream: true}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: firstPause, Multiplier: 1.6, Jitter: 0.2, MaxDelay: longestPause}, MinConnectTimeout: dialTime,
		}),
		grpc.WithIdleTimeout(0), // whoever is connected keeps a helper alive
		grpc.WithReadBufferSize(readBuffer), grpc.WithStaticStreamWindowSize(window), grpc.WithStaticConnWindowSize(wholeWindow),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostMessage), grpc.ForceCodecV2(newCodec())),
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
	ended := false
	end := func(err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !ended {
			l.last, ended = err, true
		}
	}
	l.dials.Go(func() { // ends with the exec, or when the connection is closed
		end(dial(lasting, inRead, outWrite))
		inRead.CloseWithError(io.ErrClosedPipe)
		outWrite.CloseWithError(io.EOF)
	})
	return &pipes{in: hearing{outRead, &l.heard}, out: inWrite, close: func() {
		end(errUnanswered)
		cancel()
	}}, nil
}

// lostSince is since when nobody answers on a connection that has just broken. It is now, unless no beats came before: because the network
// swallowed them, or because this machine was asleep.
func (l *link) lostSince() time.Time {
	l.mu.Lock()
	unanswered := errors.Is(l.last, errUnanswered)
	l.mu.Unlock()
	now, last := time.Now(), time.Unix(0, l.heard.Load())
	if asleep := now.Round(0).Sub(last) > 3*beat; asleep || unanswered {
		return last
	}
	return now
}

// hearing notes when something comes.
type hearing struct {
	io.ReadCloser
	last *atomic.Int64
}

func (h hearing) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	if n > 0 {
		h.last.Store(time.Now().UnixNano())
	}
	return n, err
}

// errUnanswered is why gRPC closes a connection that lasts.
var errUnanswered = Broke(errors.New("nobody answers"))

// first repeats the first call on a link while its connection breaks for a reason that may go away. Other reasons a person has to know at
// once.
func (l *link) first(ctx context.Context, ask func() error) error {
	for began := time.Now(); ; pause.For(ctx, firstPause) {
		err := ask()
		if err == nil || ctx.Err() != nil || !l.broke() || time.Since(began) > firstTime {
			return err
		}
	}
}

// broke says whether the last connection broke for a reason that may go away.
func (l *link) broke() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Is(l.last, ErrBroke)
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

// greet is the first hello of a link.
func (l *link) greet(ctx context.Context) (reply *wire.HelloReply, err error) {
	err = l.first(ctx, func() error {
		reply, err = l.hello(ctx)
		return err
	})
	return reply, err
}

// hello asks the agent who it is.
func (l *link) hello(ctx context.Context) (*wire.HelloReply, error) {
	reply, err := l.agent.Hello(ctx, &wire.HelloRequest{})
	if err != nil {
		return nil, fmt.Errorf("reach the agent: %w", l.why(err))
	}
	return reply, nil
}
