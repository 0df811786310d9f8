package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
)

// liar is an agent that says what a test wants.
type liar struct {
	wire.UnimplementedAgentServer
	bytestream.UnimplementedByteStreamServer

	events  []*wire.Event                                                       // that Watch tells; without an end among them it then waits
	endless bool                                                                // the output has no end; otherwise there is none
	written func(context.Context) (*bytestream.QueryWriteStatusResponse, error) // nil: it says that nothing was written

	once    sync.Once
	stopped chan struct{} // closed when the tool is to stop
}

func (l *liar) Start(context.Context, *wire.StartRequest) (*wire.StartReply, error) {
	return &wire.StartReply{}, nil
}

func (l *liar) Ask(_ context.Context, q *wire.AskRequest) (*wire.AskReply, error) {
	if q.GetWish() == wire.AskRequest_STOP {
		l.once.Do(func() { close(l.stopped) })
	}
	return &wire.AskReply{}, nil
}

func (l *liar) Forget(context.Context, *wire.ForgetRequest) (*wire.ForgetReply, error) {
	return &wire.ForgetReply{}, nil
}

func (l *liar) Watch(_ *wire.WatchRequest, to grpc.ServerStreamingServer[wire.Event]) error {
	ends := false
	for _, e := range l.events {
		ends = ends || e.GetEnded() != nil
		if err := to.Send(e); err != nil {
			return err
		}
	}
	if !ends {
		<-to.Context().Done()
	}
	return nil
}

func (l *liar) Read(_ *bytestream.ReadRequest, to bytestream.ByteStream_ReadServer) error {
	for l.endless {
		if err := to.Send(&bytestream.ReadResponse{Data: sealed(make([]byte, piece))}); err != nil {
			return err
		}
		pause.For(to.Context(), 20*time.Millisecond)
	}
	return nil
}

func (l *liar) QueryWriteStatus(ctx context.Context, _ *bytestream.QueryWriteStatusRequest) (*bytestream.QueryWriteStatusResponse, error) {
	if l.written == nil {
		return &bytestream.QueryWriteStatusResponse{Complete: true}, nil
	}
	return l.written(ctx)
}

// says runs a tool that such an agent has.
func (l *liar) says(t *testing.T, ctx context.Context, s launch.Streams) (launch.Exit, error) {
	t.Helper()
	l.stopped = make(chan struct{})
	path := filepath.Join(t.TempDir(), "liar.sock")
	socket, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	wire.RegisterAgentServer(server, l)
	bytestream.RegisterByteStreamServer(server, l)
	served := make(chan error, 1)
	go func() { served <- server.Serve(socket) }() // ends with server
	defer func() { server.Stop(); <-served }()
	link, err := newLink(func(ctx context.Context, in io.Reader, out io.Writer) error {
		c, err := net.Dial("unix", path)
		if err != nil {
			return err
		}
		defer c.Close()
		defer context.AfterFunc(ctx, func() { c.Close() })()
		go func() { _, _ = io.Copy(c, in) }() // ends with in, which gRPC closes
		_, err = io.Copy(out, c)
		return err
	}, streamWindow)
	if err != nil {
		t.Fatal(err)
	}
	defer link.close()
	r := &remote{link: link, node: "far", id: "x", streams: s, away: away{node: "far"}}
	return r.launch(ctx, cart, []string{"tcpdump"})
}

var (
	began    = &wire.Event{Event: &wire.Event_Started{Started: &wire.Started{}}}
	stopping = &wire.Event{Event: &wire.Event_Stopping{Stopping: &wire.Stopping{}}}
)

// ended is the end of a tool that has written nothing.
func ended(as *wire.Ended) *wire.Event {
	if as.Out == nil {
		as.Out = &wire.Stream{Sha256: sha256.New().Sum(nil)}
	}
	return &wire.Event{Event: &wire.Event_Ended{Ended: as}}
}

// countingWriter counts what has come.
type countingWriter struct{ n atomic.Int64 }

