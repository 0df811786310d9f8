package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/inuse"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/tty"
)

// gone says that there is nothing at a place any more.
func (o *options) gone(at home.Place) error {
	return hint.Add(fmt.Errorf("pod %s/%s does not run, or does not exist", at.Namespace, at.Pod), o.call().Ask("ps")+" lists helpers and detached runs; what a pod kept goes with it")
}

// reach reaches what is kept at a place, and completes the place.
func (o *options) reach(ctx context.Context, at home.Place) (*agent.Away, home.Place, error) {
	if at.Pod == "" {
		away, err := o.keeperHere()
		return away, at, err
	}
	cluster, err := o.cluster(ctx)
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
		Args:              o.oneRun("attach"),
		ValidArgsFunction: o.completeDetached,
		RunE:              func(c *cobra.Command, args []string) error { return o.withRun(c.Context(), args[0], o.attach) },
	}
}

func newStop(o *options) *cobra.Command {
	return &cobra.Command{
		Use:               "stop [[NAMESPACE/]POD:]RUN",
		Short:             "Stop a detached run, as an interrupt stops podtracer run",
		Args:              o.oneRun("stop"),
		ValidArgsFunction: o.completeDetached,
		RunE:              func(c *cobra.Command, args []string) error { return o.withRun(c.Context(), args[0], o.stopRun) },
	}
}

func (o *options) oneRun(verb string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return hint.Add(errors.New(verb+" takes a detached run"), o.call().Ask("ps")+" lists them: "+o.call().Kept(verb, "NAMESPACE/POD:RUN"))
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
		return o.gone(at)
	case errors.Is(err, detached.ErrNone):
		return hint.Add(err, o.call().Ask("ps")+" lists them, as NAMESPACE/POD:RUN")
	case err != nil && !errors.Is(err, detached.ErrUnread): // it can be stopped nevertheless
		return err
	}
	return act(ctx, away, at, run)
}

// attach shows a detached run to its end.
func (o *options) attach(ctx context.Context, away *agent.Away, at home.Place, run detached.About) error {
	if err := run.Err(); err != nil {
		return fmt.Errorf("attach to %s: %w", at, err)
	}
	say(o.streams.Err, "%s", inuse.Standing(run))
	r := &runOptions{options: o}
	streams := map[string]io.Writer{agent.Words: r.shown(o.streams.Err, tty.Drawing)}
	switch toTerminal := keyboard.Size(o.streams.Out) != nil; {
	case run.Ring:
		say(o.streams.Err, "what is in the ring is known at its end")
	case run.Capture && toTerminal:
		say(o.streams.Err, "packets are not written to a terminal; with a pipe: %s | tcpdump -n -r -", o.call().Kept("attach", at.String()))
	case toTerminal:
		streams[agent.Out] = r.drawOn(o.streams.Out, tty.Interacting)
	default:
		streams[agent.Out] = r.output(o.call().Kept("get", at.String()))
	}
	var showing sync.WaitGroup
	failed := make(chan error, len(streams))
	came, shown := int64(0), streams[agent.Out] != nil
	for name, to := range streams {
		showing.Go(func() { // ends with the stream, or with ctx
			n, err := away.Follow(ctx, name, run.ID, to)
			if name == agent.Out {
				came = n
			}
			failed <- err
		})
	}
	showing.Wait()
	takeBack(r.drawn)
	if ctx.Err() != nil {
		say(o.streams.Err, "detached again: the run goes on; %s ends it", o.call().Kept("stop", at.String()))
		return nil
	}
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return o.lost(fmt.Errorf("attach to %s: %w", at, err))
	}
	run, err := away.Run(ctx, run.ID)
	switch {
	case err != nil:
		return o.lost(err)
	case run.Killed:
		return o.lost(hint.Add(errors.New(inuse.Standing(run)), o.call().Kept("get", at.String())+" brings home what it has left"))
	case !run.Over():
		return o.lost(fmt.Errorf("attach to %s: its output has ended, and the run goes on: not all was shown", at))
	}
	if err := agent.Missing(run, came); shown && err != nil {
		return o.lost(fmt.Errorf("attach to %s: INCOMPLETE: %w", at, err))
	}
	advise(o.streams.Err, o.call().Kept("get", at.String())+" [FILE] brings its output home")
	if run.Status != 0 {
		return status(run.Status)
	}
	return nil
}

// lost says why not all that a tool wrote is shown.
func (o *options) lost(why error) error {
	complain(o.streams.Err, why)
	return status(tools.StatusLost)
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
		if err != nil && !errors.Is(err, detached.ErrUnread) {
			return err
		}
		run = now
	}
	if run.Killed {
		return hint.Add(errors.New(inuse.Standing(run)), o.call().Kept("get", at.String())+" brings home what it has left")
	}
	say(o.streams.Err, "%s", inuse.Standing(run))
	advise(o.streams.Err, o.call().Kept("get", at.String())+" [FILE] brings its output home")
	return nil
}

// windUpTime is how long a run may take to end that is stopped.
const windUpTime = 30 * time.Second
