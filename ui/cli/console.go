package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/ui"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/option"
	"github.com/fennec-project/podtracer/ui/cli/settings"
	"github.com/fennec-project/podtracer/ui/tty"
)

// runConsole shows the console over a real cluster.
func runConsole(ctx context.Context, o *options, screen *option.Screen) error {
	return o.console(ctx, screen, o.connectToRun)
}

// console shows the console over the world that connect makes, and over that of each context that the person goes to. When it returns,
// no tool runs any more.
func (o *options) console(ctx context.Context, screen *option.Screen, connect func(context.Context) (*world, error)) (err error) {
	state, err := o.stateDir()
	if err != nil {
		return err
	}
	if err := tty.Check(o.streams.In, o.streams.Out, o.call().Run()); err != nil {
		return err
	}
	look, err := screen.Look()
	if err != nil {
		return err
	}
	recording, err := screen.Recording()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRecording(recording)) }()
	shown := ui.Deps{StateDir: state, In: o.streams.In, Out: o.streams.Out, Look: look, Recording: recording}
	to, back := "", func() {}
	for {
		w, err := o.enter(ctx, connect)
		if err != nil && (to == "" || ctx.Err() != nil) {
			return err
		}
		if err != nil { // the person goes on where they came from
			back()
			shown.Failed, to = fmt.Errorf("go to context %s: %w", to, err), ""
			continue
		}
		next, err := o.consoleIn(ctx, w, shown)
		if err != nil || next == "" || ctx.Err() != nil {
			return err
		}
		shown.Failed, to, back = nil, next, o.flags.Switch(next)
	}
}

// enter connects to a cluster, and lets a credential plugin ask at the terminal before the console opens.
func (o *options) enter(ctx context.Context, connect func(context.Context) (*world, error)) (*world, error) {
	w, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.login(ctx, o); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.reachFar(ctx, o)
	return w, nil
}

// consoleIn shows the console over a world until the person leaves it, and returns the context that they go to then, "" for none. It
// closes the world.
func (o *options) consoleIn(ctx context.Context, w *world, d ui.Deps) (next string, err error) {
	defer func() { err = errors.Join(err, w.close()) }()
	ctx, cancel := context.WithCancel(ctx)
	pods, wait := w.follow(ctx)
	defer wait()
	defer cancel()
	runs, err := w.runs(ctx, o, pods, pods)
	if err != nil {
		return "", err
	}
	d.Pods, d.Plugin, d.Runs, d.Launcher, d.Details, d.Networks = pods, w.cluster, runs, w.launcher(), w.cluster, w.launcher()
	d.Cluster, d.Node, d.Namespace, d.Left, d.Contexts = w.cluster.Name(), w.here.Name, o.flags.Namespace(), runs.Left(), w.contexts
	d.Tell = func(text string) { say(o.streams.Err, "%s", text) }
	d.Fetch = func(path string) string { return home.FetchLine(w.own, runs.Directory(), path) }
	d.Detached = w.detached(o)
	d.Call = o.call()
	d.Call.Demo = w.isDemo()
	d.Presets, d.PresetsErr = settings.Presets()
	next, err = ui.Run(ctx, d)
	o.farewell(ctx, runs)
	if err == nil && ctx.Err() == nil { // left by key: the person has chosen to save nothing else
		return next, runs.Close()
	}
	left, leaveErr := runs.Leave()
	if left > 0 {
		say(o.streams.Err, "output that was not saved is kept (runs: %d); hint: %s lists them", left, o.call().Here("runs"))
	}
	return "", errors.Join(err, leaveErr)
}

// detached are the runs that go on without a console, as far as this one can get at them; nil if there are none.
func (w *world) detached(o *options) ui.Detached {
	if w.isDemo() { // its pods end with podtracer
		return nil
	}
	found := &afar.Runs{Here: o.keeperHere, Own: w.own, By: person(), Heir: o.spawnHeir}
	if w.helpers != nil {
		found.Cluster = w.helpers.listed
		found.Keeper = func(namespace, pod string) agent.Dialer { return w.helpers.executing(namespace, pod, "keeper") }
		found.HelperOn, found.Owner = w.helpers.on, w.helpers.own
	}
	return found
}

// farewell says what is being stopped, which may take some seconds.
func (o *options) farewell(ctx context.Context, runs *tools.Runs) {
	list, _, err := runs.Next(ctx, 0)
	if n := list.Active(); err == nil && n > 0 {
		say(o.streams.Err, "stopping what still runs (%d)", n)
	}
}

func closeRecording(r *tty.Recording) error {
	if r == nil {
		return nil
	}
	return r.Close()
}
