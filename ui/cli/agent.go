package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/afar"
)

// agentOptions are the flags of agent.
type agentOptions struct {
	*options
	idle time.Duration
	stay bool
}

// What an agent keeps of tools that have ended, when nobody fetches it: longer than a console dials, and, where it is installed and stays,
// for somebody who comes back. A helper's volume is larger.
const (
	keepFor       = 15 * time.Minute
	keepInstalled = time.Hour
	mostKept      = 8 << 30
)

const agentSocket = "agent.sock" // in the data directory

func newAgent(o *options) *cobra.Command {
	a := &agentOptions{options: o}
	c := &cobra.Command{
		Use:   "agent",
		Short: "Serve podtracer on another node: what a helper runs",
		Long: `Serve podtracer on another node. It starts tools in the pods of this node for the podtracer that made this helper, and keeps what
they write until that has fetched it. It listens on a unix socket in the data directory, and on nothing else. It stops a tool that
nobody follows any more, and ends when nobody has been connected for twice as long. What nobody has fetched by then it keeps for a
quarter of an hour more. With --stay, for a helper that is installed, it does
not end, and begins by removing what an earlier agent has left in the data directory, except what detached runs have written.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context()) },
	}
	c.Flags().DurationVar(&a.idle, "idle", time.Minute, "stop a tool that nobody has followed for so long, and end when nobody has been connected for twice as long")
	c.Flags().BoolVar(&a.stay, "stay", false, "do not end by itself; for a helper that is installed and shared")
	c.AddCommand(&cobra.Command{
		Use:   "dial",
		Short: "Join standard input and output to the agent of this helper",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := a.socket()
			if err != nil {
				return err
			}
			return agent.Join(o.streams.In, o.streams.Out, path)
		},
	})
	c.AddCommand(newKeeper(o), newOwner(o))
	return c
}

// newKeeper is the other side of podtracer get.
func newKeeper(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "keeper",
		Short: "Serve what the data directory holds on standard input and output",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			kept, err := o.store(nil)
			if err != nil {
				return err
			}
			return (&agent.Keeper{Store: kept}).Serve(o.streams.In, o.streams.Out)
		},
	}
}

func (a *agentOptions) socket() (string, error) {
	dir, err := a.directory()
	return filepath.Join(dir, agentSocket), err
}

func (a *agentOptions) serve(ctx context.Context) (err error) {
	if a.idle <= 0 {
		return hint.Add(fmt.Errorf("--idle %s: it has to be longer than nothing", a.idle), "for example: --idle 1m")
	}
	path, err := a.socket()
	if err != nil {
		return err
	}
	dir, err := store.Begin(filepath.Dir(path))
	if err != nil {
		return err
	}
	if a.stay {
		awaited, err := a.removeLeft()
		if err != nil {
			return errors.Join(err, dir.Close(nil))
		}
		waiting, stop := context.WithCancel(ctx)
		var forgetting sync.WaitGroup
		forgetting.Go(func() { a.forgetLate(waiting, awaited) }) // ends with waiting
		defer forgetting.Wait()
		defer stop()
	}
	defer func() { err = errors.Join(err, dir.Close(nil)) }() // output that was not fetched is not wanted any more
	socket, err := agent.Listen(path)
	if err != nil {
		return err
	}
	proc, here := a.proc(), k8s.NamedNode()
	version, _ := build()
	server := &agent.Server{
		Launcher: &launch.Local{Finder: ns.First(ns.NewCRI(a.runtimeEndpoint, proc), ns.NewProc(proc)), Here: here},
		Dir:      dir, Version: version, Node: here.Name, StopAfter: a.idle, KeepFor: keepFor, EndAfter: 2 * a.idle, MostKept: mostKept,
	}
	if a.stay {
		server.EndAfter, server.KeepFor = 0, keepInstalled
	}
	a.work.begin(a.call().Here("runs"))
	return server.Serve(ctx, socket)
}

// removeLeft removes what an agent has left that was killed: no console can ask for it any more, and it would fill the disk. What detached
// runs have left can be asked for: it returns until when.
func (a *agentOptions) removeLeft() (awaited map[string]time.Time, err error) {
	kept, err := a.store(nil)
	if err != nil {
		return nil, err
	}
	runs, err := detached.List(kept.Path())
	if err != nil {
		return nil, err
	}
	awaited = map[string]time.Time{}
	for _, run := range runs {
		ended := run.Ended
		if ended.IsZero() { // its process was killed with that agent
			ended = time.Now()
		}
		awaited[run.ID] = ended.Add(afar.FetchTime)
	}
	all, err := kept.List()
	for _, e := range all {
		if _, asked := awaited[e.ID]; e.Kind == store.Left && !asked {
			err = errors.Join(err, kept.Remove(e.ID))
		}
	}
	return awaited, err
}

// forgetLate removes what detached runs have left that nobody has fetched in time, as their processes would have done. Somebody may be reading
// it just then.
func (a *agentOptions) forgetLate(ctx context.Context, awaited map[string]time.Time) {
	for len(awaited) > 0 && ctx.Err() == nil {
		maps.DeleteFunc(awaited, func(id string, until time.Time) bool { return time.Now().After(until) && a.discard(id) == nil })
		pause.For(ctx, time.Minute)
	}
}
