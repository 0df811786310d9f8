package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cli/beside"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/keyboard"
	"github.com/fennec-project/podtracer/ui/cli/option"
	"github.com/fennec-project/podtracer/ui/cli/target"
	"github.com/fennec-project/podtracer/ui/cli/wireshark"
	"github.com/fennec-project/podtracer/ui/tty"
)

// runOptions are the flags of run.
type runOptions struct {
	*options
	targets   target.Flags
	arguments string
	file      string
	overwrite bool
	each      bool // with -f: a file for each pod
	align     bool // times are corrected by how far the clocks of the nodes are from podtracer's
	stdout    bool
	wireshark bool
	detach    bool // the run goes on without podtracer
	demo      bool // the pods are those of the demo
	report    string
	limits    option.Limits
	drawn     map[*os.File]*tty.Drawn  // terminals that the tool writes to
	said      *beside.Words            // what tools say on their standard error
	fetch     func(path string) string // the command that brings a saved file to the person's machine; "" if it is there

	destination string // accepted, but refused for now
	port        string
}

func newRun(o *options) *cobra.Command {
	r := &runOptions{options: o}
	return r.command(func(ctx context.Context, argv []string) error { return r.run(ctx, argv, o.connectToRun) })
}

// command is run's command line; act does it.
func (r *runOptions) command(act func(ctx context.Context, argv []string) error) *cobra.Command {
	c := &cobra.Command{
		Use:   "run (--pod POD… | -l SELECTOR) [-n NAMESPACE] (TOOL [-a \"ARGUMENTS\"] | -- TOOL [ARGUMENT…])",
		Short: "Run one tool in a pod's network namespace, or in those of many pods",
		Long: `Run one tool in a pod's network namespace, or in those of many pods. Standard output is the tool's, byte for byte; on a
terminal only what draws, unless the tool is a shell, an editor or the like. What podtracer has to say goes to standard error. The
exit status is the tool's own (0-123), 74 if output was lost, 125 if podtracer could not run it, 126 and 127 if the tool cannot be
executed or was not found, and 128+n if it died of signal n.

A capture ends with a verdict: complete, or INCOMPLETE and what is missing. It is a capture if tcpdump writes packets to its
standard output (-w -), or -f names a .pcap or .pcapng file. A limit that you give ends it as asked; reaching a
default limit is a loss.

Many pods: with -l, with several --pod, and with --pod deployment/NAME (sts, ds, rs, svc, job) the tool runs in each of the pods
at once, on whatever node they are. What the tools write comes merged, in the order of tcpdump's times or else of arrival, each
line behind [pod/NAME], or [NAMESPACE/pod/NAME] if there may be several namespaces. -f NAME.pcapng makes one capture with an
interface for each pod; --each makes a file for each, NAME_NAMESPACE_POD.pcapng. Limits apply to each run. Pods that come to match
while others run join, for what is left of -t; the run of a pod that goes ends with a note. All is over when each run has ended.
The exit status is the highest of all runs, and 125 if the tool could not be started in one of the pods; that a pod goes which was
found by -l or by its KIND/NAME is no failure.`,
		Example: `  podtracer run --pod cart-0 -n shop -- ss -tlnp
  podtracer run --pod cart-0 -n shop tcpdump -a "-i eth0 -c 10 -w -" > cart.pcap
  podtracer run --pod cart-0 -n shop -t 30s -f cart.pcapng -- tcpdump -i eth0 port 8080
  podtracer run -l app=cart -n shop -t 30s -f cart.pcapng -- tcpdump -i eth0 port 8080
  podtracer run --pod deployment/cart -n shop -- tcpdump -n -i eth0 port 8080
  podtracer run --pod cart-0 -n shop --ring 256MiB --freeze-on 'Flags \[R' --keep-after 5s -f resets.pcapng -- tcpdump -i eth0 -n tcp`,
		RunE: func(c *cobra.Command, args []string) error {
			argv, err := r.argv(args, c.ArgsLenAtDash())
			if err != nil {
				return err
			}
			return act(c.Context(), argv)
		},
	}
	c.ValidArgsFunction = completeTool
	r.addTo(c)
	r.completePod(c)
	return c
}

