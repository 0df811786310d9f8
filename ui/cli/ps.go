package cli

import (
	"cmp"
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
	"github.com/fennec-project/podtracer/tools/detached"
)

func newPs(o *options) *cobra.Command {
	output := ""
	ps := &cobra.Command{
		Use:   "ps",
		Short: "List podtracer's helpers in the cluster, what runs in them, and detached runs",
		Long: `List podtracer's helpers in all namespaces of the cluster: the pods in which podtracer works on other nodes, who started them and
when, how many consoles are connected, and which tools run there. Runs that go on without a console are listed wherever they are, in a
helper or in a debug pod, until their output was fetched: podtracer attach, get and stop take what stands first in their line.`,
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
		Long: `Delete the helpers that no console is connected to and that keep nothing for one, and those that have ended. Detached runs that go on,
and output of theirs that nobody has fetched, stay. A helper whose podtracer was
killed stops its tools after a minute, and after another minute ends by itself. With --verify nothing is deleted, and the exit status is 1
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
	err      error // why the agent does not answer; nil if it does
	detached []detached.About
}

// handedOver says whether a tool of the agent's is that of a detached run, which is listed as such.
func (s seenHelper) handedOver(r agent.RunStatus) bool {
	const apart = 5 * time.Second // between the start of the tool and what was known of it
	return slices.ContainsFunc(s.detached, func(a detached.About) bool {
		return a.Pod == r.Pod && a.Began.Sub(r.Began).Abs() <= apart
	})
}

// unused says whether no console uses the helper. A helper that is still starting belongs to the console that makes it. Where a helper
// keeps a run, a console may be dialling again to fetch its output: without one, the agent soon stops its tools and ends. A helper that is
// installed is nobody's to delete.
func (s seenHelper) unused() bool {
	return !s.Installed && len(s.detached) == 0 && (s.Helper.Ended || !s.Helper.Detached && s.Helper.Runs && s.err == nil && s.Consoles == 0 && len(s.Status.Runs) == 0)
}

// seeHelpers lists the helpers and asks each what goes on there.
func (o *options) seeHelpers(ctx context.Context) (*helpers, []seenHelper, error) {
	cluster, err := k8s.Connect(ctx, o.flags, o.streams.Err)
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
	const most = 10 * time.Second // for an answer
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	seen := make([]seenHelper, len(list), len(list)+len(debug))
	people := make([]seenHelper, len(debug)) // who has a pod to run podtracer in
	var asking sync.WaitGroup
	for i, one := range debug {
		people[i].Helper = one
		asking.Go(func() { people[i].detached, _ = h.detached(ctx, one) }) // ends with ctx; an older podtracer knows of no detached runs
	}
	for i, one := range list {
		seen[i].Helper = one
		asking.Go(func() { seen[i] = h.see(ctx, one) }) // ends with ctx
	}
	asking.Wait()
	return h, append(seen, slices.DeleteFunc(people, func(s seenHelper) bool { return len(s.detached) == 0 })...), nil
}

// see asks a helper what goes on there.
func (h *helpers) see(ctx context.Context, one k8s.Helper) seenHelper {
	if !one.Runs {
		return seenHelper{Helper: one}
	}
	var status agent.Status
	var silent error
	var asking sync.WaitGroup
	if !one.Detached { // there is an agent
		asking.Go(func() { status, silent = agent.Look(ctx, h.dialer(one.Namespace, one.Name)) }) // ends with ctx
	}
	found, unknown := h.detached(ctx, one)
	asking.Wait()
	return seenOf(one, status, silent, found, unknown)
}

// seenOf is a helper with what its agent says, or why it says nothing, and its detached runs, or why they are not known.
func seenOf(one k8s.Helper, status agent.Status, silent error, found []detached.About, unknown error) seenHelper {
	return seenHelper{Helper: one, Status: status, err: errors.Join(silent, unknown), detached: found}
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

// detachedRows are a row for each detached run.
func detachedRows(s seenHelper) (rows [][]string) {
	for _, a := range s.detached {
		state := "until " + a.Until.Local().Format(time.DateTime)
		switch {
		case a.Killed:
			state = "was killed"
		case a.Over():
			state = "has ended, fetch it"
		}
		rows = append(rows, []string{
			s.Namespace + "/" + s.Name + ":" + a.ID, known(cmp.Or(s.Node, a.Node)), a.Began.Local().Format(time.DateTime), known(a.By),
			"detached, " + state, known(a.Pod), command.Join(a.Argv), a.Began.Local().Format(time.TimeOnly),
		})
	}
	return rows
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
	rows = detachedRows(s)
	consoles := figures.Count(s.Consoles)
	switch {
	case !s.Helper.Runs:
		consoles = s.Helper.Status
	case s.err != nil:
		consoles = "does not answer"
	}
	by := known(s.By)
	if s.Installed {
		by = "installed"
	}
	first := []string{s.Namespace + "/" + s.Name, known(s.Node), s.Created.Local().Format(time.DateTime), by, consoles}
	for _, r := range s.Status.Runs {
		if r.Ended || s.handedOver(r) {
			continue
		}
		of := slices.Clone(first)
		of[3] = cmp.Or(r.By, by)
		rows = append(rows, append(of, known(r.Pod), command.Join(r.Argv), r.Began.Local().Format(time.TimeOnly)))
	}
	if len(rows) == 0 {
		rows = append(rows, append(first, "-", "-", "-"))
	}
	return rows
}

// helperJSON is a helper in the output of ps -o json.
type helperJSON struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Node      string     `json:"node"`
	By        string     `json:"startedBy"` // "" if it is installed
	Installed bool       `json:"installed"`
	Created   time.Time  `json:"started"`
	Status    string     `json:"status"`
	Answers   bool       `json:"answers"`
	Consoles  int        `json:"consoles"`
	Runs      []runJSON  `json:"runs"`
	Detached  []awayJSON `json:"detached,omitempty"`
}

// awayJSON is a detached run in the output of ps -o json.
type awayJSON struct {
	ID     string    `json:"id"` // for podtracer attach, get and stop
	Pod    string    `json:"pod"`
	Argv   []string  `json:"argv"`
	By     string    `json:"startedBy"`
	Began  time.Time `json:"began"`
	Until  time.Time `json:"until"`
	Ended  bool      `json:"ended"`
	Stands string    `json:"stands"`
}

type runJSON struct {
	Pod   string    `json:"pod"`
	Argv  []string  `json:"argv"`
	Began time.Time `json:"began"`
	By    string    `json:"startedBy"`
	Ended bool      `json:"ended"`
}

func (o *options) printHelpers(seen []seenHelper) error {
	all := []helperJSON{}
	for _, s := range seen {
		j := helperJSON{
			Namespace: s.Namespace, Name: s.Name, Node: s.Node, By: s.By, Installed: s.Installed, Created: s.Created, Status: s.Helper.Status,
			Answers: s.Helper.Runs && s.err == nil, Consoles: s.Consoles, Runs: []runJSON{},
		}
		for _, r := range s.Status.Runs {
			j.Runs = append(j.Runs, runJSON{r.Pod, r.Argv, r.Began, r.By, r.Ended})
		}
		for _, a := range s.detached {
			j.Detached = append(j.Detached, awayJSON{
				s.Namespace + "/" + s.Name + ":" + a.ID, a.Pod, a.Argv, a.By, a.Began, a.Until, a.Over(), a.Stands,
			})
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
		for _, a := range s.detached {
			say(o.streams.Err, "%s/%s:%s stays: %s", s.Namespace, s.Name, a.ID, standing(a))
		}
		switch {
		case len(s.detached) > 0: // in a pod of somebody's, or in a helper of its own
		case s.Installed:
			say(o.streams.Err, "%s/%s on node %s is installed and stays", s.Namespace, s.Name, known(s.Node))
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
