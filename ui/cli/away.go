package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/tty"
)

func newGet(o *options) *cobra.Command {
	overwrite := false
	get := &cobra.Command{
		Use:   "get [[NAMESPACE/]POD:]RUN [FILE]",
		Short: "Bring a run or a saved file home from a debug pod or a helper",
		Long: `Bring home what podtracer has kept in a debug pod or a helper. RUN is the ID of a run that was left there (podtracer runs lists them),
the name of a file in the data directory there, or the path of a file that podtracer saved elsewhere there. Without FILE it gets its
usual name, here.

A run becomes what -f would have made of it: a FILE that ends in .pcapng has names for addresses. A file comes as it is. If the
connection breaks, it is dialled again, and goes on at the byte that it had. FILE has its name only when all has arrived, with the
length and the SHA-256 that it has there. Nothing is changed there, except that a detached run counts as fetched: what it has said on
standard error is shown, and the helper that was kept for it is deleted. The exit status is 74 if something of the run is missing.`,
		Example: `  podtracer get podtracer/debug-pod:k3x9q-1 cart.pcapng
  podtracer get podtracer/debug-pod:/tmp/cart.pcapng`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return hint.Add(errors.New("get takes a run in a pod of podtracer's, and a file"), "podtracer get NAMESPACE/POD:RUN [FILE]")
		},
		RunE: func(c *cobra.Command, args []string) error {
			from, err := home.ReadPlace(args[0], o.flags.Namespace())
			if err != nil {
				return err
			}
			return o.get(c.Context(), from, save.Target{Path: strings.Join(args[1:], ""), Overwrite: overwrite})
		},
	}
	get.ValidArgsFunction = o.completeDetached
	get.Flags().BoolVar(&overwrite, "overwrite", false, "replace FILE if it is there already")
	return get
}

// get brings something home.
func (o *options) get(ctx context.Context, from home.Place, to save.Target) error {
	if to.Path != "" {
		if err := checkPlace("get", to.Path, to.Overwrite); err != nil {
			return err
		}
	}
	away, from, err := o.reach(ctx, from)
	if err != nil {
		return err
	}
	defer away.Close()
	run, err := away.Run(ctx, from.Name)
	switch {
	case errors.Is(err, agent.ErrGone):
		return gone(from)
	case errors.Is(err, detached.ErrNone): // it is something else
	case err != nil:
		return fmt.Errorf("get %s: %w", from, err)
	case !run.Over():
		return hint.Add(fmt.Errorf("get %s: %s", from, standing(run)), "podtracer attach "+from.String()+" shows it, podtracer stop "+from.String()+" ends it")
	}
	wasDetached := err == nil
	kept, err := away.About(ctx, from.Name)
	if wasDetached && errors.Is(err, store.ErrNotFound) {
		if run.Wrote() {
			say(o.streams.Err, "%s; INCOMPLETE: its output is not there any more", standing(run))
			return o.fetched(ctx, away, from, run, report.Verdict{Kind: report.Incomplete})
		}
		say(o.streams.Err, "%s; there is no output", standing(run))
		return o.fetched(ctx, away, from, run, report.Verdict{})
	}
	if err != nil {
		return fmt.Errorf("get %s: %w", from, err)
	}
	if !wasDetached && kept.ID != "" { // it may be named by the beginning of its ID
		run, err = away.Run(ctx, kept.ID)
		wasDetached = err == nil
	}
	if to.Path == "" {
		if to.Path, err = home.UsualPath(kept); err != nil {
			return err
		}
		if err := checkPlace("get", to.Path, to.Overwrite); err != nil {
			return hint.Add(err, "name a file behind "+from.String())
		}
	}
	names := home.Names{Flags: o.flags, Terminal: o.streams.Err}
	if kept.Record != nil {
		names.Pod = kept.Record.Pod
	}
	deps, err := o.deps(&names)
	if err != nil {
		return err
	}
	o.work.begin()
	saved, err := home.Save(ctx, away, kept, to, deps.DataDir, deps.Maker)
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted: nothing was saved")
	case err != nil:
		return fmt.Errorf("get %s: %w", from, err)
	}
	o.tellKept(saved)
	if wasDetached {
		return o.fetched(ctx, away, from, run, saved.Verdict)
	}
	return nil
}

