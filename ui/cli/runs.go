package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/home"
	"github.com/fennec-project/podtracer/ui/cli/play"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
)

func newRuns(o *options) *cobra.Command {
	runs := &cobra.Command{
		Use:   "runs",
		Short: "List what the data directory holds: runs that were left, and saved files",
		Long: `List what the data directory holds. A podtracer that was killed, or lost its power, leaves what its runs wrote: up to the last
whole packet it can be saved, or be removed. No cluster is needed; names for addresses are saved if the pod's cluster answers.

KIND is left for such a run, live for one of a podtracer that still runs, saved for a file that somebody saved.`,
		Example: `  podtracer runs
  podtracer runs save k3x9q-1 cart.pcapng
  podtracer runs remove k3x9q-1`,
		Args: o.unknownCommand,
		RunE: func(*cobra.Command, []string) error { return o.listRuns() },
	}
	runs.AddCommand(newRunsSave(o), newRunsRemove(o))
	return runs
}

func newRunsSave(o *options) *cobra.Command {
	overwrite := false
	save := &cobra.Command{
		Use:   "save ID [FILE]",
		Short: "Save a run that was left, as the run's -f would have",
		Long: `Save a run that was left. FILE may end in .pcapng or .pcap, for a run that was not a capture in anything; without it the file
gets its usual name in the data directory. The run stays until it is removed. The exit status is 74 if something of it is missing.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return hint.Add(errors.New("runs save takes the ID of a run, and a file"), o.call().Here("runs")+" lists the IDs: "+o.call().Here("runs save", "ID")+" [FILE]")
		},
		RunE: func(c *cobra.Command, args []string) error {
			return o.saveRun(c.Context(), args[0], save.Target{Path: strings.Join(args[1:], ""), Overwrite: overwrite})
		},
	}
	save.Flags().BoolVar(&overwrite, "overwrite", false, "replace FILE if it is there already")
	return save
}

func newRunsRemove(o *options) *cobra.Command {
	all := false
	remove := &cobra.Command{
		Use:   "remove ID…",
		Short: "Remove runs that were left, or saved files by their names",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return hint.Add(errors.New("runs remove takes IDs or --all, not both"), "--all removes every run that was left, and no saved file")
			case !all && len(args) == 0:
				return hint.Add(errors.New("runs remove takes the IDs of runs"), o.call().Here("runs")+" lists them; --all removes every run that was left")
			default:
				return nil
			}
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.removeRuns(args, all) },
	}
	remove.Flags().BoolVar(&all, "all", false, "remove every run that was left, but no running one and no saved file")
	return remove
}

func (o *options) listRuns() error {
	store, err := o.store(nil)
	if err != nil {
		return err
	}
	all, listErr := store.List()
	if listErr != nil {
		listErr = hint.Add(listErr, "--data-dir names another one")
	}
	if len(all) == 0 && listErr != nil {
		return listErr
	}
	if len(all) == 0 {
		say(o.streams.Err, "nothing is kept in %s", store.Path())
		return nil
	}
	rows := [][]string{{"ID", "KIND", "POD", "TOOL", "STARTED", "SIZE", "PACKETS"}}
	for _, kept := range all {
		rows = append(rows, keptCells(kept))
	}
	printed := printTable(o.streams.Out, rows)
	for _, kept := range all {
		if kept.Missing != "" {
			say(o.streams.Err, "%s: INCOMPLETE: %s", kept.ID, kept.Missing)
		}
	}
	if slices.ContainsFunc(all, mayBeLongerElsewhere) {
		advise(o.streams.Err, o.call().Ask("ps")+" lists what the helpers of pods on other nodes still have of such a run, for a quarter of an hour")
	}
	return errors.Join(printed, listErr)
}

// mayBeLongerElsewhere says whether a helper may have more of a run that was left than this machine: it went on there when podtracer was killed.
func mayBeLongerElsewhere(k store.Entry) bool {
	host, _ := os.Hostname()
	here := cmp.Or(k8s.NamedNode().Name, host)
	return k.Kind == store.Left && k.Pod.Node != "" && k.Pod.Node != here && k.Pod.Node != play.Node && time.Since(k.Created) < 24*time.Hour
}

// keptCells are the cells of one row. Of a saved file, or of a run that has not ended, some things are unknown.
func keptCells(k store.Entry) []string {
	pod, tool, packets := "-", "-", "-"
	if k.Kind != store.Saved {
		pod, tool = known(k.Pod.String()), known(tools.State{Argv: k.Argv}.Tool())
	}
	if k.Kind == store.Left && k.Capture {
		packets = strconv.FormatInt(k.Packets, 10)
	}
	return []string{k.ID, string(k.Kind), pod, tool, k.Created.Local().Format(time.DateTime), figures.Bytes(k.Bytes), packets}
}

// known is the cell for a value from a label; a pod without a name gives a slash.
func known(text string) string {
	if text == "" || text == "/" {
		return "-"
	}
	return text
}

func (o *options) saveRun(ctx context.Context, id string, to save.Target) error {
	if to.Path != "" {
		if err := checkPlace("save", to.Path, to.Overwrite); err != nil {
			return err
		}
	}
	names := home.Names{Connect: o.cluster}
	store, err := o.store(&names)
	if err != nil {
		return err
	}
	if names.Pod, err = store.Pod(id); err != nil {
		return o.listed(err)
	}
	o.work.begin(o.call().Here("runs"))
	saved, err := store.Save(ctx, id, to)
	if errors.Is(err, newfile.ErrExists) {
		err = hint.Add(err, "replace it with --overwrite")
	}
	if err != nil {
		return err
	}
	o.tellKept(saved)
	return worth(saved)
}

// listed adds to an error that there is no such run which command lists them.
func (o *options) listed(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return hint.Add(err, o.call().Here("runs")+" lists all of them")
	}
	return err
}

// worth is the exit status for what was saved of a run that was left.
func worth(saved save.File) error {
	if saved.Verdict.Kind == report.Incomplete {
		return status(tools.StatusLost)
	}
	return nil
}

// tellKept says what was saved of a run that was left.
func (o *options) tellKept(saved save.File) {
	what := figures.Bytes(saved.Bytes)
	if saved.Packets > 0 { // otherwise it may be text
		what = verdict.Amount(saved.Packets, saved.Bytes)
	}
	switch saved.Verdict.Kind {
	case report.NoVerdict:
	case report.Incomplete:
		say(o.streams.Err, "%s", saved.Verdict)
		what += ", INCOMPLETE,"
	default:
		what += ", " + saved.Verdict.String() + ","
	}
	say(o.streams.Err, "saved %s to %s, sha256 %s", what, saved.Path, saved.SHA256)
	o.tellStream("", saved)
}

func (o *options) removeRuns(ids []string, all bool) error {
	kept, err := o.store(nil)
	if err != nil {
		return err
	}
	if all {
		kept, err := kept.List()
		if err != nil {
			return hint.Add(err, "--data-dir names another one")
		}
		for _, k := range kept {
			if k.Kind == store.Left {
				ids = append(ids, k.ID)
			}
		}
		if len(ids) == 0 {
			say(o.streams.Err, "no run was left")
		}
	}
	var errs []error
	for _, id := range ids {
		if err := o.removeRun(kept, id); err != nil {
			errs = append(errs, fmt.Errorf("remove %s: %w", id, err))
			continue
		}
		say(o.streams.Err, "removed %s", id)
	}
	return errors.Join(errs...)
}

// removeRun removes a run or a file, and what is known of a detached run.
func (o *options) removeRun(kept *store.Store, id string) error {
	err := kept.Remove(id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	switch forgotten := detached.Remove(kept.Path(), id); {
	case errors.Is(forgotten, detached.ErrNone):
		return o.listed(err)
	default: // a run that wrote nothing is not in the store
		return forgotten
	}
}
