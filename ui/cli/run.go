package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui"
)

// runOptions are the flags of run.
type runOptions struct {
	*options
	pod       string
	arguments string
	file      string
	stdout    bool
	timer     time.Duration
	maxSize   size
	report    string

	selector    string // these come later
	destination string
	port        string
}

func newRun(o *options) *cobra.Command {
	r := &runOptions{options: o}
	return r.command(func(ctx context.Context, argv []string) error { return r.run(ctx, argv, o.connect) })
}

// command is run's command line; act does it.
func (r *runOptions) command(act func(ctx context.Context, argv []string) error) *cobra.Command {
	c := &cobra.Command{
		Use:   "run --pod POD [-n NAMESPACE] (TOOL [-a \"ARGUMENTS\"] | -- TOOL [ARGUMENT…])",
		Short: "Run one tool in a pod's network namespace",
		Long: `Run one tool in a pod's network namespace. Standard output is the tool's, byte for byte; what podtracer has to say goes to
standard error. The exit status is the tool's own (0-123), 74 if output was lost, 125 if podtracer could not run it, 126 and
127 if the tool cannot be executed or was not found, and 128+n if it died of signal n.`,
		Example: `  podtracer run --pod cart-0 -n shop -- ss -tlnp
  podtracer run --pod cart-0 -n shop tcpdump -a "-i eth0 -c 10 -w -" > cart.pcap
  podtracer run --pod cart-0 -n shop -t 30s -f cart.pcap -- tcpdump -i eth0 -w - port 8080`,
		RunE: func(c *cobra.Command, args []string) error {
			argv, err := r.argv(args, c.ArgsLenAtDash())
			if err != nil {
				return err
			}
			return act(c.Context(), argv)
		},
	}
	r.addTo(c)
	return c
}

func (r *runOptions) addTo(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.pod, "pod", "", "the pod")
	f.StringVarP(&r.arguments, "arguments", "a", "", "the tool's arguments in one word, split like a shell splits words")
	f.StringVarP(&r.file, "file", "f", "", "save the tool's output to this file instead of standard output")
	f.BoolVarP(&r.stdout, "stdout", "s", false, "write to standard output also when -f is given")
	f.DurationVarP(&r.timer, "timer", "t", 0, "stop the tool after this time, e.g. 30s")
	f.Var(&r.maxSize, "max-size", "stop the tool when it has written this much, e.g. 100MiB")
	f.StringVar(&r.report, "report", "", "write how it went to this file, as one JSON object")
	f.StringVarP(&r.selector, "selector", "l", "", "not there yet: pods by label")
	f.StringVarP(&r.destination, "destination", "d", "", "not there yet: address of a collector")
	f.StringVarP(&r.port, "port", "p", "", "not there yet: port of a collector")
	for _, later := range []string{"selector", "destination", "port"} {
		_ = f.MarkHidden(later) // fails only for a flag that does not exist
	}
}

// argv reads the two forms: TOOL -a "ARGUMENTS", and -- TOOL ARGUMENT….
func (r *runOptions) argv(args []string, dash int) ([]string, error) {
	if err := r.refuseLater(); err != nil {
		return nil, err
	}
	const forms = "podtracer run --pod POD -- TOOL ARGUMENT…, or podtracer run --pod POD TOOL -a \"ARGUMENTS\""
	switch {
	case r.pod == "":
		return nil, hint.Add(errors.New("no pod was named"), forms)
	case len(args) == 0:
		return nil, hint.Add(errors.New("no tool was named"), forms)
	case dash > 0:
		return nil, hint.Add(fmt.Errorf("%q stands before --", args[0]), forms)
	case dash == 0 && r.arguments != "":
		return nil, hint.Add(errors.New("arguments stand both behind -- and in -a"), "choose one of the two forms: "+forms)
	case dash == 0:
		return args, nil
	case len(args) > 1:
		return nil, hint.Add(fmt.Errorf("%q stands behind the tool", args[1]), forms)
	}
	words, err := tools.Split(r.arguments)
	return append(args, words...), err
}