func (c *countingWriter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

// Whoever is at the other end, a tool that is to stop ends, and what had come by then is kept.
func TestAStreamWithoutAnEndIsGivenUpWhenTheToolWasToStop(t *testing.T) {
	const some = 4 << 20
	for name, c := range map[string]struct {
		written func(context.Context) (*bytestream.QueryWriteStatusResponse, error)
		want    string
	}{
		"it says how much there is": {func(context.Context) (*bytestream.QueryWriteStatusResponse, error) {
			return &bytestream.QueryWriteStatusResponse{CommittedSize: some, Complete: true}, nil
		}, "sends more than"},
		"it says that it goes on": {func(context.Context) (*bytestream.QueryWriteStatusResponse, error) {
			return &bytestream.QueryWriteStatusResponse{CommittedSize: some}, nil
		}, "sends more than"},
		"it does not say how much there is": {func(ctx context.Context) (*bytestream.QueryWriteStatusResponse, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, "does not say how much"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the test mostly waits
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var out countingWriter
			l := liar{endless: true, events: []*wire.Event{began}, written: c.written}
			_, err := l.says(t, ctx, launch.Streams{Stdout: &out, Started: stop})
			if err == nil || !strings.Contains(err.Error(), "node far") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if out.n.Load() < some {
				t.Errorf("%d bytes were kept", out.n.Load())
			}
		})
	}
}

// The size that the agent tells with the end of the tool is the end of its output, also if nobody wanted it to stop.
func TestAStreamThatGoesOnBehindTheEndOfItsToolIsGivenUp(t *testing.T) {
	l := liar{endless: true, events: []*wire.Event{began, ended(&wire.Ended{Out: &wire.Stream{Size: 1 << 20}})}}
	if _, err := l.says(t, t.Context(), launch.Streams{Stdout: io.Discard}); err == nil || !strings.Contains(err.Error(), "sends more than the 1.0 MB") {
		t.Errorf("got %v", err)
	}
}

// What was written before the stop comes, over a link as slow as it may be; what may be on the way while the answer is, too.
func TestWhatHadBeenWrittenComesHoweverLongThatTakes(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(a *allowance)
		at   int64
		good bool
	}{
		"nobody has stopped it":               {func(*allowance) { time.Sleep(time.Hour) }, 1 << 40, true},
		"all, late":                           {func(a *allowance) { a.begin(0); a.ends(1 << 30); time.Sleep(24 * time.Hour) }, 1 << 30, true},
		"a byte more":                         {func(a *allowance) { a.begin(0); a.ends(1 << 30) }, 1<<30 + 1, false},
		"more than a helper keeps":            {func(a *allowance) { a.begin(0); a.ends(1 << 50) }, mostKept + 1, false},
		"what was said first counts":          {func(a *allowance) { a.begin(0); a.ends(100); a.ends(200) }, 200, false},
		"the tool still ends":                 {func(a *allowance) { a.begin(0); time.Sleep(finishing) }, 1 << 40, true},
		"the answer is behind what is coming": {func(a *allowance) { a.begin(7); time.Sleep(5 * time.Minute) }, 7 + unsaid, true},
		"there is no answer":                  {func(a *allowance) { a.begin(7); time.Sleep(finishing + 1) }, 7 + unsaid + 1, false},
		"there is none for very long":         {func(a *allowance) { a.begin(7); time.Sleep(outage + 1) }, 8, false},
		"it answers, and goes on":             {func(a *allowance) { a.begin(0); time.Sleep(time.Hour); a.begin(1 << 40) }, 1<<40 + 1, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			var a allowance
			c.do(&a)
			if err := a.check(c.at); (err == nil) != c.good {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// A second start would give the tool its time anew, again and again.
func TestAToolStartsAndStopsAndEndsOnce(t *testing.T) {
	starts, stops, overs := 0, 0, 0
	l := liar{events: []*wire.Event{began, began, stopping, began, stopping, ended(&wire.Ended{Code: 3}), began, stopping, ended(&wire.Ended{})}}
	exit, err := l.says(t, t.Context(), launch.Streams{
		Stdout: io.Discard, Started: func() { starts++ }, Stopping: func() { stops++ }, Over: func() { overs++ },
	})
	if err != nil || exit.Code != 3 || starts != 1 || stops != 1 || overs != 1 {
		t.Errorf("%+v, %v: it started %d times, was stopped %d times and was over %d times", exit, err, starts, stops, overs)
	}
}

// Whoever reads an exit status has to be able to trust that a tool had it.
func TestAnEndThatNoToolHasIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		events []*wire.Event
		good   bool
	}{
		"success":                      {[]*wire.Event{began, ended(&wire.Ended{})}, true},
		"the highest status":           {[]*wire.Event{began, ended(&wire.Ended{Code: 255})}, true},
		"a signal":                     {[]*wire.Event{began, ended(&wire.Ended{Code: -1, Signal: 9})}, true},
		"it could not be ended":        {[]*wire.Event{began, ended(&wire.Ended{Code: -1, Left: []string{"1 (x)"}})}, true},
		"it was stopped before":        {[]*wire.Event{ended(&wire.Ended{Stopped: true})}, true},
		"no status":                    {[]*wire.Event{began, ended(&wire.Ended{Code: -1})}, false},
		"below all":                    {[]*wire.Event{began, ended(&wire.Ended{Code: -2})}, false},
		"above all":                    {[]*wire.Event{began, ended(&wire.Ended{Code: 256})}, false},
		"a signal that there is not":   {[]*wire.Event{began, ended(&wire.Ended{Code: -1, Signal: 65})}, false},
		"a signal below all":           {[]*wire.Event{began, ended(&wire.Ended{Code: -1, Signal: -9})}, false},
		"a status and a signal":        {[]*wire.Event{began, ended(&wire.Ended{Signal: 9})}, false},
		"it never began":               {[]*wire.Event{ended(&wire.Ended{})}, false},
		"stopped before, with output":  {[]*wire.Event{ended(&wire.Ended{Stopped: true, Out: &wire.Stream{Size: 1}})}, false},
		"it failed, and says nonsense": {[]*wire.Event{ended(&wire.Ended{Code: 300, Failure: failureOf(errors.New("no such pod"))})}, false},
	} {
		l := liar{events: c.events}
		if exit, err := l.says(t, t.Context(), launch.Streams{Stdout: &bytes.Buffer{}}); (err == nil) != c.good {
			t.Errorf("%s: %+v, %v", name, exit, err)
		}
	}
}

// A person who asks a second time for the end does not wait for what an agent may still send, be it ever so much.
func TestWhoDoesNotWantToWaitGetsWhatHasCome(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	hurried := make(chan struct{})
	var out countingWriter
	l := liar{endless: true, events: []*wire.Event{began}, written: func(context.Context) (*bytestream.QueryWriteStatusResponse, error) {
		return &bytestream.QueryWriteStatusResponse{CommittedSize: 1 << 60, Complete: true}, nil
	}}
	_, err := l.says(t, ctx, launch.Streams{Stdout: &out, Hurried: hurried, Started: func() { stop(); close(hurried) }})
	if err == nil || !strings.Contains(err.Error(), "told a second time to end") || out.n.Load() == 0 {
		t.Errorf("%v, %d bytes", err, out.n.Load())
	}
}

// Times that no calendar has come from clocks that are set wrong, and from helpers that lie.
func TestATimeOfAHelperCanBeWrittenWhateverItSays(t *testing.T) {
	for _, seconds := range []int64{-1 << 63, -1, 0, 1, 1 << 40, 1<<63 - 1} {
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)} {
			if at := atUnix(seconds).In(zone); at.IsZero() {
				t.Errorf("%d is no time", seconds)
			} else if _, err := at.MarshalJSON(); err != nil {
				t.Errorf("%d: %v", seconds, err)
			}
		}
	}
}
