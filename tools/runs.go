package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/k8s"
)

// Pod is the target of a run.
type Pod = k8s.Pod

// ErrNoRun says that there is no run of that number.
var ErrNoRun = errors.New("no such run")

var errClosed = errors.New("podtracer is ending")

// List is all runs, in the order in which they were started.
type List []State

// Active counts the runs that have not ended.
func (l List) Active() int {
	n := 0
	for _, s := range l {
		if s.Phase != Ended {
			n++
		}
	}
	return n
}

// Runs starts runs, owns them, and ends them.
type Runs struct {
	here    k8s.Node
	dir     *dataDir
	list    latest.Value[List]
	begin   func(*run) // starts a run's goroutines; called with mu held
	cancel  context.CancelCauseFunc
	running sync.WaitGroup

	mu     sync.Mutex
	runs   []*run
	closed bool
}

// NewRuns opens the data directory and is ready to start runs. When ctx ends, every run is stopped; Close waits for them.
//
// Errors: a data directory that cannot be written to, with a hint.
func NewRuns(ctx context.Context, launcher Launcher, pods Pods, here k8s.Node, dataDirectory string) (*Runs, error) {
	dir, err := openDataDir(dataDirectory)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &Runs{here: here, dir: dir, cancel: cancel}
	r.begin = func(run *run) {
		ctx, stop := context.WithCancelCause(ctx)
		run.stop = stop
		r.running.Go(func() { // ends with the run
			defer stop(nil)
			run.execute(ctx, launcher, pods)
		})
		r.running.Go(func() { r.relay(run) }) // as well
	}
	r.publish() // an empty list is an answer, too
	return r, nil
}

// relay brings the list up to date with one run until that has ended, at most every relayEvery.
func (r *Runs) relay(run *run) {
	var seen uint64
	for {
		state, version := run.state.Get()
		if version != seen {
			seen = version
			r.publish()
		}
		if state.Phase == Ended {
			return
		}
		select {
		case <-time.After(relayEvery):
		case <-run.done:
		}
	}
}

const relayEvery = 50 * time.Millisecond

func (r *Runs) publish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make(List, len(r.runs))
	for i, run := range r.runs {
		list[i], _ = run.state.Get()
	}
	r.list.Set(list)
}

// Start checks the request and starts it. It does not wait for the tool to run.
//
// Errors: those of a request that cannot work, with hints; what goes wrong later is in the run's State.
func (r *Runs) Start(req Request) (RunID, error) {
	plan, err := req.plan(r.here)
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

func (r *Runs) add(req Request, plan plan) (RunID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, errClosed
	}
	id := RunID(len(r.runs) + 1)
	spool, err := newSpool(filepath.Join(r.dir.session, strconv.Itoa(int(id))+".spool"))
	if err != nil {
		return 0, err
	}
	run := &run{request: req, plan: plan, spool: spool, done: make(chan struct{})}
	run.notes = run.lines.writer(true)
	run.state.Set(State{
		ID: id, Pod: req.Pod, Argv: plan.tool, Created: time.Now(), Capture: plan.capture, Limit: req.Timer,
	})
	r.runs = append(r.runs, run)
	r.begin(run)
	return id, nil
}

// Stop asks a run to end. It does not wait; a run that has ended is no error.
func (r *Runs) Stop(id RunID) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	run.stop(ErrAsked)
	return nil
}

// Next waits for a list newer than seen.
func (r *Runs) Next(ctx context.Context, seen uint64) (List, uint64, error) {
	return r.list.Next(ctx, seen)
}

// Output waits for lines of a run after the number after, or for its end.
func (r *Runs) Output(ctx context.Context, id RunID, after uint64) (Chunk, error) {
	run, err := r.run(id)
	if err != nil {
		return Chunk{}, err
	}
	return run.lines.next(ctx, after)
}

// Copy writes the tool's output to w as it comes, from the first byte to the last. A slow w delays nobody else.
func (r *Runs) Copy(ctx context.Context, id RunID, w io.Writer) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, run.spool.follow(ctx))
	return err
}

// Wait waits until a run has ended and returns its last state.
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

// DefaultPath is where a run is saved if nobody says otherwise.
func (r *Runs) DefaultPath(s State) string {
	extension := "txt"
	if s.Capture {
		extension = "pcap"
	}
	name := fmt.Sprintf("%s_%s_%s_%s.%s", s.Pod.Namespace, s.Pod.Name, s.Tool(), s.Created.UTC().Format("20060102T150405Z"), extension)
	return filepath.Join(r.dir.root, name)
}

// Close stops every run, waits for all of them and for what is being saved, and removes what was not saved. After it no
// process of ours is left.
func (r *Runs) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel(ErrAsked)
	r.running.Wait()
	var errs []error
	for _, run := range r.runs {
		errs = append(errs, run.spool.remove())
	}
	return errors.Join(append(errs, r.dir.close())...)
}

// hold keeps Close from taking a run away until done is called.
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