// fetched says what was said beside the output of a detached run, which is home, and forgets the run.
func (o *options) fetched(ctx context.Context, away *agent.Away, at home.Place, run detached.About, verdict report.Verdict) error {
	r := &runOptions{options: o}
	if err := away.Follow(ctx, agent.Words, run.ID, r.shown(o.streams.Err, tty.Drawing)); err != nil {
		return hint.Add(fmt.Errorf("show what %s has said: %w", at, err), "it is still there: podtracer attach "+at.String())
	}
	takeBack(r.drawn)
	if err := o.forget(ctx, away, at, run); err != nil {
		return err
	}
	if run.Killed || run.Status == tools.StatusLost || verdict.Kind == report.Incomplete {
		return status(tools.StatusLost)
	}
	return nil
}

// forget ends what is kept of a detached run that was fetched. In a pod that people use, its output stays as that of other runs does.
func (o *options) forget(ctx context.Context, away *agent.Away, at home.Place, run detached.About) error {
	if err := away.Forget(ctx, run.ID); err != nil || at.Pod == "" {
		return err
	}
	cluster, err := k8s.Connect(ctx, o.flags, o.streams.Err)
	if err != nil {
		return err
	}
	done, err := afar.RemoveHelper(ctx, &helpers{Helpers: cluster.Helpers(ctx, o.helper.Options)}, at, run)
	if err != nil { // the output is here nevertheless
		say(o.streams.Err, "%v", err)
		advise(o.streams.Err, "the helper ends by itself; somebody who may delete it does so with podtracer clean, or: kubectl delete pod -n "+at.Namespace+" "+at.Pod)
		return nil
	}
	if done != "" {
		say(o.streams.Err, "%s", done)
	}
	return nil
}

// gone says that there is nothing at a place any more.
func gone(at home.Place) error {
	return hint.Add(fmt.Errorf("pod %s/%s does not run, or does not exist", at.Namespace, at.Pod), "podtracer ps lists helpers and detached runs; what a pod kept goes with it")
}

// reach reaches what is kept at a place, and completes the place.
func (o *options) reach(ctx context.Context, at home.Place) (*agent.Away, home.Place, error) {
	if at.Pod == "" {
		away, err := o.keeperHere()
		return away, at, err
	}
	cluster, err := k8s.Connect(ctx, o.flags, o.streams.Err)
	if err != nil {
		return nil, at, err
	}
	if at.Namespace == "" {
		at.Namespace = cluster.Namespace()
	}
	h := &helpers{Helpers: cluster.Helpers(ctx, o.helper.Options)}
	away, err := agent.Reach(h.executing(at.Namespace, at.Pod, "keeper"), func() {
		say(o.streams.Err, "the connection to %s/%s broke: podtracer dials again, and goes on where it was", at.Namespace, at.Pod)
	})
	return away, at, err
}

// keeperHere reaches what is kept in this data directory, as what is kept elsewhere is reached.
func (o *options) keeperHere() (*agent.Away, error) {
	kept, err := o.store(nil)
	if err != nil {
		return nil, err
	}
	return agent.Reach((&agent.Keeper{Store: kept}).Dial, func() {})
}

func newAttach(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "attach [[NAMESPACE/]POD:]RUN",
		Short: "Show what a detached run has written and writes, and how it ends",
		Long: `Show what a detached run has written and writes (podtracer run --detach starts one, podtracer ps lists them): all of its output on standard
output, and on standard error what the tool and podtracer say, with the verdict at the end. Packets are not written to a terminal. The exit
status is that of podtracer run. An interrupt ends attach, and not the run. The list of runs of the console picks it up, too, to be
read, searched and looked at as packets while it goes on.`,
		Args:              oneRun("attach"),
		ValidArgsFunction: o.completeDetached,
		RunE:              func(c *cobra.Command, args []string) error { return o.withRun(c.Context(), args[0], o.attach) },
	}
}

func newStop(o *options) *cobra.Command {
	return &cobra.Command{
		Use:               "stop [[NAMESPACE/]POD:]RUN",
		Short:             "Stop a detached run, as an interrupt stops podtracer run",
		Args:              oneRun("stop"),
		ValidArgsFunction: o.completeDetached,
		RunE:              func(c *cobra.Command, args []string) error { return o.withRun(c.Context(), args[0], o.stopRun) },
	}
}

