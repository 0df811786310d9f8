package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/checkup"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
)

func newDoctor(o *options) *cobra.Command {
	output := ""
	doctor := &cobra.Command{
		Use:   "doctor",
		Short: "Check what runs need here, and say how to get what is missing",
		Long: `Check what runs need here: the API server and the rights there, the container runtime, the processes of the node, capabilities
and profiles of this container, a pod's network, which is entered, the tools, and the disk. Each line says ok, warning (podtracer
works, but not all of it) or failure; the lines below it say what it means and what to do. The exit status is 1 if there is a
failure. Nothing is changed, except that the data directory is created.`,
		Example: `  podtracer doctor
  kubectl exec -n podtracer debug-pod -- podtracer doctor -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			return o.doctor(c.Context(), output == "json")
		},
	}
	doctor.Flags().StringVarP(&output, "output", "o", "", "json: one object, for programs")
	return doctor
}

func (o *options) doctor(ctx context.Context, asJSON bool) error {
	found := o.examine(ctx)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	var err error
	if asJSON {
		err = o.printFindings(found)
	} else {
		err = print(o.streams.Out, findingLines(found))
	}
	if err == nil && slices.ContainsFunc(found, func(f checkup.Finding) bool { return f.State == checkup.Failure }) {
		return status(1)
	}
	return err
}

// examine checks everything, in the order of what is missing most often.
func (o *options) examine(ctx context.Context) []checkup.Finding {
	var found []checkup.Finding
	w, err := o.connect(ctx)
	if err != nil {
		found = append(found, checkup.Finding{
			Subject: "API server", State: checkup.Failure, Found: err.Error(), Means: "podtracer cannot tell which pods there are", Advice: hint.Of(err),
		})
	} else {
		defer func() { _ = w.close() }() // nothing was made
		found = append(found, w.cluster.Checkup(ctx, o.flags.Namespace())...)
		found = append(found, o.nodeFinding(w))
	}
	found = append(found, ns.Checkup(ctx, o.runtimeEndpoint, o.proc())...)
	if err == nil {
		found = append(found, o.podFinding(ctx, w))
	}
	found = append(found, launch.Checkup(ctx)...)
	return append(found, o.diskFinding())
}

// nodeFinding says which node this is, and how podtracer knows.
func (o *options) nodeFinding(w *world) checkup.Finding {
	const subject = "node"
	if w.here.Sure {
		return checkup.Good(subject, w.here.Name)
	}
	return checkup.Finding{
		Subject: subject, State: checkup.Warning, Found: w.here.Name + ", the name of this host",
		Means: "if the node has another name, its pods are taken for those of another node", Advice: "set NODE_NAME, as manifests/debug-pod.yaml does",
	}
}

func (o *options) podFinding(ctx context.Context, w *world) checkup.Finding {
	pods, err := w.cluster.PodsOn(ctx, w.here.Name, o.flags.Namespace())
	if err != nil {
		return checkup.Finding{Subject: "a pod's network", State: checkup.Warning, Found: err.Error(), Means: "entering a pod's network could not be tried", Advice: hint.Of(err)}
	}
	return w.local().CheckPods(ctx, pods)
}

func (o *options) diskFinding() checkup.Finding {
	dir, err := o.directory()
	if err != nil {
		return checkup.Finding{Subject: "data directory", State: checkup.Failure, Found: err.Error(), Means: "nothing can be captured", Advice: hint.Of(err)}
	}
	return store.Checkup(dir)
}

// findings is what doctor -o json prints.
type findings struct {
	Podtracer string            `json:"podtracer"` // podtracer's version
	OK        bool              `json:"ok"`        // nothing has failed
	Findings  []checkup.Finding `json:"findings"`
}

func (o *options) printFindings(found []checkup.Finding) error {
	version, _ := build()
	all := findings{Podtracer: version, OK: true, Findings: found}
	for i := range found {
		all.OK = all.OK && found[i].State != checkup.Failure
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return print(o.streams.Out, string(text)+"\n")
}

// findingLines are findings for people: one line each, and below it what the finding means and what to do, where there is
// something to say.
func findingLines(found []checkup.Finding) string {
	longest := 0
	for _, f := range found {
		longest = max(longest, len(f.Subject))
	}
	var b strings.Builder
	counts := map[checkup.State]int{}
	for _, f := range found {
		counts[f.State]++
		fmt.Fprintf(&b, "%-8s %-*s  %s\n", f.State, longest, f.Subject, strings.Join(linesOf(f.Found), "\n"+strings.Repeat(" ", longest+11)))
		for _, line := range linesOf(f.Means) {
			fmt.Fprintf(&b, "%*s%s\n", longest+11, "", line)
		}
		for _, line := range linesOf(f.Advice) {
			fmt.Fprintf(&b, "%*shint: %s\n", longest+11, "", line)
		}
	}
	fmt.Fprintf(&b, "\n%d ok, warnings: %d, failures: %d\n", counts[checkup.OK], counts[checkup.Warning], counts[checkup.Failure])
	return b.String()
}

// linesOf are the lines of a text from elsewhere, safe to print; "" has none.
func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(printable.Lines(text), "\n"), "\n")
}