func (r *runOptions) addTo(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false // they belong together as they stand here
	r.targets.AddTo(f)
	f.StringVarP(&r.arguments, "arguments", "a", "", "the tool's arguments in one word, split like a shell splits words")
	f.VarP(option.File(&r.file), "file", "f", "save the output to this file instead of standard output (tcpdump and NAME.pcap or NAME.pcapng: the packets)")
	f.BoolVar(&r.each, "each", false, "with -f: make a file for each pod, NAME_NAMESPACE_POD.pcapng")
	f.BoolVar(&r.align, "align-clocks", false, "put lines and packets of several nodes in order as if the nodes had podtracer's clock; in a pcapng, correct the times")
	f.BoolVar(&r.overwrite, "overwrite", false, "replace the file of -f if it exists")
	f.BoolVarP(&r.stdout, "stdout", "s", false, "write to standard output also when -f is given")
	f.BoolVar(&r.wireshark, "wireshark", false, "show a capture in Wireshark on this machine while it is made")
	f.BoolVar(&r.detach, "detach", false, "let it go on when podtracer ends, until -t (default 1h), and say how to attach to it")
	f.Var(option.File(&r.report), "report", "write how it went to this file, as one JSON object (see docs/report.md)")
	r.limits.AddTo(f)
	f.StringVarP(&r.destination, "destination", "d", "", "not possible yet: address of a collector")
	f.StringVarP(&r.port, "port", "p", "", "not possible yet: port of a collector")
	for _, later := range []string{"destination", "port"} {
		_ = f.MarkHidden(later) // fails only for a flag that does not exist
	}
}

// argv reads the two forms: TOOL -a "ARGUMENTS", and -- TOOL ARGUMENT….
func (r *runOptions) argv(args []string, dash int) ([]string, error) {
	if err := r.refuseLater(); err != nil {
		return nil, err
	}
	pod := r.call().Run("--pod", "POD")
	forms := pod + " -- TOOL ARGUMENT…, or " + pod + " TOOL -a \"ARGUMENTS\""
	switch {
	case r.targets.None():
		return nil, hint.Add(errors.New("no pod was named"), forms)
	case len(args) == 0:
		return nil, hint.Add(errors.New("no tool was named"), forms)
	case dash > 0:
		return nil, hint.Add(fmt.Errorf("%q comes before --", args[0]), forms)
	case dash == 0 && r.arguments != "":
		return nil, hint.Add(errors.New("arguments are given both after -- and in -a"), "choose one of the two forms: "+forms)
	case dash == 0:
		return args, nil
	case len(args) > 1:
		return nil, hint.Add(fmt.Errorf("%q comes after the tool", args[1]), forms)
	}
	words, err := command.Split(r.arguments)
	return append(args, words...), err
}

func (r *runOptions) refuseLater() error {
	switch {
	case r.destination != "" || r.port != "":
		return hint.Add(errors.New("-d/--destination, -p/--port: sending to a collector is not possible yet"), "save to a file with -f, or pipe standard output")
	default:
		return nil
	}
}

// check refuses what cannot work before a cluster is asked.
func (r *runOptions) check(argv []string) error {
	if err := r.limits.Check(); err != nil {
		return err
	}
	switch ring := r.limits.Ring().Size > 0; {
	case ring && r.stdout:
		return hint.Add(errors.New("-s/--stdout: the newest packets of --ring are known only at its end"), "leave -s out; -f gets them")
	case ring && r.file == "" && !r.detach:
		return hint.Add(errors.New("--ring: there is no file for the newest packets"), "name one with -f, for example -f last.pcapng")
	case r.wireshark && !command.IsTcpdump(argv):
		return hint.Add(fmt.Errorf("--wireshark: %s makes no capture that podtracer knows", argv[0]), "it goes with tcpdump, for example: "+r.call().Run("--pod", "POD", "--wireshark", "--", "tcpdump", "-i", "eth0"))
	case r.wireshark && (ring || r.stdout):
		return hint.Add(errors.New("--wireshark shows packets as they come, and goes neither with -s nor with --ring"), "leave one of them out")
	case r.overwrite && r.file == "":
		return hint.Add(errors.New("--overwrite: there is no file to replace"), "name one with -f")
	}
	if err := r.targets.Read(r.flags.Namespace()); err != nil {
		return err
	}
	if err := errors.Join(r.checkDetach(), r.checkAlign()); err != nil {
		return err
	}
	request := r.request(k8s.Pod{}, argv, nil)
	request.Lines = r.several() && (r.file == "" || r.stdout)
	if _, _, err := request.Preview(); err != nil {
		return err
	}
	if r.several() {
		if err := r.checkSeveral(request); err != nil {
			return err
		}
	}
	return r.checkFile()
}

