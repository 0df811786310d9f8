package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
)

// remote is one tool on another node, as the console sees it.
type remote struct {
	link    *link
	node    string
	id      string
	by      string // the person
	streams launch.Streams

	away       away
	heard      atomic.Pointer[time.Time] // when the agent last had something new
	toldToStop atomic.Pointer[time.Time] // when the agent was told to stop the tool, or could not be; nil: it was not yet
	over       chan struct{}             // closed when the agent has said how the tool ended

	started, stopping bool // the agent has said so
	unfetched         bool // what the tool wrote may be there, and not here
}

// keptHere is the hint to an error with which output ends before it has all come.
const keptHere = "the output that arrived before is kept here"

// outage is how long a connection may be broken before the console gives a run up.
const outage = 10 * time.Minute

const (
	// silence is how long an agent that can be reached may have nothing new after the tool was to stop, which takes a tool some seconds. It is
	// longer than beats take to tell that an agent cannot be reached.
	silence = 3 * beat
	// absence is how long one that cannot be reached is waited for, if nobody has asked for the end: until it has stopped the tool by itself.
	absence = 90 * time.Second
	// parting is how long one that cannot be reached is waited for when somebody has asked for the end: Kubernetes gives a pod half a minute, of
	// which a tcpdump that is to be asked how far it is has taken ten seconds before.
	parting = 10 * time.Second
)

// hears notes that the agent has something new.
func (r *remote) hears() {
	now := time.Now()
	r.heard.Store(&now)
}

// giveUp calls end when the tool is to stop, because ctx has ended, and the agent then has nothing new for too long; for an agent that has
// said how the tool ended, and sends the rest, that is as long as an outage. It returns when over ends.
func (r *remote) giveUp(ctx, over context.Context, end func(error)) {
	most, why := outage, errors.New("does not send the rest of what the tool has written")
	stopped := func() {
		most, why = silence, errors.New("does not say that the tool has ended")
	}
	select {
	case <-over.Done():
		return
	case <-r.over:
	case <-ctx.Done():
		stopped()
	}
	r.hears()
	began := time.Now()
	for over.Err() == nil {
		if most == outage && ctx.Err() != nil {
			stopped()
			r.hears()
			began = time.Now()
		}
		limit := most
		switch away := most == silence && r.away.unreached(); {
		case away && !errors.Is(context.Cause(ctx), launch.ErrTimer):
			limit = parting
		case away && time.Since(began) < absence:
			r.hears()
		}
		left := limit - time.Since(*r.heard.Load())
		if left <= 0 {
			end(hint.Add(fmt.Errorf("the helper on node %s %w", r.node, why),
				"it stops the tool when no console has been connected for a while; the output that arrived before is kept here, and podtracer ps says what it has left"))
			return
		}
		pause.For(over, min(left, time.Second))
	}
}

// windUp is how long a tool that was to stop is given for that, also when somebody does not want to wait any more: it is killed by then.
const windUp = 8 * time.Second

// hurry calls end when somebody does not want to wait for the end of a tool that is to stop, because ctx has ended. It returns when over
// ends.
func (r *remote) hurry(ctx, over context.Context, end func(error)) {
	select {
	case <-over.Done():
		return
	case <-ctx.Done():
	}
	began := time.Now()
	select {
	case <-over.Done():
		return
	case <-r.streams.Hurried:
	}
	pause.For(over, windUp-time.Since(began))
	end(hint.Add(fmt.Errorf("podtracer was told a second time to end, and did not wait for the rest from the helper on node %s", r.node),
		"the output that arrived before is kept here"))
}

// errOutage says that the console has given a run up.
func (r *remote) errOutage(err error) error {
	return hint.Add(fmt.Errorf("the helper on node %s has not been reached for %s: %w", r.node, outage, r.link.why(err)),
		"the helper stops the tool by itself; the output that arrived before is kept here")
}

func (r *remote) launch(ctx context.Context, pod k8s.Pod, argv []string) (launch.Exit, error) {
	start, err := r.request(pod, argv)
	if err != nil {
		return launch.Exit{}, err
	}
	if ctx.Err() != nil {
		return launch.Exit{Stopped: true}, nil
	}
	defer r.link.compare(context.WithoutCancel(ctx))()
	if err := r.start(ctx, start); err != nil {
		return launch.Exit{}, fmt.Errorf("start it on node %s: %w", r.node, r.link.why(err))
	}
	if r.streams.Named != nil {
		r.streams.Named(r.id)
	}
	return r.attend(ctx)
}

