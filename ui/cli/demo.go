package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/demo"
	"github.com/fennec-project/podtracer/ui/cli/option"
	"github.com/fennec-project/podtracer/ui/cli/play"
	"github.com/fennec-project/podtracer/ui/tty"
)

func newDemo(o *options) *cobra.Command {
	screen, r := &option.Screen{}, &runOptions{options: o, demo: true}
	demo := &cobra.Command{
		Use:   "demo",
		Short: "Show the console over a small built-in cluster, with real networks and traffic",
		Long: `Show the console over a small built-in cluster. It needs no Kubernetes: its API is in memory, but its pods are real network
namespaces with real HTTP, DNS and ping traffic, and the tools are real. It runs as root, or without root in a user namespace of
its own. When it ends, it removes everything that it made.`,
		Args: o.unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := tty.Check(o.streams.In, o.streams.Out, r.call().Run()); err != nil {
				return err // before anything is made
			}
			return o.privileged(func() error { return o.console(c.Context(), screen, o.connectDemo) })
		},
	}
	screen.AddTo(demo.Flags())
	run := r.command(func(ctx context.Context, argv []string) error {
		if r.detach {
			return errors.New("--detach: the demo's pods end with podtracer")
		}
		return o.privileged(func() error { return r.run(ctx, argv, o.connectDemo) })
	})
	run.Short = "Run one tool in a pod of the demo"
	run.Example = "  podtracer demo run --pod client-0 -- ping -c 3 web"
	demo.AddCommand(run)
	return demo
}

// privileged calls f where network namespaces can be made: here, or else in a user namespace, in which this program is started
// again.
func (o *options) privileged(f func() error) error {
	missing := ns.CheckNamespaces()
	if missing == nil || demo.InUserNamespace() {
		return f()
	}
	if err := o.makeDirectory(); err != nil { // inside, root and a mapped user look alike
		return err
	}
	code, err := demo.RunInUserNamespace(o.args, o.streams.In, o.streams.Out, o.streams.Err)
	switch {
	case err != nil:
		return fmt.Errorf("the demo needs network namespaces: %w", errors.Join(missing, err))
	case code != 0:
		return status(code)
	default:
		return nil
	}
}

// connectDemo makes the demo's world: an in-memory API, and a node with real pods behind it.
func (o *options) connectDemo(ctx context.Context) (*world, error) {
	o.work.begin(o.call().Here("runs"))
	node, err := demo.New()
	if err != nil {
		return nil, fmt.Errorf("make the demo: %w", err)
	}
	namespace := o.flags.Namespace()
	if namespace == "" {
		namespace = "shop"
	}
	cluster := k8s.NewMemory("demo", namespace)
	ctx, cancel := context.WithCancel(ctx)
	scene := play.New(cluster, node)
	if err := scene.Open(ctx); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("make the demo: %w", err), node.Close())
	}
	return &world{
		cluster: cluster.Cluster(),
		here:    k8s.Node{Name: play.Node, Sure: true},
		finder:  node,
		alone:   true,

		contexts: func() []string { return nil },
		close: func() error {
			cancel()
			scene.Wait()
			_ = node.Close() // at the latest, the namespaces end with the process
			return nil
		},
	}, nil
}
