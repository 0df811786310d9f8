package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/tools/tally"
	"github.com/fennec-project/podtracer/tools/text"
)

// run is one tool in one pod, from Starting to Ended.
type run struct {
	request    Request
	plan       command.Plan
	spool      *spool.File
	index      *capture.Index // of a capture; nil for other tools
	reading    sync.Once      // starts index once
	lines      *text.Text
	notes      *text.Writer     // what the tool and podtracer say beside the output
	told       *tally.Reader    // reads what the tool says of its capture
	transcript tally.Transcript // of that
	ask        chan launch.Wish
	backlog    *tally.Backlog
	freeze     chan freezing // holds the first freezing
	halt       chan struct{} // holds a wish to stop a run that goes on elsewhere
	lookout    lookout
	pass       *launch.Pass // with which it starts together with others
	dir        *store.Dir
	disk       owndir.Disk // that its output goes to
	state      latest.Value[State]
	viewer     latest.Value[viewer]        // the person who watches a whole terminal
	name       atomic.Pointer[string]      // by which the tool can be followed on its node; nil: it cannot
	grip       atomic.Pointer[launch.Grip] // what holds the tool on this node; nil: it cannot be passed on
	shared     atomic.Bool                 // somebody else follows it by its name
	place      atomic.Pointer[string]      // where it goes on, once it was handed over
	saved      atomic.Bool                 // all output is in a saved file
	stream     atomic.Pointer[save.File]   // all that the tool wrote of a capture that broke
	kept       atomic.Bool                 // its output stays when podtracer ends
	stop       context.CancelCauseFunc     // the cause is why
	wanted     context.Context             // ends when nobody reads the lines any more
	forget     context.CancelFunc          // ends wanted
	done       chan struct{}               // closed when only the output of the run is left
}

// newRun makes a run, and its spool in the session of the data directory.
//
// Errors: errors of the file system; a disk that is nearly full.
func newRun(id RunID, req Request, plan command.Plan, dir *store.Dir, set *text.Text) (*run, error) {
	r := &run{
		request: req, plan: plan, done: make(chan struct{}), ask: make(chan launch.Wish, 2), freeze: make(chan freezing, 1),
		halt: make(chan struct{}, 1), dir: dir, disk: owndir.Disk{Dir: dir.Session(), Floor: req.Limits.minFree},
	}
	r.wanted, r.forget = context.WithCancel(context.Background())
	if err := r.disk.Check(0); err != nil {
		return nil, hint.Add(fmt.Errorf("there is no room to keep the output of a run in %s: %w", dir.Path(), err),
			"free some space, choose another disk with --data-dir, or lower --min-free")
	}
	about := text.Kind{Dir: dir.Session(), Room: r.roomForText, Run: int(id), Set: set, All: req.Lines}
	if req.Ring.FreezeOn != nil {
		about.Match = r.matchFreeze
	}
	r.lines = text.New(about)
	r.notes = r.lines.Writer(true)
	words := io.Writer(r.notes)
	if !req.Text {
		words = cmp.Or[io.Writer](req.Stderr, io.Discard)
	}
	r.backlog = tally.NewBacklog(plan.Sifts, r.askCounters)
	r.told = tally.NewReader(words, r.backlog, r.learn)
	state := State{
		ID: id, Set: req.Set, Pod: req.Pod, Asked: req.Argv, Argv: plan.Tool, Created: time.Now(), Capture: plan.Capture,
		Headers: req.Headers, Whole: req.Keys != nil, Limits: req.Limits, Ring: req.Ring, Detached: req.Detached,
	}
	r.state.Set(state)
	var err error
	r.spool, err = spool.New(dir.Session(), store.SpoolName(int(id)), spool.Kind{
		Capture: plan.Capture, Ring: req.Ring.Size, Limits: spool.Limits{Size: req.Limits.size(req.Ring), Packets: req.Limits.Packets},
		Names: func() error { return dir.SyncNames(store.SpoolName(int(id))) },
	})
	if err != nil {
		return nil, err
	}
	if req.Counted {
		r.spool.Await()
	}
	r.index = capture.New(r.spool)
	return r, dir.WriteLabel(r.spool.Name(), state.record(plan.Filter))
}