func oneRun(verb string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return hint.Add(errors.New(verb+" takes a detached run"), "podtracer ps lists them: podtracer "+verb+" NAMESPACE/POD:RUN")
	}
}

// withRun finds a detached run, and calls act with it.
func (o *options) withRun(ctx context.Context, text string, act func(context.Context, *agent.Away, home.Place, detached.About) error) error {
	at, err := home.ReadPlace(text, o.flags.Namespace())
	if err != nil {
		return err
	}
	away, at, err := o.reach(ctx, at)
	if err != nil {
		return err
	}
	defer away.Close()
	run, err := away.Run(ctx, at.Name)
	switch {
	case errors.Is(err, agent.ErrGone):
		return gone(at)
	case errors.Is(err, detached.ErrNone):
		return hint.Add(err, "podtracer ps lists them, as NAMESPACE/POD:RUN")
	case err != nil:
		return err
	}
	return act(ctx, away, at, run)
}

// attach shows a detached run to its end.
func (o *options) attach(ctx context.Context, away *agent.Away, at home.Place, run detached.About) error {
	say(o.streams.Err, "%s", standing(run))
	r := &runOptions{options: o}
	streams := map[string]io.Writer{agent.Words: r.shown(o.streams.Err, tty.Drawing)}
	switch toTerminal := keyboard.Size(o.streams.Out) != nil; {
	case run.Ring:
		say(o.streams.Err, "what is in the ring is known at its end")
	case run.Capture && toTerminal:
		say(o.streams.Err, "packets are not written to a terminal; with a pipe: podtracer attach %s | tcpdump -n -r -", at)
	default:
		streams[agent.Out] = r.shown(o.streams.Out, tty.Interacting)
	}
	var showing sync.WaitGroup
	failed := make(chan error, len(streams))
	for name, to := range streams {
		showing.Go(func() { failed <- away.Follow(ctx, name, run.ID, to) }) // ends with the stream, or with ctx
	}
	showing.Wait()
	takeBack(r.drawn)
	if ctx.Err() != nil {
		say(o.streams.Err, "detached again: the run goes on; podtracer stop %s ends it", at)
		return nil
	}
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("attach to %s: %w", at, err)
	}
	run, err := away.Run(ctx, run.ID)
	switch {
	case err != nil:
		return err
	case run.Killed:
		return hint.Add(errors.New(standing(run)), "podtracer get "+at.String()+" brings home what it has left")
	case !run.Over():
		return fmt.Errorf("attach to %s: its output has ended, and the run goes on: not all was shown", at)
	}
	advise(o.streams.Err, "podtracer get "+at.String()+" [FILE] brings its output home")
	if run.Status != 0 {
		return status(run.Status)
	}
	return nil
}

// shown is a stream of ours that a detached run is shown on. On a terminal it only draws.
func (r *runOptions) shown(to *os.File, how func(io.Writer) *tty.Drawn) io.Writer {
	if keyboard.Size(to) == nil {
		return to
	}
	return r.drawOn(to, how)
}

// stopRun stops a detached run, and waits for its end.
func (o *options) stopRun(ctx context.Context, away *agent.Away, at home.Place, run detached.About) error {
	if !run.Over() {
		if err := away.Stop(ctx, run.ID); err != nil {
			return fmt.Errorf("stop %s: %w", at, err)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, windUpTime, fmt.Errorf("it has not ended after %s", windUpTime))
	defer cancel()
	for !run.Over() {
		pause.For(ctx, lookAtOrder)
		now, err := away.Run(ctx, run.ID)
		if ctx.Err() != nil {
			return fmt.Errorf("stop %s: %w", at, context.Cause(ctx))
		}
		if err != nil {
			return err
		}
		run = now
	}
	if run.Killed {
		return hint.Add(errors.New(standing(run)), "podtracer get "+at.String()+" brings home what it has left")
	}
	say(o.streams.Err, "%s", standing(run))
	advise(o.streams.Err, "podtracer get "+at.String()+" [FILE] brings its output home")
	return nil
}

// windUpTime is how long a run may take to end that is stopped.
const windUpTime = 30 * time.Second
