package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/inuse"
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
length and the SHA-256 that it has there. Nothing is changed there, except that a detached run, and what a podtracer that was lost has
left in a helper, count as fetched: what a detached run has said on standard error is shown, and a helper that then keeps nothing is
deleted. The exit status is 74 if something of the run is missing.`,
		Example: `  podtracer get podtracer/debug-pod:k3x9q-1 cart.pcapng
  podtracer get podtracer/debug-pod:/tmp/cart.pcapng`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return hint.Add(errors.New("get takes a run in a pod of podtracer's, and a file"), o.call().Kept("get", "NAMESPACE/POD:RUN")+" [FILE]")
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
		return o.gone(from)
	case errors.Is(err, detached.ErrNone): // it is something else
	case errors.Is(err, detached.ErrUnread): // what it has kept may be brought home nevertheless
		say(o.streams.Err, "%s: %v; nothing is forgotten there", from, err)
	case err != nil:
		return fmt.Errorf("get %s: %w", from, err)
	case !run.Over():
		return hint.Add(fmt.Errorf("get %s: %s", from, inuse.Standing(run)), o.call().Kept("attach", from.String())+" shows it, "+o.call().Kept("stop", from.String())+" ends it")
	}
	wasDetached := err == nil
	kept, err := away.About(ctx, from.Name)
	if wasDetached && errors.Is(err, store.ErrNotFound) {
		if run.Wrote() {
			say(o.streams.Err, "%s; INCOMPLETE: its output is not there any more", inuse.Standing(run))
			return o.fetched(ctx, away, from, run, report.Verdict{Kind: report.Incomplete})
		}
		say(o.streams.Err, "%s; there is no output", inuse.Standing(run))
		return o.fetched(ctx, away, from, run, report.Verdict{})
	}
	if from.Pod != "" && errors.Is(err, store.ErrNotFound) {
		return o.notKept(ctx, away, from)
	}
	if err != nil {
		return fmt.Errorf("get %s: %w", from, err)
	}
	if !wasDetached && kept.ID != "" { // it may be named by the beginning of its ID
		run, err = away.Run(ctx, kept.ID)
		wasDetached = err == nil
	}
	if wasDetached {
		kept = kept.Compare(run)
	}
	if to.Path == "" {
		if to.Path, err = home.UsualPath(kept); err != nil {
			return err
		}
		if err := checkPlace("get", to.Path, to.Overwrite); err != nil {
			return hint.Add(err, "name a file behind "+from.String())
		}
	}
	names := home.Names{Connect: o.cluster}
	if kept.Record != nil {
		names.Pod = kept.Record.Pod
	}
	deps, err := o.deps(&names)
	if err != nil {
		return err
	}
	o.work.begin(o.call().Here("runs"))
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
	if from.Pod != "" && kept.Record != nil {
		o.release(ctx, from, kept.ID)
	}
	return worth(saved)
}

// notKept says that there is no such run in a pod, and which there are.
func (o *options) notKept(ctx context.Context, away *agent.Away, at home.Place) error {
	var there []string
	if all, err := away.Detached(ctx); err == nil {
		for _, run := range all {
			there = append(there, run.ID)
		}
	}
	if cluster, err := o.cluster(ctx); err == nil {
		h := &helpers{Helpers: cluster.Helpers(ctx, o.helper.Options)}
		now, _ := agent.Look(ctx, h.dialer(at.Namespace, at.Pod)) // in a debug pod there is no agent
		for _, run := range now.Runs {
			if run.Kept != "" {
				there = append(there, run.Kept)
			}
		}
	}
	err := fmt.Errorf("get %s: %w: %q", at, store.ErrNotFound, at.Name)
	if len(there) > 0 {
		err = hint.Add(err, "there are: "+strings.Join(there, ", "))
	}
	return hint.Add(err, o.call().Kubectl("exec", "-n", at.Namespace, at.Pod, "--", "podtracer", "runs")+" lists all that is kept there, "+o.call().Ask("ps")+" what is detached or was lost")
}

// release lets a helper forget what a console has lost there, and deletes it if it keeps nothing else. Where there is no agent, as in a debug
// pod, everything stays.
func (o *options) release(ctx context.Context, at home.Place, id string) {
	cluster, err := o.cluster(ctx)
	if err != nil {
		return
	}
	h := &helpers{Helpers: cluster.Helpers(ctx, o.helper.Options)}
	now, err := agent.Look(ctx, h.dialer(at.Namespace, at.Pod))
	if err != nil || !slices.ContainsFunc(now.Runs, func(r agent.RunStatus) bool { return r.Kept == id }) {
		return
	}
	deleted := false
	if err = agent.Forget(ctx, h.dialer(at.Namespace, at.Pod), id); err == nil {
		deleted, err = h.RemoveIdle(ctx, at.Namespace, at.Pod)
	}
	switch {
	case err != nil: // the output is here nevertheless
		say(o.streams.Err, "%v", err)
		advise(o.streams.Err, "the helper ends by itself; somebody who may delete it does so with "+o.call().Ask("clean"))
	case deleted:
		say(o.streams.Err, "helper %s/%s is deleted", at.Namespace, at.Pod)
	}
}

// fetched says what was said beside the output of a detached run, which is home, and forgets the run.
func (o *options) fetched(ctx context.Context, away *agent.Away, at home.Place, run detached.About, verdict report.Verdict) error {
	r := &runOptions{options: o}
	_, err := away.Follow(ctx, agent.Words, run.ID, r.shown(o.streams.Err, tty.Drawing))
	missing := errors.Is(err, spool.ErrMissing) // they will not be there later
	if err != nil && !missing {
		return hint.Add(fmt.Errorf("show what %s has said: %w", at, err), "it is still there: "+o.call().Kept("attach", at.String()))
	}
	takeBack(r.drawn)
	if err := o.forget(ctx, away, at, run); err != nil {
		return err
	}
	if missing {
		complain(o.streams.Err, fmt.Errorf("INCOMPLETE: of what %s has said, %w", at, err))
	}
	if missing || run.Killed || run.Status == tools.StatusLost || verdict.Kind == report.Incomplete {
		return status(tools.StatusLost)
	}
	return nil
}

// forget ends what is kept of a detached run that was fetched. In a pod that people use, its output stays as that of other runs does.
func (o *options) forget(ctx context.Context, away *agent.Away, at home.Place, run detached.About) error {
	if err := away.Forget(ctx, run.ID); err != nil || at.Pod == "" {
		return err
	}
	cluster, err := o.cluster(ctx)
	if err != nil {
		return err
	}
	done, err := afar.RemoveHelper(ctx, &helpers{Helpers: cluster.Helpers(ctx, o.helper.Options)}, at, run)
	if err != nil { // the output is here nevertheless
		say(o.streams.Err, "%v", err)
		advise(o.streams.Err, "the helper ends by itself; somebody who may delete it does so with "+o.call().Ask("clean")+", or: "+o.call().Kubectl("delete pod", "-n", at.Namespace, at.Pod))
		return nil
	}
	if done != "" {
		say(o.streams.Err, "%s", done)
	}
	return nil
}