// attend follows the tool to its end, or until it is let go.
func (r *remote) attend(ctx context.Context) (launch.Exit, error) {
	over, end := context.WithCancelCause(context.WithoutCancel(ctx)) // a stop is passed on to the agent, and does not end the call
	defer end(nil)
	r.over = make(chan struct{})
	var helping sync.WaitGroup
	helping.Go(func() { r.order(ctx, over) })       // ends with over
	helping.Go(func() { r.giveUp(ctx, over, end) }) // ends with over
	helping.Go(func() { r.hurry(ctx, over, end) })  // ends with over
	letGo := context.AfterFunc(ctx, func() {
		if isLetGo(ctx) {
			end(launch.ErrLetGo)
		}
	})
	defer letGo()
	helping.Go(func() { // ends with over
		if err := r.feed(over); err != nil { // the tool would wait for it
			end(err)
		}
	})
	helping.Go(r.tellClock(over)) // ends with over
	ended, err := r.follow(ctx, over)
	end(nil)
	helping.Wait()
	r.unfetched = (ended == nil || errors.Is(err, errDiffers)) && !isLetGo(ctx) && !r.streams.Podless
	if ended != nil && !r.unfetched && (r.streams.Shared == nil || !r.streams.Shared()) { // nothing more can be had of it
		r.forget(context.WithoutCancel(ctx))
	}
	unknown := launch.Exit{Code: -1}
	if err != nil {
		return unknown, err
	}
	switch err := errorOf(ended.GetFailure()); {
	case isExit(ended):
		return exitOf(ended), err
	case err != nil:
		return unknown, err
	default:
		return unknown, fmt.Errorf("the helper on node %s says that the tool ended as no tool does: with status %d and signal %d", r.node, ended.GetCode(),
			ended.GetSignal())
	}
}

// isLetGo says whether ctx has ended so that the tool goes on.
func isLetGo(ctx context.Context) bool { return errors.Is(context.Cause(ctx), launch.ErrLetGo) }

// start starts the tool. The end of ctx does not end a request that is under way: the tool might run, and nobody would stop it.
func (r *remote) start(ctx context.Context, start *wire.StartRequest) error {
	defer silent(r.node, r.streams.Notice)()
	err := r.retry(ctx, func(asked context.Context) error {
		answered, cancel := context.WithTimeout(context.WithoutCancel(asked), dialTime)
		defer cancel()
		_, err := r.link.agent.Start(answered, start)
		return err
	})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return hint.Add(errors.New("the helper did not say whether it has started it"), "if it has, it stops it when nobody has followed it for a while")
	}
	return err
}

func (r *remote) request(pod k8s.Pod, argv []string) (*wire.StartRequest, error) {
	encoded, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	s := r.streams
	q := &wire.StartRequest{
		Id: r.id, By: r.by, Pod: encoded, Argv: argv, Stdin: s.Stdin != nil, Keys: s.Keys != nil, Stderr: s.Stderr != nil, Disposable: s.Disposable,
		Zone: zone(time.Now()), // what it writes is read beside times of this machine
	}
	if s.Terminal != nil {
		q.Terminal = sizeOf(*s.Terminal)
	}
	if s.Keys != nil {
		q.Term = os.Getenv("TERM")
	}
	return q, nil
}

// zone is the offset of a time from UTC as a TZ, in which west is positive (POSIX.1-2017, 8.3); "" if there is none.
func zone(t time.Time) string {
	_, east := t.Zone()
	sign, hours, minutes := "-", east/3600, east/60%60
	if east < 0 {
		sign, hours, minutes = "+", -hours, -minutes
	}
	if east == 0 {
		return ""
	}
	return fmt.Sprintf("<%s>%s%d:%02d", t.Format("-0700"), sign, hours, minutes)
}

func sizeOf(s launch.Size) *wire.Size {
	return &wire.Size{Columns: uint32(max(0, s.Columns)), Rows: uint32(max(0, s.Rows))}
}

// isExit says whether a process can have ended so: with an exit status, by a signal, or not at all.
func isExit(e *wire.Ended) bool {
	switch code, signal := e.GetCode(), e.GetSignal(); {
	case code == -1 && signal == 0:
		return len(e.GetLeft()) > 0
	case code == -1:
		return 0 < signal && signal <= detached.LastSignal
	default:
		return 0 <= code && code <= detached.MostStatus && signal == 0
	}
}

func exitOf(e *wire.Ended) launch.Exit {
	exit := launch.Exit{
		Code: int(e.GetCode()), Signal: syscall.Signal(e.GetSignal()), Stopped: e.GetStopped(), Killed: e.GetKilled(),
		Strays: max(0, int(e.GetStrays())), Lacks: printable.Line(e.GetLacks()),
	}
	for _, left := range e.GetLeft() {
		exit.Left = append(exit.Left, printable.Line(left))
	}
	return exit
}

// forget lets the agent remove the output of the run, which has arrived. If the agent cannot be reached, the output is removed with the
// helper.
func (r *remote) forget(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	_, _ = r.link.agent.Forget(ctx, &wire.ForgetRequest{Id: r.id})
}

// retry repeats a call whose connection breaks, until there is an answer or the outage is too long.
//
// Errors: the agent's; that of ctx; errOutage.
func (r *remote) retry(ctx context.Context, ask func(context.Context) error) error {
	for began := time.Now(); ; {
		err := r.once(ctx, ask)
		switch {
		case err == nil || !broken(err) && status.Code(err) != codes.DeadlineExceeded:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case r.link.gone():
			return r.link.why(err)
		case time.Since(began) > outage:
			return r.errOutage(err)
		}
		pause.For(ctx, firstPause)
	}
}

func (r *remote) once(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	return ask(ctx)
}
