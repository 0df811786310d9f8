package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/tools/text"
)

// Pod is the target of a run.
type Pod = k8s.Pod

// ErrNoRun says that no run has that ID.
var ErrNoRun = errors.New("no such run")

var errClosed = errors.New("podtracer is ending")

// List is all runs, in the order in which they were started.
type List []State

// Active returns the number of this podtracer's own runs that have not ended.
func (l List) Active() int {
	n := 0
	for _, s := range l {
		if s.Phase != Ended && !s.IsDetached() {
			n++
		}
	}
	return n
}

// Deps is what runs need.
type Deps struct {
	Launcher launch.Launcher
	Pods     Pods
	DataDir  string     // directory of spools and saved files
	Maker    save.Maker // makes saved files
}

// Runs starts runs, owns them, and ends them.
type Runs struct {
	deps  Deps
	dir   *store.Dir
	list  latest.Value[List]
	begin func(*run) // starts a run's goroutines; called with mu held
	index func(*run) // starts reading the packets of a run; called while the run is held

	number  func(*capture.Set) // starts giving numbers to the packets of a set; called while its runs are held
	cancel  context.CancelCauseFunc
	running sync.WaitGroup

	mu     sync.Mutex
	runs   []*run
	sets   []*set
	closed bool
}

// NewRuns opens the data directory. When ctx ends, every run is stopped; Close waits for them.
//
// Errors: a data directory that cannot be written to, with a hint.
func NewRuns(ctx context.Context, deps Deps) (*Runs, error) {
	dir, err := store.Begin(deps.DataDir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &Runs{deps: deps, dir: dir, cancel: cancel}
	r.begin = func(run *run) {
		all := ctx
		ctx, stop := context.WithCancelCause(ctx)
		run.stop = stop
		r.running.Go(func() { // ends with the run
			defer stop(nil)
			if run.request.Elsewhere != nil {
				run.attend(ctx, deps.Launcher)
				return
			}
			run.execute(ctx, deps.Launcher, deps.Pods)
		})
		r.running.Go(func() { r.relay(context.WithoutCancel(ctx), run) }) // ends with the run
		r.running.Go(func() { run.keepSynced(all) })                      // ends with the run, or soon after ctx
	}
	r.index = func(run *run) {
		r.running.Go(func() { run.index.Build(ctx) }) // ends with the spool, or with ctx
	}
	r.number = func(set *capture.Set) {
		r.running.Go(func() { set.Build(ctx) }) // ends with ctx
	}
	r.publish() // readers expect a list even if it is empty
	return r, nil
}

// relay publishes the list when a run has changed, until that run has ended: every 50 ms at first, then every 200 ms.
func (r *Runs) relay(ctx context.Context, run *run) {
	const (
		soon    = 50 * time.Millisecond
		settled = 200 * time.Millisecond
	)
	var seen uint64
	for {
		state, version, err := run.state.Next(ctx, seen)
		if err != nil {
			return // never: ctx does not end
		}
		seen = version
		r.publish()
		if state.Phase == Ended {
			return
		}
		wait := soon
		if state.Elapsed(time.Now()) > time.Second {
			wait = settled
		}
		select {
		case <-time.After(wait):
		case <-run.done:
		}
	}
}

func (r *Runs) publish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make(List, len(r.runs))
	for i, run := range r.runs {
		list[i], _ = run.state.Get()
	}
	r.list.Set(list)
}

// Start checks a request and starts it. It does not wait until the tool runs.
//
// Errors: a request that cannot work, with a hint. What goes wrong later is in the run's State.
func (r *Runs) Start(req Request) (RunID, error) {
	plan, err := req.plan(r.deps.Launcher)
	if err != nil {
		return 0, err
	}
	id, err := r.add(req, plan)
	if err != nil {
		return 0, err
	}
	r.publish()
	return id, nil
}

