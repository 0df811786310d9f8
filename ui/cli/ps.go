package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/cli/inuse"
)

func newPs(o *options) *cobra.Command {
	output := ""
	ps := &cobra.Command{
		Use:   "ps",
		Short: "List podtracer's helpers in the cluster, what runs in them, and detached runs",
		Long: `List podtracer's helpers in all namespaces of the cluster: the pods in which podtracer works on other nodes, who started them and
when, how many consoles are connected, and which tools run there. Runs that go on without a console are listed wherever they are, in a
helper or in a debug pod, until their output was fetched: podtracer attach, get and stop take the last word of their line.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			return o.ps(c.Context(), output == "json")
		},
	}
	ps.Flags().StringVarP(&output, "output", "o", "", "json: one list, for programs")
	return ps
}

func newClean(o *options) *cobra.Command {
	verify, discard := false, []string(nil)
	clean := &cobra.Command{
		Use:   "clean",
		Short: "Delete the helpers that no console uses any more",
		Long: `Delete the helpers that no console is connected to and that keep nothing, those that have ended, and those that were never started. Detached
runs that go on, and output of theirs that nobody has fetched, stay.

A podtracer that was killed, or is out of reach, leaves its helper. The helper stops its tools after a minute (--helper-idle). What they
have written stays there for a quarter of an hour more, in a helper that is installed for an hour: podtracer ps lists it, and podtracer
get brings it home. Then the helper ends by itself; one that keeps nothing does so a minute after its tools were stopped. Until then
clean says what is there and does not delete it. --discard deletes a helper with the output that nobody has fetched, or with the tool that
still runs there.

With --verify nothing is deleted, and the exit status is 1 if this command would delete something, if something of a podtracer is
there that was lost, or if it cannot be known. Helpers that are just being deleted are waited for.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if verify && len(discard) > 0 {
				return hint.Add(errors.New("clean takes --verify or --discard, not both"), "--verify deletes nothing")
			}
			if verify {
				return o.verifyClean(c.Context())
			}
			return o.clean(c.Context(), discard)
		},
	}
	clean.Flags().BoolVar(&verify, "verify", false, "delete nothing; exit with 1 if something is left, or may be")
	clean.Flags().StringSliceVar(&discard, "discard", nil, "delete this helper, NAMESPACE/NAME, with the output that nobody has fetched (may be repeated)")
	return clean
}