func (r *runOptions) refuseLater() error {
	switch {
	case r.selector != "":
		return hint.Add(errors.New("-l/--selector: running in many pods at once is not there yet"), "name one pod with --pod")
	case r.destination != "" || r.port != "":
		return hint.Add(errors.New("-d/--destination, -p/--port: sending to a collector is not there yet"), "save to a file with -f, or pipe standard output")
	case r.timer < 0:
		return hint.Add(errors.New("-t/--timer is negative"), "write for example -t 30s")
	default:
		return nil
	}
}

// run runs the tool in the world that connect makes, and turns how it went into an exit status.
func (r *runOptions) run(ctx context.Context, argv []string, connect func(context.Context) (*world, error)) (err error) {
	report := newReport(argv)
	defer func() {
		if r.report != "" {
			err = errors.Join(err, report.write(r.report, err))
		}
	}()
	if err := r.checkFile(); err != nil {
		return err
	}
	w, err := connect(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	pod, err := r.findPod(ctx, w)
	if err != nil {
		return err
	}
	report.pod(pod)
	ctx, cancel := context.WithCancelCause(ctx) // ends the tool when the terminal is gone
	defer cancel(nil)
	runs, err := w.runs(ctx, r.options, w.cluster)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runs.Close()) }()
	if pod.HostNetwork {
		r.say("%s", hostNetworkNote(pod))
	}
	keyboard, err := openKeyboard(ctx, r.streams, func() { cancel(ui.ErrTerminalGone) })
	if err != nil {
		return err
	}
	defer keyboard.close()
	id, err := runs.Start(r.request(pod, argv, keyboard))
	if err != nil {
		return err
	}
	return r.conclude(ctx, runs, id, keyboard, report)
}

// request is for a tool that has the person's terminal to itself, or writes to a file, a pipe or a terminal.
func (r *runOptions) request(pod k8s.Pod, argv []string, k *keyboard) tools.Request {
	request := tools.Request{
		Pod: pod, Argv: argv, Timer: r.timer, MaxSize: int64(r.maxSize), Stdin: r.streams.In, Stderr: r.streams.Err,
	}
	switch {
	case k == nil:
		request.Terminal = terminalSize(r.streams.Out)
	case r.file == "":
		request.Terminal, request.Keys, request.Sizes = terminalSize(r.streams.Out), k.keys, k.sizes
	default: // what is saved must not pass through a terminal
		request.Stdin = nil
	}
	return request
}

func hostNetworkNote(pod k8s.Pod) string {
	return fmt.Sprintf("%s has no network namespace of its own (hostNetwork): this is the network of node %s", pod, pod.Node)
}

func (r *runOptions) findPod(ctx context.Context, w *world) (k8s.Pod, error) {
	pod, err := w.cluster.Pod(ctx, w.cluster.Namespace(), r.pod)
	if errors.Is(err, k8s.ErrNotFound) {
		return pod, hint.Add(fmt.Errorf("there is no pod %s in namespace %s", r.pod, w.cluster.Namespace()),
			"kubectl get pods -A | grep "+r.pod+" finds its namespace, to be named with -n")
	}
	return pod, err
}

