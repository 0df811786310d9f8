package cli

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cli/option"
)

// How long a shell waits for completions from the API: for names that it has to look for, and for those that it has at hand.
const (
	answerTime = 3 * time.Second
	atOnce     = time.Second
)

// completeFlags lets shells complete the values of flags that name something in the cluster.
func (o *options) completeFlags(root *cobra.Command) {
	complete(root, "namespace", func(ctx context.Context, c *k8s.Cluster, _ string) ([]string, error) { return c.NamespaceNames(ctx) }, o, answerTime)
	complete(root, "helper-namespace", func(ctx context.Context, c *k8s.Cluster, _ string) ([]string, error) { return c.NamespaceNames(ctx) }, o, answerTime)
	_ = root.RegisterFlagCompletionFunc("helper-pull-policy", cobra.FixedCompletions([]string{"Always", "IfNotPresent", "Never"}, cobra.ShellCompDirectiveNoFileComp))
	_ = root.RegisterFlagCompletionFunc("context", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return o.flags.Contexts(), cobra.ShellCompDirectiveNoFileComp
	})
}

// completePod lets shells complete a pod or what has pods: NAME in the namespace of -n, NAMESPACE/NAME, KIND/NAME or
// NAMESPACE/KIND/NAME.
func (o *options) completePod(run *cobra.Command) {
	complete(run, "pod", func(ctx context.Context, c *k8s.Cluster, typed string) ([]string, error) {
		before := typed[:strings.LastIndexByte(typed, '/')+1]
		t, err := option.ReadTarget(before+"x", o.flags.Namespace())
		if err != nil {
			return nil, err
		}
		names, err := namesOf(ctx, c, t.Kind, cmp.Or(t.Namespace, c.Namespace()))
		for i := range names {
			names[i] = before + names[i]
		}
		return names, err
	}, o, answerTime)
}

// completeNode lets shells complete a node.
func (o *options) completeNode(c *cobra.Command) {
	complete(c, "node", func(ctx context.Context, c *k8s.Cluster, _ string) ([]string, error) { return c.NodeNames(ctx) }, o, atOnce)
}

func namesOf(ctx context.Context, c *k8s.Cluster, kind, namespace string) ([]string, error) {
	if kind == option.Pod {
		return c.PodNames(ctx, namespace)
	}
	return c.NamesOf(ctx, kind, namespace)
}

// complete registers what the API knows as the values of a flag. Where the API does not answer, there are none.
func complete(c *cobra.Command, flag string, ask func(ctx context.Context, c *k8s.Cluster, typed string) ([]string, error), o *options, most time.Duration) {
	_ = c.RegisterFlagCompletionFunc(flag, func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(c.Context(), most)
		defer cancel()
		cluster, err := k8s.Connect(ctx, o.flags, nil) // a plugin may not ask anything while somebody types
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		names, err := ask(ctx, cluster, typed)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}) // fails only for a flag that does not exist
}

// completeDetached completes a detached run, wherever it is; FILE is a file.
func (o *options) completeDetached(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	ctx, cancel := context.WithTimeout(c.Context(), answerTime)
	defer cancel()
	var err error
	if o.connected, err = k8s.Connect(ctx, o.flags, nil); err != nil { // as in complete
		return nil, cobra.ShellCompDirectiveError
	}
	_, seen, err := o.seeHelpers(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var places []string
	for _, s := range seen {
		for _, a := range s.Detached {
			places = append(places, s.Namespace+"/"+s.Name+":"+a.ID+"\t"+command.Join(a.Argv)+" in "+a.Pod)
		}
	}
	return places, cobra.ShellCompDirectiveNoFileComp
}

// completeTool completes the tool, by the catalogue; the tool's own arguments are files at most.
func completeTool(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	for _, tool := range command.Catalogue() {
		names = append(names, tool.Name+"\t"+tool.About)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