// seeHelpers lists the helpers and asks each what goes on there.
func (o *options) seeHelpers(ctx context.Context) (*helpers, []inuse.Helper, error) {
	cluster, err := o.cluster(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer o.tellSilence(cluster)()
	options, err := o.helper.complete(cluster.InCluster())
	if err != nil {
		return nil, nil, err
	}
	h := &helpers{Helpers: cluster.Helpers(ctx, options)}
	list, err := h.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	debug, err := h.Debug(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	seen := make([]inuse.Helper, len(list), len(list)+len(debug))
	people := make([]inuse.Helper, len(debug)) // who has a pod to run podtracer in
	var asking sync.WaitGroup
	for i, one := range debug {
		people[i].Helper = one
		asking.Go(func() { people[i].Detached, _ = h.detached(ctx, one) }) // ends with ctx; an older podtracer knows of no detached runs
	}
	for i, one := range list {
		seen[i].Helper = one
		asking.Go(func() { seen[i] = h.see(ctx, one) }) // ends with ctx
	}
	asking.Wait()
	return h, append(seen, slices.DeleteFunc(people, func(s inuse.Helper) bool { return len(s.Detached) == 0 })...), nil
}

// longestAnswer is how long a helper may take to say what goes on there.
const longestAnswer = 10 * time.Second

// see asks a helper what goes on there.
func (h *helpers) see(ctx context.Context, one k8s.Helper) inuse.Helper {
	if !one.Runs {
		return inuse.Helper{Helper: one}
	}
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	var status agent.Status
	var silent error
	var asking sync.WaitGroup
	if !one.Detached { // there is an agent
		asking.Go(func() { status, silent = agent.Look(ctx, h.dialer(one.Namespace, one.Name)) }) // ends with ctx
	}
	found, unknown := h.detached(ctx, one)
	asking.Wait()
	return inuse.Of(one, status, silent, found, unknown)
}

// detached asks a pod of podtracer's for the runs that go on there without a console.
func (h *helpers) detached(ctx context.Context, in k8s.Helper) ([]detached.About, error) {
	away, err := agent.Reach(h.executing(in.Namespace, in.Name, "keeper"), func() {})
	if err != nil {
		return nil, err
	}
	defer away.Close()
	return away.Detached(ctx)
}

func (o *options) ps(ctx context.Context, asJSON bool) error {
	_, seen, err := o.seeHelpers(ctx)
	switch {
	case err != nil:
		return err
	case asJSON:
		text, err := inuse.JSON(seen)
		return errors.Join(err, print(o.streams.Out, text))
	case len(seen) == 0:
		say(o.streams.Err, "there are no helpers in the cluster")
		return nil
	}
	rows, now := [][]string{inuse.Title}, time.Now()
	for _, s := range seen {
		rows = append(rows, s.Rows(now)...)
	}
	if err := printTable(o.streams.Out, rows); err != nil {
		return err
	}
	for _, s := range seen {
		o.tellLost(s)
	}
	return nil
}

// tellLost says why a helper does not answer, and how what was lost there is brought home.
func (o *options) tellLost(s inuse.Helper) {
	for _, why := range s.Stays(o.call()) {
		if why.Crash && (why.Hint != "" || s.Err != nil) && !s.Leaving {
			say(o.streams.Err, "%s %s", why.Of, why.Text)
			o.adviseOnce(cmp.Or(why.Hint, hint.Of(s.Err)))
		}
	}
}

// clean deletes the helpers that nobody uses, and those that are discarded by their names.
func (o *options) clean(ctx context.Context, discard []string) error {
	h, seen, err := o.seeHelpers(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, place := range discard {
		if !slices.ContainsFunc(seen, func(s inuse.Helper) bool { return s.Place() == place }) {
			errs = append(errs, hint.Add(fmt.Errorf("--discard %s: there is no such helper", place), o.call().Ask("ps")+" lists them, as NAMESPACE/NAME"))
		}
	}
	for _, s := range seen {
		wanted := slices.Contains(discard, s.Place())
		if s.Unused() { // others have been asked meanwhile, and somebody may have begun to use it
			s = h.see(ctx, s.Helper)
		}
		if s.Unused() || wanted && s.Disposable() {
			err := h.Remove(ctx, s.Helper)
			if errs = append(errs, err); err == nil {
				say(o.streams.Err, "%s on node %s is deleted", s.Place(), known(s.Node))
			}
			continue
		}
		if wanted {
			errs = append(errs, fmt.Errorf("--discard %s: it is in use, is installed, or has a detached run", s.Place()))
		}
		o.tellStays(s)
	}
	return errors.Join(errs...)
}

// tellStays says why a helper stays.
func (o *options) tellStays(s inuse.Helper) {
	for _, why := range s.Stays(o.call()) {
		say(o.streams.Err, "%s %s", why.Of, why.Text)
		o.adviseOnce(why.Hint)
	}
	o.adviseOnce(hint.Of(s.Err))
}

// verifyClean says what is left, with exit status 1 if there is something, or may be.
func (o *options) verifyClean(ctx context.Context) error {
	const most = 20 * time.Second // for a helper to go: a kubelet is given some time for it
	_, seen, err := o.seeHelpers(ctx)
	for end := time.Now().Add(most); err == nil && slices.ContainsFunc(seen, func(s inuse.Helper) bool { return s.Leaving }) && time.Now().Before(end); {
		if pause.For(ctx, time.Second); ctx.Err() != nil {
			return ctx.Err()
		}
		_, seen, err = o.seeHelpers(ctx)
	}
	if err != nil {
		return err
	}
	left := false
	for _, s := range seen {
		if s.Unused() {
			left = true
			say(o.streams.Err, "%s on node %s is left", s.Place(), known(s.Node))
			advise(o.streams.Err, o.call().Ask("clean")+" deletes it")
			continue
		}
		left = left || slices.ContainsFunc(s.Stays(o.call()), func(r inuse.Reason) bool { return r.Crash })
		o.tellStays(s)
	}
	if left {
		return status(1)
	}
	return nil
}
