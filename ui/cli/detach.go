package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/pipe"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/inuse"
)

const (
	startTime = time.Minute // until a detached run has started
)

// checkDetach refuses what has no meaning without a console.
func (r *runOptions) checkDetach() error {
	switch {
	case !r.detach:
		return nil
	case r.file != "" || r.stdout || r.wireshark || r.report != "":
		return hint.Add(errors.New("--detach: nothing is written here, so -f, -s, --wireshark and --report have no meaning"), r.call().Kept("get")+" brings the output home, "+r.call().Kept("attach")+" shows it")
	case r.several():
		return hint.Add(errors.New("--detach: only a run in a single pod goes on without a console"), "name one pod with --pod, once for each run")
	default:
		return nil
	}
}

// checkInput refuses standard input that waits for the tool: nobody would pass it on.
func (r *runOptions) checkInput() error {
	info, err := r.streams.In.Stat()
	if err != nil {
		return nil // it is closed
	}
	waits := false
	switch mode := info.Mode(); {
	case mode.IsRegular():
		at, err := r.streams.In.Seek(0, io.SeekCurrent)
		waits = err == nil && at < info.Size()
	case mode&os.ModeNamedPipe != 0:
		waits = pipe.Unread(r.streams.In) > 0
	}
	if waits {
		return hint.Add(errors.New("--detach: standard input does not reach a tool that goes on without podtracer"), "write it into the command, or leave it out: </dev/null")
	}
	if info.Mode()&os.ModeCharDevice == 0 {
		r.say("the tool has no standard input")
	}
	return nil
}

// runDetached starts a run that goes on when podtracer has ended: in the pod that podtracer runs in, or in a helper of its own.
func (r *runOptions) runDetached(ctx context.Context, w *world, pod k8s.Pod, argv []string) error {
	if err := r.checkInput(); err != nil { // what is written into a pipe has come by now
		return err
	}
	if err := detached.CheckCommand(argv); err != nil {
		return fmt.Errorf("--detach: %w", err)
	}
	order := afar.Order{
		Pod: pod, Argv: argv, Limits: r.limits.OfRun(), Ring: r.limits.Ring(), Headers: r.limits.Headers, By: person(),
	}
	if order.Limits.Timer == 0 {
		order.Limits.Timer = afar.UsualDeadline
		r.say("without -t it ends after %s at the latest", afar.UsualDeadline)
	}
	if pod.HostNetwork {
		r.say("%s", hostNetworkNote(pod))
	}
	isHere, err := w.isHere(ctx, pod)
	switch {
	case err != nil:
		return err
	case isHere:
		return r.detachHere(ctx, w, order)
	default:
		return r.detachFar(ctx, w, order)
	}
}

// isHere says whether a tool can run in a pod without a helper.
func (w *world) isHere(ctx context.Context, pod k8s.Pod) (bool, error) {
	reach := w.local().Reach(&pod)
	if reach.Elsewhere() {
		return false, nil
	}
	if err := reach.Err(); err != nil || !reach.Unsure() {
		return true, err
	}
	_, err := w.local().Launch(ctx, pod, []string{"true"}, launch.Streams{Stdout: io.Discard, Stderr: io.Discard})
	if errors.Is(err, ns.ErrNotHere) || errors.Is(err, ns.ErrUnavailable) || errors.Is(err, ns.ErrNotLinux) {
		return false, nil
	}
	return true, err
}

// detachHere starts the run in a process of its own, beside this one.
func (r *runOptions) detachHere(ctx context.Context, w *world, order afar.Order) error {
	text, err := json.Marshal(order)
	if err != nil {
		return err
	}
	id, err := r.spawnOwner(text)
	if err != nil {
		return err
	}
	at := home.Place{Name: id}
	if own := w.ownPod(ctx, r.options); own != "" {
		if at, err = home.ReadPlace(own+":"+id, ""); err != nil {
			return err
		}
	}
	away, err := r.keeperHere()
	if err != nil {
		return err
	}
	defer away.Close()
	return r.tellDetached(ctx, away, at)
}