// execute runs the tool until it ends. The end of ctx, whose cause says why, stops the tool; execute returns only after the tool
// has ended.
func (r *run) execute(ctx context.Context, launcher launch.Launcher, pods Pods) {
	defer close(r.done)
	defer r.pass.Ready() // also if it never comes so far as to wait
	asked := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	decoding, endDecoding := context.WithCancel(context.WithoutCancel(ctx)) // the readers go on after a stop
	defer endDecoding()
	launched, endLaunch := context.WithCancelCause(context.WithoutCancel(ctx))
	defer endLaunch(nil)
	into := &spoolWriter{run: r, stop: stop}
	if r.request.Keys != nil {
		into.keepPace = func() { r.keepPace(ctx) }
	}
	var readers, watchers sync.WaitGroup
	watchers.Go(func() { r.watchPod(ctx, pods, stop) })        // ends with ctx
	watchers.Go(func() { r.settle(ctx, launched, endLaunch) }) // ends with ctx or launched, and soon
	watchers.Go(func() { r.sample(launched, stop) })           // ends with launched
	watchers.Go(func() { r.awaitFreeze(ctx, stop) })           // ends with ctx
	r.read(decoding, &readers, launcher)
	var intake sync.WaitGroup
	written, endWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer endWriting()
	into.direct = func() {
		intake.Go(func() { r.spool.Watch(written, r.look(), into.grown) }) // ends with written
	}

	r.explainWords(false)
	streams := r.streams(into)
	unhook := func() bool { return true }
	if r.request.Stopped != nil {
		unhook = context.AfterFunc(ctx, r.request.Stopped)
	}
	if limit := r.request.Limits.Timer; limit > 0 { // the time of the tool: a helper that is made first takes nothing of it
		timer := time.AfterFunc(math.MaxInt64, func() { stop(ErrTimer) })
		defer timer.Stop()
		streams.Started = func() {
			r.started()
			timer.Reset(limit)
		}
	}
	exit, err := launcher.Launch(launched, r.request.Pod, r.plan.Tool, streams)
	unhook() // ctx ends below also of a tool that nobody has stopped
	if r.request.Over != nil {
		r.request.Over() // also of one that never began
	}
	if !exit.Stopped && exit.Code > 0 && r.captures() {
		awaitGone(ctx)
	}
	endLaunch(nil)
	endWriting()
	intake.Wait()
	left := errors.Is(err, ErrLeft) // it was handed over, and what has come of it is a part
	if began := r.phase() != Starting; err != nil && ctx.Err() != nil && !began {
		exit.Stopped, err = true, nil
	}
	cause := r.stopCause(ctx, exit)
	if left {
		cause, err = ErrLeft, nil
		r.saved.Store(true) // nothing is lost with this part
	}
	if left {
		r.spool.Leave()
	} else {
		r.spool.Finish()
	}
	stop(nil)
	watchers.Wait()
	r.tellMissed()
	r.tellLeft()
	r.told.Flush()
	if !left {
		r.judge(exit, cause, err, into.cutOff())
	}
	if cause != nil {
		asked = ctx // ctx has ended
	}
	finishReading(asked, &readers, endDecoding)
	r.told.Release()
	r.explainFailure(exit)
	if exit.Code > 0 && !exit.Stopped {
		r.explainWords(true)
	}
	r.notes.Flush()
	r.lines.End()
	r.end(exit, cause, err)
}

// finishReading waits for the readers of the output. Until asked ends, they may take their time; then a decoder, which may be
// waiting for unknown names, gets lateText and is ended.
func finishReading(asked context.Context, readers *sync.WaitGroup, endDecoding func()) {
	const lateText = 2 * time.Second
	read := make(chan struct{})
	go func() { // ends with the readers
		readers.Wait()
		close(read)
	}()
	select {
	case <-read:
		return
	case <-asked.Done():
	}
	select {
	case <-read:
	case <-time.After(lateText):
		endDecoding()
		<-read
	}
}

// Pods tells what happens to a pod.
type Pods interface {
	// Gone waits until the pod is gone or has another network namespace, and says which. Its error is that of ctx.
	Gone(ctx context.Context, pod Pod) (k8s.Fate, error)
}

func (r *run) watchPod(ctx context.Context, pods Pods, stop context.CancelCauseFunc) {
	switch fate, err := pods.Gone(ctx, r.request.Pod); {
	case err != nil: // the run has ended
	case fate.Renewed:
		r.renewed(stop)
	default:
		stop(fmt.Errorf("%w: %s %s", ErrPodGone, r.request.Pod, fate.Reason))
	}
}

// renewed records that the pod now has another network namespace than the tool, so the tool misses what happens there.
func (r *run) renewed(stop context.CancelCauseFunc) {
	stop(ErrRenewed)
	r.update(func(s *State) {
		if slices.ContainsFunc(s.Losses, func(l report.Loss) bool { return l.Kind == report.LostToRenewal }) {
			return
		}
		s.Losses = append(slices.Clone(s.Losses), report.Loss{
			Kind: report.LostToRenewal, Since: time.Now(), Detail: "nothing was captured in the pod's new network namespace, which has been known",
		})
	})
}

// captures says whether the tool has begun to capture.
func (r *run) captures() bool {
	state, _ := r.state.Get()
	return state.Device != ""
}

// keepSynced syncs the output to the disk while it comes. A disk that fails to take it ends the run.
func (r *run) keepSynced(ctx context.Context) {
	if err := r.spool.KeepSynced(ctx, r.done); err != nil {
		r.stop(fmt.Errorf("%w: %w", ErrSpool, err))
	}
}

func (r *run) phase() Phase {
	state, _ := r.state.Get()
	return state.Phase
}

func (r *run) stopping() { r.update(func(s *State) { s.Phase = Stopping }) }

func (r *run) end(exit launch.Exit, cause, err error) {
	count := r.lines.Count()
	kept, _ := r.spool.Get()
	r.update(func(s *State) {
		s.Phase, s.Ended, s.Exit, s.Cause, s.Err, s.Lines = Ended, time.Now(), exit, cause, err, count
		s.Bytes = kept.End.Offset
	})
	if state, _ := r.state.Get(); !r.wasHandedOver() && (state.Capture || state.Bytes > 0) { // the label of a part is written by who hands it over
		r.label(state)
	}
}

// label writes what is known of the run beside its spool. Without it, what is left of the run tells less. It says how much is in the spool,
// so that is on the disk before: a loss of power between the two would leave a run that has ended well, and half of its output.
func (r *run) label(s State) {
	if r.spool.Size() == 0 || r.spool.Sync() == nil {
		_ = r.dir.WriteLabel(r.spool.Name(), s.record(r.plan.Filter))
	}
}

func (r *run) update(f func(*State)) {
	r.state.Update(func(s State) State {
		f(&s)
		return s
	})
}
