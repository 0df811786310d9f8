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
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
)

func newDoctor(o *options) *cobra.Command {
	output, node := "", ""
	doctor := &cobra.Command{
		Use:   "doctor",
		Short: "Check what runs need here, and say how to get what is missing",
		Long: `Check what runs need here: the API server and the rights there, the container runtime, the processes of the node, capabilities
and profiles of this container, a pod's network, which is entered, the tools, the disk, and whether helpers could be made, which the
API is asked without making one. On a machine that is no node of the cluster, only what it needs itself is checked. With --node a
helper is made on that node, and what it finds there is told.

Each line says ok, warning (podtracer works, but not all of it) or failure; the lines below it say what it means and what to do.
The exit status is 1 if there is a failure. Nothing else is changed, except that the data directory is created.`,
		Example: `  podtracer doctor
  podtracer doctor --node node2
  kubectl exec -n podtracer debug-pod -- podtracer doctor -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			return o.doctor(c.Context(), node, output == "json")
		},
	}
	doctor.Flags().StringVarP(&output, "output", "o", "", "json: one object, for programs")
	doctor.Flags().StringVar(&node, "node", "", "also check another node, through a helper that is made there and removed at the end")
	o.completeNode(doctor)
	return doctor
}

func (o *options) doctor(ctx context.Context, node string, asJSON bool) error {
	found := o.examine(ctx, node, !asJSON)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	var err error
	if asJSON {
		err = o.printFindings(found)
	} else {
		err = print(o.streams.Out, checkup.Lines(found))
	}
	if err == nil && slices.ContainsFunc(found, func(f checkup.Finding) bool { return f.State == checkup.Failure }) {
		return status(1)
	}
	return err
}

// examine checks everything, in the order of what is missing most often. An API that does not answer is asked once.
func (o *options) examine(ctx context.Context, node string, forPeople bool) []checkup.Finding {
	var found []checkup.Finding
	silent := false
	w, err := o.connect(ctx)
	if err != nil {
		found = append(found, checkup.Finding{
			Subject: "API server", State: checkup.Failure, Found: err.Error(), Means: "podtracer cannot tell which pods there are", Advice: hint.Of(err),
		})
	} else {
		defer func() { _ = w.close() }() // nothing was made
		if !w.alone {
			found = w.cluster.Checkup(ctx, o.flags.Namespace(), forPeople)
			silent = found[0].State == checkup.Failure
		}
		if err := o.checkAlone(ctx, w); err != nil {
			return []checkup.Finding{{Subject: "node", State: checkup.Failure, Found: err.Error(), Means: "no pod can be reached", Advice: hint.Of(err)}}
		}
		found = append(found, o.nodeFinding(w))
	}
	here := ns.Checkup(ctx, o.runtimeEndpoint, o.proc())
	isNode := err != nil || !isNoNode(ctx, w, here, silent)
	if !isNode {
		found[len(found)-1] = checkup.Good("node", "this machine, "+w.here.Name+", is no node of the cluster: pods are reached through helpers, "+
			"and tools run there")
		found = append(found, o.diskFinding())
	}
	switch {
	case silent && !isNode, silent && node != "":
		return found
	case err == nil && node != "" && node != w.here.Name:
		return append(found, o.examineFar(ctx, w, node)...)
	case !isNode:
		return append(found, o.helperFindings(ctx, w, "")...)
	}
	found = append(found, here...)
	if err == nil {
		found = append(found, o.podFinding(ctx, w, silent))
	}
	found = append(found, launch.Checkup(ctx)...)
	found = append(found, o.diskFinding())
	if err == nil && !w.alone && !silent {
		found = append(found, o.helperFindings(ctx, w, w.here.Name)...)
	}
	return found
}

// isNoNode says whether no pod of the cluster runs on this machine, such as a laptop: nothing says that it is a node, no container runtime
// answers, and the API knows of no pods here, or does not say.
func isNoNode(ctx context.Context, w *world, here []checkup.Finding, silent bool) bool {
	if w.here.Sure || w.alone || w.cluster.InCluster() || slices.ContainsFunc(here, func(f checkup.Finding) bool {
		return f.Subject == ns.RuntimeSubject && f.State == checkup.OK
	}) {
		return false
	}
	if silent {
		return true
	}
	pods, err := w.cluster.PodsOn(ctx, w.here.Name, "")
	return err != nil || len(pods) == 0
}

// helperFindings say whether helpers can be made. node is this node; "" if this machine is none.
func (o *options) helperFindings(ctx context.Context, w *world, node string) []checkup.Finding {
	options, err := o.helper.complete(w.cluster.InCluster())
	if err != nil {
		return []checkup.Finding{{
			Subject: "helper", State: checkup.Failure, Found: err.Error(), Means: "no helper can be made", Advice: hint.Of(err),
		}}
	}
	return w.cluster.Helpers(ctx, options).Checkup(ctx, node)
}

// examineFar lets a helper on another node check that, and tells what it finds.
func (o *options) examineFar(ctx context.Context, w *world, node string) []checkup.Finding {
	failed := func(err error) []checkup.Finding {
		return []checkup.Finding{{
			Subject: "helper on " + node, State: checkup.Failure, Found: err.Error(),
			Means: "the pods of that node cannot be reached", Advice: hint.Of(err),
		}}
	}
	if err := w.cluster.CheckNode(ctx, node); err != nil {
		return failed(err)
	}
	h := o.helpersOf(ctx, w.cluster)
	if err := h.Allowed(); err != nil {
		return failed(errors.Join(err, h.end(ctx)))
	}
	name := h.Helpers.Installed(ctx, node)
	if name == "" {
		var err error
		if name, err = h.Make(ctx, node, func(step string) { say(o.streams.Err, "%s", step) }); err != nil {
			return failed(errors.Join(err, h.end(ctx)))
		}
	}
	var told strings.Builder
	asked := h.Exec(ctx, h.Namespace(), name, []string{"podtracer", "doctor", "--runtime-only", "-o", "json"}, strings.NewReader(""), &told)
	ended := h.end(ctx)
	var there findings
	if err := json.Unmarshal([]byte(told.String()), &there); err != nil { // the status is 1 also if it has told of a failure
		return failed(errors.Join(fmt.Errorf("ask helper %s: %w", name, asked), ended))
	}
	found := []checkup.Finding{checkup.Good("helper on "+node, name+", podtracer "+printable.Lines(there.Podtracer))}
	for _, f := range there.Findings {
		f.Subject = node + ": " + f.Subject
		found = append(found, f)
	}
	if ended != nil {
		found = append(found, checkup.Finding{
			Subject: "helper on " + node, State: checkup.Warning, Found: ended.Error(), Means: "it is still there", Advice: hint.Of(ended),
		})
	}
	return found
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

func (o *options) podFinding(ctx context.Context, w *world, silent bool) checkup.Finding {
	ask := func() ([]k8s.Pod, error) { return w.cluster.PodsOn(ctx, w.here.Name, o.flags.Namespace()) }
	if w.alone || silent {
		ask = func() ([]k8s.Pod, error) { return w.node.Pods(ctx) }
	}
	pods, err := ask()
	if err != nil {
		return checkup.Finding{
			Subject: "a pod's network", State: checkup.Warning, Found: err.Error(),
			Means: "entering a pod's network could not be tried", Advice: hint.Of(err),
		}
	}
	return w.local().CheckPods(ctx, pods)
}

func (o *options) diskFinding() checkup.Finding {
	dir, err := o.directory()
	if err != nil {
		return checkup.Finding{
			Subject: "data directory", State: checkup.Failure, Found: err.Error(), Means: "nothing can be captured", Advice: hint.Of(err),
		}
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
