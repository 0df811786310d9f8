package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
)

// remote is one tool on another node, as the console sees it.
type remote struct {
	link    *link
	node    string
	id      string
	streams launch.Streams

	reconnecting sync.Once // tells the person once that the connection broke
}

// outage is how long a connection may be broken before the console gives a run up.
const outage = 10 * time.Minute

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
	if err := r.retry(ctx, func(ctx context.Context) error {
		_, err := r.link.agent.Start(ctx, start)
		return err
	}); err != nil {
		if ctx.Err() != nil {
			return launch.Exit{Stopped: true}, nil
		}
		return launch.Exit{}, fmt.Errorf("start it on node %s: %w", r.node, r.link.why(err))
	}
	over, end := context.WithCancel(context.WithoutCancel(ctx)) // a stop is passed on to the agent, and does not end the call
	defer end()
	var helping sync.WaitGroup
	helping.Go(func() { r.order(ctx, over) }) // ends with over
	helping.Go(func() { r.feed(over) })       // ends with over
	ended, err := r.follow(over)
	end()
	helping.Wait()
	if err != nil {
		return launch.Exit{}, err
	}
	r.forget(context.WithoutCancel(ctx))
	err = errorOf(ended.GetFailure())
	if err == nil && ended.GetStopped() && ctx.Err() == nil {
		err = hint.Add(fmt.Errorf("the helper on node %s stopped the tool: somebody ends the helper, or it was not reached for too long", r.node),
			"the output that had arrived is kept; run it again to get a new helper")
	}
	return exitOf(ended), err
}

func (r *remote) request(pod k8s.Pod, argv []string) (*wire.StartRequest, error) {
	encoded, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	s := r.streams
	q := &wire.StartRequest{
		Id: r.id, Pod: encoded, Argv: argv, Stdin: s.Stdin != nil, Keys: s.Keys != nil, Stderr: s.Stderr != nil, Disposable: s.Disposable,
	}
	if s.Terminal != nil {
		q.Terminal = sizeOf(*s.Terminal)
	}
	return q, nil
}

func sizeOf(s launch.Size) *wire.Size {
	return &wire.Size{Columns: uint32(max(0, s.Columns)), Rows: uint32(max(0, s.Rows))}
}

func exitOf(e *wire.Ended) launch.Exit {
	exit := launch.Exit{
		Code: int(e.GetCode()), Signal: syscall.Signal(e.GetSignal()), Stopped: e.GetStopped(), Killed: e.GetKilled(),
		Strays: int(e.GetStrays()), Lacks: printable.Line(e.GetLacks()),
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
