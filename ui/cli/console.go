package cli

import (
	"context"
	"errors"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui"
	"github.com/fennec-project/podtracer/ui/tty"
)

// runConsole shows the console over a real cluster.
func runConsole(ctx context.Context, o *options, screen *screenOptions) error {
	return o.console(ctx, screen, o.connect)
}

// console shows the console over the world that connect makes. When it returns, no tool runs any more.
func (o *options) console(ctx context.Context, screen *screenOptions, connect func(context.Context) (*world, error)) (err error) {
	state, err := o.stateDir()
	if err != nil {
		return err
	}
	if err := tty.Check(o.streams.In, o.streams.Out); err != nil {
		return err
	}
	look, err := screen.look()
	if err != nil {
		return err
	}
	recording, err := screen.recording()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRecording(recording)) }()
	w, err := connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.login(ctx, o); err != nil {
		return err
	}
	w.reachFar(ctx, o)
	ctx, cancel := context.WithCancel(ctx)
	pods, wait := w.cluster.WatchFrom(ctx, w.here.Name)
	defer wait()
	defer cancel()
	runs, err := w.runs(ctx, o, pods, pods)
	if err != nil {
		return err
	}
	presets, presetsErr := ownPresets(presetsPath())
	err = ui.Run(ctx, ui.Deps{
		Pods: pods, Plugin: w.cluster, Runs: runs, Cluster: w.cluster.Name(), Launcher: w.launcher(), Node: w.here.Name, Namespace: o.flags.Namespace(),
		Left: runs.Left(), StateDir: state,
		In: o.streams.In, Out: o.streams.Out, Look: look, Recording: recording,
		Tell:    func(text string) { say(o.streams.Err, "%s", text) },
		Details: w.cluster, Networks: w.local(), Presets: presets, PresetsErr: presetsErr,
	})
	o.farewell(ctx, runs)
	if err == nil && ctx.Err() == nil { // left by key: the person has chosen to save nothing else
		return runs.Close()
	}
	left, leaveErr := runs.Leave()
	if left > 0 {
		say(o.streams.Err, "output that was not saved is kept (runs: %d); hint: podtracer runs lists them", left)
	}
	return errors.Join(err, leaveErr)
}

// farewell says what is being stopped, which may take some seconds.
func (o *options) farewell(ctx context.Context, runs *tools.Runs) {
	list, _, err := runs.Next(ctx, 0)
	if n := list.Active(); err == nil && n > 0 {
		say(o.streams.Err, "stopping what still runs (%d)", n)
	}
}
