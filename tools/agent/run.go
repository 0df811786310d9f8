package agent

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
)

// run is a tool on the agent's node, with its output.
type run struct {
	pod      k8s.Pod
	argv     []string
	by       string // the person who started it
	began    time.Time
	out, err *tape // err is nil if both streams are one
	events   latest.Value[[]*wire.Event]
	streams  launch.Streams
	ctx      context.Context         // its end stops the tool
	stop     context.CancelCauseFunc // the cause is why, unless the console has asked for it
	done     chan struct{}           // closed when the tool has ended and all its output is in the spools
	kept     context.Context         // ends when nobody wants the output any more
	drop     context.CancelFunc

	followers attendance             // who watches it
	leaving   sync.Mutex             // held while its output is left, or that is taken back
	left      atomic.Pointer[string] // the name by which a Keeper serves its output, which nobody fetches; nil: none

	feeding sync.Mutex // held while a piece of input is passed on
	fed     uint64     // pieces of input that the tool has

	keys  chan []byte
	sizes chan launch.Size
	ask   chan launch.Wish
	stdin *io.PipeWriter // nil: the tool has no standard input
}

func newRun(ctx context.Context, dir *store.Dir, kept *budget, number int, pod k8s.Pod, q *wire.StartRequest) (*run, error) {
	r := &run{pod: pod, argv: q.GetArgv(), by: q.GetBy(), began: time.Now(), done: make(chan struct{}), ask: make(chan launch.Wish, 8)}
	ctx = context.WithoutCancel(ctx) // longer than the request that starts it
	r.ctx, r.stop = context.WithCancelCause(ctx)
	r.kept, r.drop = context.WithCancel(ctx)
	var err error
	if r.out, err = newTape(dir, kept, 2*number, r.full); err != nil {
		return nil, err
	}
	r.streams = launch.Streams{
		Stdout: r.out, Ask: r.ask, Held: dir.Session().File(), Disposable: q.GetDisposable(), Zone: q.GetZone(),
		Started:  func() { r.happens(&wire.Event{Event: &wire.Event_Started{Started: &wire.Started{}}}) },
		Stopping: func() { r.happens(&wire.Event{Event: &wire.Event_Stopping{Stopping: &wire.Stopping{}}}) },
		Renewed:  func() { r.happens(&wire.Event{Event: &wire.Event_Renewed{Renewed: &wire.Renewed{}}}) },
		Notice:   func(text string) { r.happens(&wire.Event{Event: &wire.Event_Notice{Notice: text}}) },
	}
	if q.GetStderr() {
		if r.err, err = newTape(dir, kept, 2*number+1, r.full); err != nil {
			r.out.remove()
			return nil, err
		}
		r.streams.Stderr = r.err
	}
	if size := q.GetTerminal(); size != nil {
		r.streams.Terminal = &launch.Size{Columns: int(size.GetColumns()), Rows: int(size.GetRows())}
	}
	switch {
	case q.GetKeys():
		r.keys, r.sizes = make(chan []byte), make(chan launch.Size)
		r.streams.Term = cmp.Or(q.GetTerm(), launch.CommonTerm)
		r.streams.Keys, r.streams.Sizes = r.keys, r.sizes
	case q.GetStdin():
		r.streams.Stdin, r.stdin = io.Pipe()
	}
	return r, nil
}

func (r *run) happens(e *wire.Event) {
	r.events.Update(func(all []*wire.Event) []*wire.Event { return append(all[:len(all):len(all)], e) })
}

func (r *run) isOver() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// execute runs the tool to its end.
func (r *run) execute(launcher launch.Launcher) {
	defer close(r.done)
	defer r.stop(nil)
	exit, err := launcher.Launch(r.ctx, r.pod, r.argv, r.streams)
	r.inputEnds()
	if why := context.Cause(r.ctx); err == nil && exit.Stopped && !errors.Is(why, context.Canceled) {
		err = why
	}
	ended := &wire.Ended{
		Code: int32(exit.Code), Signal: int32(exit.Signal), Stopped: exit.Stopped, Killed: exit.Killed, Strays: int32(exit.Strays),
		Left: exit.Left, Lacks: exit.Lacks, Failure: failureOf(err), Out: r.out.finish(),
	}
	if r.err != nil {
		ended.Err = r.err.finish()
	}
	r.happens(&wire.Event{Event: &wire.Event_Ended{Ended: ended}})
}

// full stops a tool whose output cannot be kept, which is told with the stream.
func (r *run) full() { r.stop(nil) }

// takes passes a piece of input on to the tool, unless it has been passed on already: the answer to an earlier request was then lost.
func (r *run) takes(q *wire.InputRequest) error {
	r.feeding.Lock()
	defer r.feeding.Unlock()
	switch {
	case q.GetNumber() < r.fed:
		return nil
	case q.GetNumber() > r.fed:
		return status.Errorf(codes.OutOfRange, "piece %d of the input comes before piece %d", q.GetNumber(), r.fed)
	}
	r.fed++
	if size := q.GetSize(); size != nil && r.sizes != nil {
		select {
		case r.sizes <- launch.Size{Columns: int(size.GetColumns()), Rows: int(size.GetRows())}:
		case <-r.done:
		}
	}
	switch {
	case len(q.GetBytes()) == 0:
	case r.keys != nil:
		select {
		case r.keys <- q.GetBytes():
		case <-r.done:
		}
	case r.stdin != nil:
		_, _ = r.stdin.Write(q.GetBytes()) // the tool may stop reading when it likes
	}
	if q.GetEnds() {
		r.inputEnds()
	}
	return nil
}

func (r *run) inputEnds() {
	if r.stdin != nil {
		r.stdin.Close()
	}
}

func (r *run) asked(wish wire.AskRequest_Wish) {
	switch wish {
	case wire.AskRequest_STOP:
		r.stop(nil)
	case wire.AskRequest_COUNTERS:
		r.wish(launch.WishCounters)
	case wire.AskRequest_FLUSH:
		r.wish(launch.WishFlush)
	}
}

// wish passes a wish on, unless the tool has not answered several earlier ones.
func (r *run) wish(w launch.Wish) {
	select {
	case r.ask <- w:
	default:
	}
}

// size is how many bytes the tool has written.
func (r *run) size() int64 { return r.out.size() + r.err.size() }

// written is the output of the tool, or what it said beside it if there is none; nil if it has written nothing.
func (r *run) written() *tape {
	for _, t := range []*tape{r.out, r.err} {
		if t.size() > 0 {
			return t
		}
	}
	return nil
}

func (r *run) remove() {
	r.out.remove()
	if r.err != nil {
		r.err.remove()
	}
}
