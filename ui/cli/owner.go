package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/roster"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
)

// newOwner is the process that owns a detached run: run itself, with the data directory in the place of a person.
func newOwner(o *options) *cobra.Command {
	apart, files := false, 0
	c := &cobra.Command{
		Use:   "run ORDER",
		Short: "Own a run that goes on without a console: what podtracer run --detach starts",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			passed := detached.Passed(files)
			if files > 0 {
				o.tellStarted(detached.Started{}) // it waits for the order
			}
			text := json.RawMessage(args[0])
			if args[0] == "-" { // what comes behind it is not waited for: an exec may not pass on the end of its input
				if err := json.NewDecoder(o.streams.In).Decode(&text); err != nil {
					return fmt.Errorf("read the order: %w", err)
				}
			}
			if apart {
				id, err := o.spawnOwner(text)
				started := detached.Started{ID: id}
				if err != nil {
					started.Error, started.Hint = err.Error(), hint.Of(err)
				}
				o.tellStarted(started)
				return nil
			}
			var wanted afar.Order
			err := json.Unmarshal(text, &wanted)
			if err == nil {
				err = o.own(c.Context(), wanted, passed)
			}
			if err != nil {
				o.tellStarted(detached.Started{Error: err.Error(), Hint: hint.Of(err)})
			}
			return err
		},
	}
	c.Flags().BoolVar(&apart, "apart", false, "own it in a process of its own, and say which run it is")
	c.Flags().IntVar(&files, "files", 0, "so many files of a tool that runs already are open, from number 3 on")
	for _, ours := range []string{"apart", "files"} { // whoever starts it says them: variables of the pod do not
		_ = c.Flags().MarkHidden(ours) // fails only for a flag that does not exist
	}
	return c
}

// tellStarted says to whoever spawned this process whether there is a run. Nobody may listen.
func (o *options) tellStarted(s detached.Started) {
	if text, err := json.Marshal(s); err == nil {
		_ = print(o.streams.Out, string(text)+"\n")
	}
}

// own runs a detached run to its end.
func (o *options) own(ctx context.Context, wanted afar.Order, passed []*os.File) (err error) {
	deps, err := o.deps(nil)
	if err != nil {
		return err
	}
	launcher, letGo, err := o.launcherOf(wanted, passed)
	if err != nil {
		return err
	}
	defer letGo()
	here := k8s.Node{Name: wanted.Pod.Node, Sure: true}
	deps.Launcher = launcher
	deps.Pods = &roster.Node{Here: here, Runtime: ns.NewResidents(ns.NewCRI(o.runtimeEndpoint, o.proc()))} // there may be no rights in the API
	o.work.begin(o.call().Here("runs"))
	runs, err := tools.NewRuns(ctx, deps)
	if err != nil {
		return err
	}
	began := time.Now()
	if wanted.Adopt != nil {
		began = wanted.Adopt.Since
	}
	about := detached.About{
		ID: runs.StoreID(1), By: wanted.By, Pod: wanted.Pod.String(), Node: wanted.Pod.Node, Argv: wanted.Argv,
		Alone: wanted.Linger > 0 && wanted.Adopt == nil, Adopted: wanted.Adopt != nil, Ring: wanted.Ring.Size > 0, Began: began, Until: time.Now().Add(wanted.Limits.Timer), Stands: detached.Starting,
	}
	log, err := detached.Begin(deps.DataDir, about)
	if err != nil {
		return errors.Join(fmt.Errorf("begin a detached run: %w", err), runs.Close())
	}
	r := &runOptions{options: &options{streams: Streams{Err: log.Words}, work: o.work}}
	started := sync.OnceFunc(func() { o.tellStarted(detached.Started{ID: about.ID}) })
	code, stands, never := r.follow(ctx, runs, wanted, log, &about, started)
	about.Status, about.Stands = code, stands
	if err := runs.Close(); err != nil {
		complain(log.Words, err)
	}
	if never != nil && wanted.Adopt != nil { // whoever follows the tool so far goes on doing so
		_ = log.Close() // nobody reads it
		return errors.Join(never, o.discard(about.ID))
	}
	about.Ended = time.Now()
	err = errors.Join(log.End(ctx, about, wanted.Linger, started), log.Close()) // it may have ended before it ran
	if wanted.Adopt != nil && wanted.Linger > 0 {                               // the helper may be one that stays
		err = errors.Join(err, o.discard(about.ID))
	}
	return err
}

// launcherOf starts the tool of an order, or follows it if it runs already.
func (o *options) launcherOf(wanted afar.Order, passed []*os.File) (l launch.Launcher, letGo func(), err error) {
	proc := o.proc()
	local := &launch.Local{Finder: ns.First(ns.NewCRI(o.runtimeEndpoint, proc), ns.NewProc(proc)), Here: k8s.Node{Name: wanted.Pod.Node, Sure: true}}
	if wanted.Adopt == nil {
		return local, func() {}, nil
	}
	if held := wanted.Adopt.Held; held != nil {
		if len(passed) < 2 {
			return nil, nil, errors.New("nobody has passed on the files of the tool")
		}
		last := len(passed) - 1
		taken := &launch.Taken{Local: local, Held: *held, Files: passed[:last], Kept: passed[last], Size: wanted.Adopt.Size, Words: wanted.Adopt.Words}
		return taken, func() {}, nil
	}
	dir, err := o.directory()
	if err != nil {
		return nil, nil, err
	}
	beside := func(_ context.Context, in io.Reader, out io.Writer) error {
		return errors.Join(agent.Join(in, out, filepath.Join(dir, agentSocket)), errors.New("the connection to the agent ended"))
	}
	adopted, err := agent.Adopt(local, beside, wanted.Pod.Node, wanted.Adopt.Name, wanted.Adopt.Merged)
	if err != nil {
		return nil, nil, err
	}
	return adopted, adopted.Close, nil
}