// detachFar starts the run in a helper of its own, on the pod's node.
func (r *runOptions) detachFar(ctx context.Context, w *world, order afar.Order) error {
	made := r.helpersOf(ctx, w.cluster)
	if made.missing != nil {
		return made.missing
	}
	order.Linger = afar.FetchTime
	text, err := json.Marshal(order)
	if err != nil {
		return err
	}
	const slack = 5 * time.Minute // for pulling the image, and for winding up
	pod, err := made.Detach(ctx, order.Pod.Node, helper.Detached{
		Order: text, About: order.Pod.String() + ": " + command.Join(order.Argv), Lasts: order.Limits.Timer + order.Linger + slack, Keeps: order.Keeps(),
	}, func(step string) { r.say("%s", step) })
	if err != nil {
		return err
	}
	away, err := agent.Reach(made.executing(pod.Namespace, pod.Name, "keeper"), func() {})
	if err != nil {
		return err
	}
	defer away.Close()
	id, err := awaitStart(ctx, away)
	if err != nil {
		return errors.Join(fmt.Errorf("start the run on node %s: %w", order.Pod.Node, err), made.Remove(context.WithoutCancel(ctx), pod))
	}
	return r.tellDetached(ctx, away, home.Place{Namespace: pod.Namespace, Pod: pod.Name, Name: id})
}

// awaitStart waits until the run in a helper of its own has started, and returns its ID.
func awaitStart(ctx context.Context, away *agent.Away) (id string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, fmt.Errorf("it has not started after %s", startTime))
	defer cancel()
	for ctx.Err() == nil {
		var runs []detached.About
		runs, err = away.Detached(ctx)
		switch {
		case errors.Is(err, agent.ErrGone):
			return "", err
		case err == nil && len(runs) > 0 && runs[0].Stands != detached.Starting:
			return runs[0].ID, nil
		}
		pause.For(ctx, 200*time.Millisecond)
	}
	return "", errors.Join(context.Cause(ctx), err)
}

// tellDetached says where a detached run goes on, and what can be done with it.
func (r *runOptions) tellDetached(ctx context.Context, away *agent.Away, at home.Place) error {
	run, err := away.Run(ctx, at.Name)
	if err != nil {
		return err
	}
	r.say("%s", inuse.Standing(run))
	if neverRan(run) {
		if err := r.forgetFailed(ctx, away, at, run); err != nil {
			complain(r.streams.Err, err)
		}
		return status(run.Status)
	}
	line := r.call()
	advise(r.streams.Err, line.Kept("attach", at.String())+" shows what it writes\n"+
		line.Kept("get", at.String())+" [FILE] brings its output home when it has ended\n"+line.Kept("stop", at.String())+" stops it")
	if run.Alone {
		r.say("its helper stays for %s after its end, or until the output is fetched", afar.FetchTime)
	}
	return print(r.streams.Out, at.String()+"\n")
}

// neverRan says whether podtracer or the system could not start the tool.
func neverRan(a detached.About) bool {
	return a.Over() && a.Status >= tools.StatusFailed && a.Status <= tools.StatusNotFound
}

// forgetFailed shows why a run has failed, and forgets it if it has no output.
func (r *runOptions) forgetFailed(ctx context.Context, away *agent.Away, at home.Place, run detached.About) error {
	if _, err := away.About(ctx, run.ID); !errors.Is(err, store.ErrNotFound) {
		r.say("what it wrote is still there: %s", r.call().Kept("get", at.String()))
		return err
	}
	return r.fetched(ctx, away, at, run, report.Verdict{})
}

// ownerLine is the command of a process that owns a run.
func (o *options) ownerLine() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find podtracer itself: %w", err)
	}
	dir, err := o.directory()
	if err != nil {
		return nil, err
	}
	argv := []string{self, "agent", "run", "-", "--data-dir", dir, "--host-proc", o.proc()}
	if o.runtimeEndpoint != "" {
		argv = append(argv, "--runtime-endpoint", o.runtimeEndpoint)
	}
	return argv, nil
}

// spawnOwner starts the process that owns a run, which goes on when this one has ended, and returns the ID of the run.
func (o *options) spawnOwner(order []byte) (id string, err error) {
	argv, err := o.ownerLine()
	if err != nil {
		return "", err
	}
	return detached.Spawn(argv, order)
}

// spawnHeir starts the process that is to own a run of this one, whose tool has these files.
func (o *options) spawnHeir(files []*os.File) (*detached.Heir, error) {
	argv, err := o.ownerLine()
	if err != nil {
		return nil, err
	}
	return detached.SpawnHeir(append(argv, "--files", strconv.Itoa(len(files))), files)
}