// conclude follows the run to its end, delivers its output and says what a person has to know.
func (r *runOptions) conclude(ctx context.Context, runs *tools.Runs, id tools.RunID, k *keyboard, report *report) error {
	// The output is delivered to the last byte, also after an interrupt: it is the tool that is stopped, not its reader.
	whole := context.WithoutCancel(ctx)
	delivered := r.deliver(whole, runs, id)
	interrupts, endInterrupts := context.WithCancel(ctx)
	defer endInterrupts()
	if k != nil && r.file != "" {
		go k.stopOnInterrupt(interrupts, func() { _ = runs.Stop(id) }) // ends with interrupts; fails only for no run
	}
	state, err := runs.Wait(whole, id)
	if err != nil {
		return err
	}
	endInterrupts()
	var undelivered error
	if toTerminal := r.file == "" || r.stdout; toTerminal && errors.Is(context.Cause(ctx), ui.ErrTerminalGone) {
		undelivered = ui.ErrTerminalGone // it may take nothing any more: what is not delivered now never will be
	} else {
		undelivered = <-delivered
	}
	k.close()
	if k != nil && k.interrupted.Load() && state.Exit.Signal == syscall.SIGINT {
		state.Cause = tools.ErrAsked // by the person, through the tool's own terminal
	}
	code := r.explain(state, undelivered)
	saved, err := r.saveFile(whole, runs, state)
	if err != nil {
		complain(r.streams.Err, err)
		code = max(code, tools.StatusLost)
	}
	report.state(state, saved, code)
	if code != 0 {
		return status(code)
	}
	return nil
}

// deliver copies the run's output to standard output as it comes, if it is wanted there, and says at last how that went.
func (r *runOptions) deliver(ctx context.Context, runs *tools.Runs, id tools.RunID) <-chan error {
	delivered := make(chan error, 1)
	if r.file != "" && !r.stdout {
		delivered <- nil
		return delivered
	}
	go func() { // ends with the run's output, unless standard output is a terminal that takes nothing any more
		err := runs.Copy(ctx, id, r.streams.Out)
		if err != nil {
			_ = runs.Stop(id) // nobody reads any more; fails only for a run that does not exist
		}
		delivered <- err
	}()
	return delivered
}

// checkFile refuses a file that is there already before anything runs, not after a capture that then has no place.
func (r *runOptions) checkFile() error {
	if r.file == "" {
		return nil
	}
	if _, err := os.Lstat(r.file); err == nil {
		return hint.Add(fmt.Errorf("-f %s: %w", r.file, tools.ErrExists), "choose another name, or remove it first")
	}
	return nil
}

// saveFile saves what came to -f, if there is one.
func (r *runOptions) saveFile(ctx context.Context, runs *tools.Runs, s tools.State) (*tools.Saved, error) {
	if r.file == "" || s.Err != nil {
		return nil, nil
	}
	saved, err := runs.Save(ctx, s.ID, tools.Target{Path: r.file})
	if err != nil {
		return nil, err
	}
	r.say("%s", savedLine(saved, s.Capture))
	return &saved, nil
}

// explain says how the run ended, where that is not plain from the tool's own words, and returns the exit status.
func (r *runOptions) explain(s tools.State, undelivered error) int {
	switch {
	case s.Err != nil:
		complain(r.streams.Err, s.Err)
	case s.Cause != nil:
		r.say("%s", s.Outcome())
	case s.Exit.Signal != 0:
		r.say("%s %s", s.Tool(), s.Outcome())
	case s.Exit.Code != s.Status():
		r.say("the exit status of %s was %d", s.Tool(), s.Exit.Code)
	}
	if s.Exit.Strays > 0 {
		r.say("%s left %d running; ended", s.Tool(), s.Exit.Strays)
	}
	if undelivered == nil {
		return s.Status()
	}
	if errors.Is(undelivered, syscall.EPIPE) {
		r.say("standard output was closed before the end of the output")
	} else {
		r.say("write standard output: %v", undelivered)
	}
	return tools.StatusLost
}

func savedLine(s tools.Saved, capture bool) string {
	if capture {
		return fmt.Sprintf("saved %d packets, %s, to %s, sha256 %s", s.Packets, bytesText(s.Bytes), s.Path, s.SHA256)
	}
	return fmt.Sprintf("saved %s to %s, sha256 %s", bytesText(s.Bytes), s.Path, s.SHA256)
}

func (r *runOptions) say(format string, args ...any) {
	tell(r.streams.Err, fmt.Sprintf("podtracer: "+format+"\n", args...))
}