// run runs the tool in the world that connect makes, and turns how it went into an exit status.
func (r *runOptions) run(ctx context.Context, argv []string, connect func(context.Context) (*world, error)) (err error) {
	told := newReport(argv)
	if err := r.checkReport(); err != nil {
		return err
	}
	defer func() {
		if r.report != "" {
			err = r.behind(err, told.write(r.report, r.reportPlace, err))
		}
	}()
	if err := r.check(argv); err != nil {
		return err
	}
	w, err := connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = r.behind(err, w.close()) }()
	if r.several() {
		return r.runMany(ctx, w, argv, told)
	}
	pod, from, err := r.findPod(ctx, w)
	if err != nil {
		return err
	}
	if r.detach {
		return r.runDetached(ctx, w, pod, argv)
	}
	told.where(pod, w.here)
	if reach := w.local().Reach(&pod); reach.Elsewhere() || reach.Unsure() {
		w.reachFar(ctx, r.options)
	}
	ctx, cancel := context.WithCancelCause(ctx) // ends the tool when the terminal is gone
	defer cancel(nil)
	runs, err := w.runs(ctx, r.options, from, from)
	if err != nil {
		return err
	}
	defer func() { err = r.behind(err, runs.Close()) }()
	r.tellLeft(runs.LeftNews())
	if pod.HostNetwork {
		r.say("%s", hostNetworkNote(pod))
	}
	w.cluster.LeaveTerminal()
	if r.wireshark {
		window, failed := wireshark.Start()
		if failed != nil {
			return failed
		}
		defer func() { err = r.behind(err, window.Close()) }()
		r.streams.Out, r.stdout = window.Packets, true
	}
	typed, err := keyboard.Open(ctx, r.streams.In, r.streams.Out, r.streams.Err, r.file == "", func() { cancel(nil) }, func() { cancel(tty.ErrGone) })
	if err != nil {
		return err
	}
	defer typed.Close()
	r.fetch = func(path string) string { return home.FetchLine(w.ownPod(ctx, r.options), runs.Directory(), path) }
	id, err := runs.Start(r.request(pod, argv, typed))
	if err != nil {
		return err
	}
	return r.conclude(ctx, runs, id, typed, told, argv)
}

// behind joins an error after a run with how the run went: a tool that ran did run.
func (r *runOptions) behind(err, failed error) error {
	var s status
	if failed == nil || err != nil && !errors.As(err, &s) {
		return errors.Join(err, failed)
	}
	complain(r.streams.Err, failed)
	return max(s, tools.StatusLost)
}

// request is for a tool that uses the person's terminal directly, or writes to a file, a pipe or a terminal.
func (r *runOptions) request(pod k8s.Pod, argv []string, k *keyboard.Keyboard) tools.Request {
	request := tools.Request{
		Pod: pod, Argv: argv, Limits: r.limits.OfRun(), Ring: r.limits.Ring(), Headers: r.limits.Headers, Packets: r.wireshark || r.detach || save.IsCapture(r.file),
		Stdin: r.streams.In, Hurried: r.work.Hurried(),
	}
	drawing := tty.Drawing
	switch {
	case k == nil:
		request.Terminal = keyboard.Size(r.streams.Out)
	case k.Keys != nil:
		request.Terminal, request.Keys, request.Sizes = keyboard.Size(r.streams.Out), k.Keys, k.Sizes
		drawing = tty.DrawingBeside
	default: // saved output must not pass through a terminal
		request.Stdin = nil
	}
	r.said = beside.New(r.streams.Err)
	if keyboard.Size(r.streams.Err) != nil { // the tool's messages contain texts from the pod's network, and are not the output
		r.said = beside.New(shown{r.drawOn(r.streams.Err, drawing)})
	}
	speaks := r.said.Tool()
	request.Stderr, request.Stopped, request.Over = r.said, speaks.Stop, speaks.Over
	return request
}

// shown is a terminal that shows what a tool says. Nothing is lost if it has vanished: then nobody is there.
type shown struct{ to io.Writer }

func (s shown) Write(p []byte) (int, error) {
	_, _ = s.to.Write(p)
	return len(p), nil
}

// drawOn lets the tool write to a terminal in one of the ways that ui has.
func (r *runOptions) drawOn(terminal *os.File, how func(io.Writer) *tty.Drawn) *tty.Drawn {
	if r.drawn == nil {
		r.drawn = map[*os.File]*tty.Drawn{}
	}
	r.drawn[terminal] = how(terminal)
	return r.drawn[terminal]
}

func hostNetworkNote(pod k8s.Pod) string {
	return fmt.Sprintf("%s has no network namespace of its own (hostNetwork): this is the network of node %s", pod, pod.Node)
}

// findPod finds the pod that is meant: by the API or, while that does not answer, by the runtime of this node.
func (r *runOptions) findPod(ctx context.Context, w *world) (k8s.Pod, target.Source, error) {
	defer r.tellSilence(w.cluster)()
	places := target.Places{Cluster: w.cluster, Node: w.node, Alone: w.alone}
	return places.Find(ctx, r.targets.Found[0], func(away error) {
		r.say("%v; taking the pod from the container runtime of this node", away)
	})
}

func (r *runOptions) say(format string, args ...any) {
	say(r.streams.Err, format, args...)
}
