package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/store"
)

// agentOptions are the flags of agent.
type agentOptions struct {
	*options
	idle time.Duration
}

func newAgent(o *options) *cobra.Command {
	a := &agentOptions{options: o}
	c := &cobra.Command{
		Use:   "agent",
		Short: "Serve podtracer on another node: what a helper runs",
		Long: `Serve podtracer on another node. It starts tools in the pods of this node for the podtracer that made this helper, and keeps what
they write until that has fetched it. It listens on a unix socket in the data directory, and on nothing else. It ends when nobody
has been connected for a while.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context()) },
	}
	c.Flags().DurationVar(&a.idle, "idle", time.Minute, "stop the tools when nobody has been connected for so long, and end after twice as long")
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
	return c
}

func (a *agentOptions) socket() (string, error) {
	dir, err := a.directory()
	return filepath.Join(dir, "agent.sock"), err
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
	defer func() { err = errors.Join(err, dir.Close(nil)) }() // output that was not fetched is not wanted any more
	socket, err := agent.Listen(path)
	if err != nil {
		return err
	}
	proc, here := a.proc(), k8s.NamedNode()
	version, _ := build()
	server := &agent.Server{
		Launcher: &launch.Local{Finder: ns.First(ns.NewCRI(a.runtimeEndpoint, proc), ns.NewProc(proc)), Here: here},
		Dir:      dir, Version: version, Node: here.Name, StopAfter: a.idle, EndAfter: 2 * a.idle,
	}
	a.work.begin()
	return server.Serve(ctx, socket)
}