func (r *Runs) add(req Request, plan command.Plan) (RunID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, errClosed
	}
	var set *text.Text
	if req.Set != 0 {
		of, err := r.set(req.Set)
		if err != nil {
			return 0, err
		}
		set = of.text
	}
	id := RunID(len(r.runs) + 1)
	run, err := newRun(id, req, plan, r.dir, set)
	if err != nil {
		return 0, err
	}
	if set != nil {
		set.Join(run.roomForText)
	}
	run.pass = req.Together.Pass()
	r.runs = append(r.runs, run)
	r.begin(run)
	return id, nil
}

// Stop asks a run to end, also one that goes on elsewhere, and does not wait. Stopping a run that has ended is no error.
func (r *Runs) Stop(id RunID) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	if run.request.Elsewhere != nil {
		select {
		case run.halt <- struct{}{}:
		default: // it is asked already
		}
		return nil
	}
	run.stop(ErrAsked)
	return nil
}

// Freeze freezes the ring of a run, which then ends after Ring.KeepAfter. It does not wait.
//
// Errors: ErrNoRun; a run without a ring, or one that is being handed over.
func (r *Runs) Freeze(id RunID) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	if run.request.Ring.Size == 0 {
		return errNoRing
	}
	if run.shared.Load() {
		return errHanding
	}
	run.freezeFor(asAsked)
	return nil
}

// Next waits for a list newer than seen.
func (r *Runs) Next(ctx context.Context, seen uint64) (List, uint64, error) {
	return r.list.Next(ctx, seen)
}

// Copy writes the tool's output to w as it comes, from the first byte to the last. A slow w delays nothing else.
func (r *Runs) Copy(ctx context.Context, id RunID, w io.Writer) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, run.spool.Follow(ctx))
	return err
}

// Wait waits until a run has ended, and returns its last state.
func (r *Runs) Wait(ctx context.Context, id RunID) (State, error) {
	run, err := r.run(id)
	if err != nil {
		return State{}, err
	}
	select {
	case <-run.done:
		state, _ := run.state.Get()
		return state, nil
	case <-ctx.Done():
		return State{}, ctx.Err()
	}
}

// DefaultPath is the path to which a run is saved if nothing else was asked for.
func (r *Runs) DefaultPath(s State) string { return r.dir.Join(save.Name(s.record(""))) }

// Directory is the path of the data directory.
func (r *Runs) Directory() string { return r.dir.Path() }

// StoreID is the ID in the store of a run that is started, or will be.
func (r *Runs) StoreID(id RunID) string { return r.dir.ID(int(id)) }

// Left is how many runs of earlier podtracers were found; Store lists them.
func (r *Runs) Left() int { return r.dir.Left() }

// LeftNews is how many there are, if a person has not just been told.
func (r *Runs) LeftNews() int { return r.dir.LeftNews(time.Now()) }

// hold keeps Close from removing a run until done is called.
func (r *Runs) hold(id RunID) (held *run, done func(), err error) {
	held, err = r.run(id)
	if err != nil {
		return nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, errClosed
	}
	r.running.Add(1)
	return held, r.running.Done, nil
}

func (r *Runs) run(id RunID) (*run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := int(id) - 1
	if !(0 <= i && i < len(r.runs)) {
		return nil, fmt.Errorf("%w: %d", ErrNoRun, id)
	}
	return r.runs[i], nil
}

// CheckFilter has tcpdump check the filter of a capture, as filter.Ask does. Close waits for CheckFilter.
func (r *Runs) CheckFilter(ctx context.Context, pod k8s.Pod, argv []string) filter.Check {
	if !r.enter() {
		return filter.Check{}
	}
	defer r.running.Done()
	return filter.Ask(ctx, r.deps.Launcher, pod, argv)
}

// enter keeps Close waiting until running.Done is called. It returns false if Close has begun.
func (r *Runs) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.running.Add(1)
	}
	return !r.closed
}
