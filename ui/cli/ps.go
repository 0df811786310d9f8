package cli

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/command"
)

func newPs(o *options) *cobra.Command {
	output := ""
	ps := &cobra.Command{
		Use:   "ps",
		Short: "List podtracer's helpers in the cluster, and what runs in them",
		Long: `List podtracer's helpers in all namespaces of the cluster: the pods in which podtracer works on other nodes, who started them and
when, how many consoles are connected, and which tools run there.`,
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
	verify := false
	clean := &cobra.Command{
		Use:   "clean",
		Short: "Delete the helpers that no console uses any more",
		Long: `Delete the helpers that no console is connected to and in which no tool runs, and those that have ended. A helper whose podtracer was killed
stops its tools after a minute, and after another minute ends by itself. With --verify nothing is deleted, and the exit status is 1
if there is a helper that this command would delete.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.clean(c.Context(), verify) },
	}
	clean.Flags().BoolVar(&verify, "verify", false, "delete nothing; exit with 1 if something is left")
	return clean
}

// seenHelper is a helper with what its agent says.
type seenHelper struct {
	k8s.Helper
	agent.Status
	err error // why the agent does not answer; nil if it does
}

// unused says whether no console uses the helper. A helper that is still starting belongs to the console that makes it, and where a
// tool runs, a console may be dialling again: without one, the agent soon stops the tool.
func (s seenHelper) unused() bool {
	running := slices.ContainsFunc(s.Status.Runs, func(r agent.RunStatus) bool { return !r.Ended })
	return s.Helper.Ended || s.Helper.Runs && s.err == nil && s.Consoles == 0 && !running
}

// seeHelpers lists the helpers and asks each what goes on there.
func (o *options) seeHelpers(ctx context.Context) (*helpers, []seenHelper, error) {
	cluster, err := o.flags.Connect(ctx, o.streams.Err)
	if err != nil {
		return nil, nil, err
	}
	defer o.tellSilence(cluster)()
	h := &helpers{Helpers: cluster.Helpers(ctx, o.helper.complete(cluster.InCluster()))}
	list, err := h.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	const most = 10 * time.Second // for an answer
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	seen := make([]seenHelper, len(list))
	var asking sync.WaitGroup
	for i, one := range list {
		seen[i].Helper = one
		if one.Runs {
			asking.Go(func() { // ends with ctx
				seen[i].Status, seen[i].err = agent.Look(ctx, h.dialer(one.Namespace, one.Name))
			})
		}
	}
	asking.Wait()
	return h, seen, nil
}

func (o *options) ps(ctx context.Context, asJSON bool) error {
	_, seen, err := o.seeHelpers(ctx)
	switch {
	case err != nil:
		return err
	case asJSON:
		return o.printHelpers(seen)
	case len(seen) == 0:
		say(o.streams.Err, "there are no helpers in the cluster")
		return nil
	}
	rows := [][]string{{"HELPER", "NODE", "STARTED", "BY", "CONSOLES", "POD", "TOOL", "SINCE"}}
	for _, s := range seen {
		rows = append(rows, helperRows(s)...)
	}
	return printTable(o.streams.Out, rows)
}

// helperRows are a row for each run of a helper, or one for a helper without runs.
func helperRows(s seenHelper) (rows [][]string) {
	consoles := figures.Count(s.Consoles)
	switch {
	case !s.Helper.Runs:
		consoles = s.Helper.Status
	case s.err != nil:
		consoles = "does not answer"
	}
	first := []string{s.Namespace + "/" + s.Name, known(s.Node), s.Created.Local().Format(time.DateTime), known(s.By), consoles}
	for _, r := range s.Status.Runs {
		if r.Ended {
			continue
		}
		rows = append(rows, append(slices.Clone(first), known(r.Pod), command.Join(r.Argv), r.Began.Local().Format(time.TimeOnly)))
	}
	if rows == nil {
		rows = append(rows, append(first, "-", "-", "-"))
	}
	return rows
}

// helperJSON is a helper in the output of ps -o json.
type helperJSON struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Node      string    `json:"node"`
	By        string    `json:"startedBy"`
	Created   time.Time `json:"started"`
	Status    string    `json:"status"`
	Answers   bool      `json:"answers"`
	Consoles  int       `json:"consoles"`
	Runs      []runJSON `json:"runs"`
}

type runJSON struct {
	Pod   string    `json:"pod"`
	Argv  []string  `json:"argv"`
	Began time.Time `json:"began"`
	Ended bool      `json:"ended"`
}

func (o *options) printHelpers(seen []seenHelper) error {
	all := []helperJSON{}
	for _, s := range seen {
		j := helperJSON{
			Namespace: s.Namespace, Name: s.Name, Node: s.Node, By: s.By, Created: s.Created, Status: s.Helper.Status,
			Answers: s.Helper.Runs && s.err == nil, Consoles: s.Consoles, Runs: []runJSON{},
		}
		for _, r := range s.Status.Runs {
			j.Runs = append(j.Runs, runJSON(r))
		}
		all = append(all, j)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return print(o.streams.Out, string(text)+"\n")
}

func (o *options) clean(ctx context.Context, verify bool) error {
	h, seen, err := o.seeHelpers(ctx)
	if err != nil {
		return err
	}
	var errs []error
	left := 0
	for _, s := range seen {
		switch {
		case !s.unused():
			say(o.streams.Err, "%s/%s on node %s is in use and stays", s.Namespace, s.Name, known(s.Node))
		case verify:
			left++
			say(o.streams.Err, "%s/%s on node %s is left; hint: podtracer clean deletes it", s.Namespace, s.Name, known(s.Node))
		default:
			err := h.Remove(ctx, s.Helper)
			if errs = append(errs, err); err == nil {
				say(o.streams.Err, "%s/%s on node %s is deleted", s.Namespace, s.Name, known(s.Node))
			}
		}
	}
	if left > 0 {
		return status(1)
	}
	return errors.Join(errs...)
}