// discard removes the output of a run, and what is known of it.
func (o *options) discard(id string) error {
	kept, err := o.store(nil)
	if err != nil {
		return err
	}
	err = kept.Remove(id)
	if errors.Is(err, store.ErrNotFound) { // it wrote nothing
		err = nil
	}
	if forgotten := detached.Remove(kept.Path(), id); !errors.Is(forgotten, detached.ErrNone) {
		err = errors.Join(err, forgotten)
	}
	return err
}

const (
	lookAtOutput = 100 * time.Millisecond // how often it is said how much a detached run has written
	lookAtOrder  = time.Second            // how often it is said how it stands
)

// follow starts a detached run and says how it stands until it has ended. It returns the exit status of run, and how it ended; never is why
// it never ran.
func (r *runOptions) follow(
	ctx context.Context, runs *tools.Runs, wanted afar.Order, log *detached.Log, about *detached.About, started func(),
) (code int, stands string, never error) {
	heard := log.Hear()
	request := tools.Request{
		Pod: wanted.Pod, Argv: wanted.Argv, Limits: wanted.Limits, Ring: wanted.Ring, Headers: wanted.Headers, Packets: true, Counted: true, Stderr: heard, Hurried: r.work.Hurried(),
	}
	if a := wanted.Adopt; a != nil {
		request.Packets, request.Live, request.Since = a.Packets, a.Live, a.Since
	}
	id, err := runs.Start(request)
	if err != nil {
		complain(log.Words, err)
		return tools.ErrorStatus(err), err.Error(), err
	}
	whole := context.WithoutCancel(ctx) // the end of ctx ends the tool
	var told time.Time
	var seen uint64
	for {
		state, version, err := stateOf(whole, runs, id)
		if err != nil {
			return tools.StatusFailed, err.Error(), nil
		}
		if log.Stopped() {
			_ = runs.Stop(id) // fails only for a run that does not exist
		}
		about.Capture, about.Standing = state.Capture, standingOf(state)
		if state.Phase == tools.Ended {
			log.MakeRoom()
			code, stands = r.wound(runs, state, log)
			code, stands = r.unheard(code, stands, heard.Missed())
			return code, stands, neverBegan(state)
		}
		_ = log.Reach(state.Bytes) // the run is worth more than what is said of it
		if news := version != seen && time.Since(told) > lookAtOrder; news || about.Stands == detached.Starting && state.Phase != tools.Starting {
			about.Stands, told, seen = progress(state), time.Now(), version
			_ = log.Tell(*about)
		}
		if state.Phase != tools.Starting {
			started()
		}
		ended, cancel := context.WithTimeout(whole, lookAtOutput)
		_, _ = runs.Wait(ended, id) // its end is seen above
		cancel()
	}
}

// neverBegan is why a run that has ended has not begun; nil if it has.
func neverBegan(s tools.State) error {
	switch {
	case !s.Began.IsZero():
		return nil
	case s.Err != nil:
		return s.Err
	default:
		return errors.New(s.Outcome())
	}
}

func stateOf(ctx context.Context, runs *tools.Runs, id tools.RunID) (tools.State, uint64, error) {
	list, version, err := runs.Next(ctx, 0)
	if err != nil || len(list) < int(id) {
		return tools.State{}, 0, errors.Join(err, tools.ErrNoRun)
	}
	return list[id-1], version, nil
}

// standingOf is how a run stands, for whoever attaches.
func standingOf(s tools.State) *detached.Standing {
	standing, err := s.Standing()
	if err != nil {
		return nil // then what is said in words has to do
	}
	return &standing
}

// progress says how a run stands that goes on.
func progress(s tools.State) string {
	if s.Phase == tools.Starting {
		return detached.Starting
	}
	return s.Outcome() + ", " + verdict.AmountOf(s)
}

// wound keeps the output of a run that has ended, and says how it ended, as run does.
func (r *runOptions) wound(runs *tools.Runs, s tools.State, log *detached.Log) (code int, stands string) {
	_ = log.Reach(s.Bytes) // otherwise attach shows less than get brings home
	code = r.explain(s, nil)
	if s.Bytes > 0 {
		if _, err := runs.Keep(s.ID); err != nil {
			complain(r.streams.Err, err)
			code = max(code, tools.StatusLost)
		}
	}
	if s.Capture {
		return code, s.Outcome() + "; " + verdict.Line(s)
	}
	return code, s.Outcome() + "; " + verdict.AmountOf(s)
}

// unheard adds to how a run ended that not all of what the tool said was kept.
func (r *runOptions) unheard(code int, stands string, missed int64) (int, string) {
	if missed == 0 {
		return code, stands
	}
	loss := "INCOMPLETE: " + figures.Bytes(missed) + " of its standard error were not kept"
	r.say("%s", loss)
	return max(code, tools.StatusLost), stands + "; " + loss
}
