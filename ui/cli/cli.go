// Package cli is podtracer's command line, and the one place where concrete things are wired together: a cluster, finders, a
// launcher, runs, the console.
//
// Its manners: standard output carries what was asked for and nothing else. What podtracer has to say goes to standard
// error, in lower case, after "podtracer: ", with a hint on a line of its own where a person can do something.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cli/option"
)

// Streams are the streams of the process.
type Streams struct{ In, Out, Err *os.File }

// status is an exit status that has already been explained, if it needed explaining.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// Main runs a command line, which begins with the name of the program, and returns the exit status of the process. It notes when it
// has something to wind up.
func Main(ctx context.Context, args []string, streams Streams, work *Work) int {
	k8s.Silence()
	ns.Silence()
	root := newRoot(newOptions(args, streams, work))
	root.SetArgs(args[1:])
	root.SetIn(streams.In)
	root.SetOut(told{streams.Out})
	root.SetErr(told{streams.Err})
	err := root.ExecuteContext(ctx)
	var s status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		return int(s)
	default:
		complain(streams.Err, err)
		return tools.ErrorStatus(err)
	}
}

// Command returns podtracer's command line, from which its manual pages are made.
func Command() *cobra.Command {
	return newRoot(newOptions([]string{"podtracer"}, Streams{}, &Work{}))
}

func newRoot(o *options) *cobra.Command {
	screen := &option.Screen{}
	root := &cobra.Command{
		Use:   "podtracer",
		Short: "Run network tools inside a pod's network namespace",
		Long: `podtracer runs network tools (tcpdump, ip, ss, tc, dig, … or any command) inside the network namespace of a pod, on
this node or on another. Without a command it opens a console: pick a pod, pick a tool, watch, save the capture.

Each flag has an environment variable, which counts where the flag is not given: PODTRACER_HELPER_IMAGE for --helper-image.`,
		Args:          o.unknownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return option.TakeEnvironment(c.Flags(), os.LookupEnv)
		},
		RunE: func(c *cobra.Command, _ []string) error { return runConsole(c.Context(), o, screen) },
	}
	root.SetFlagErrorFunc(flagError)
	o.flags.AddTo(root.PersistentFlags())
	o.addTo(root.PersistentFlags())
	screen.AddTo(root.Flags())
	o.completeFlags(root)
	root.AddCommand(newRun(o), newRuns(o), newGet(o), newAttach(o), newStop(o), newDoctor(o), newPs(o), newClean(o), newAgent(o), newDemo(o), newRecord(o), newReplay(o), newVersion(o.streams))
	if name := pluginName(o.args[0]); name != "" {
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: name}
		o.flags.Demo = name + " demo"
		nameExamples(root, name)
	}
	return root
}

// nameExamples lets the examples of a command, and of those below it, begin with the program's name.
func nameExamples(c *cobra.Command, program string) {
	const indent = "  "
	c.Example = strings.ReplaceAll(c.Example, indent+"podtracer ", indent+program+" ")
	for _, sub := range c.Commands() {
		nameExamples(sub, program)
	}
}

// pluginName is how kubectl calls podtracer, if it was started as kubectl's plugin: by the name kubectl-podtracer.
func pluginName(program string) string {
	name := strings.TrimSuffix(filepath.Base(program), ".exe")
	if name == "kubectl-podtracer" {
		return "kubectl podtracer"
	}
	return ""
}

func (o *options) unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	line := o.call()
	advice := "to run a tool in a pod: " + line.Run("--pod", "POD", "-n", "NAMESPACE", "--") + " " + command.Join(args)
	if c.Name() == "runs" {
		advice = line.Here("runs") + " lists, " + line.Here("runs save", "ID") + " saves, " + line.Here("runs remove", "ID") + " removes"
	}
	if c.Name() == "demo" {
		line.Demo = true
		advice = line.Run() + " runs a tool in a pod of the demo, " + line.Here("demo", "--record", "FILE") + " records its console"
	}
	return hint.Add(fmt.Errorf("there is no command %q", args[0]), advice)
}

// flagError adds to pflag's words what the person may have meant, unless the flag has its own hint.
func flagError(c *cobra.Command, err error) error {
	advice := "see: " + c.CommandPath() + " --help"
	var value *pflag.InvalidValueError
	switch {
	case hint.Of(err) != "":
		return err
	case c.Name() == "run" && !errors.As(err, &value):
		advice = "arguments of the tool go after --, or into -a \"…\"; " + advice
	}
	return hint.Add(err, advice)
}
