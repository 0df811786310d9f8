package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/roster"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/settings"
)

// helperOptions are the flags about the pods in which podtracer works on other nodes.
type helperOptions struct {
	helper.Options
	flags *pflag.FlagSet
}

func (h *helperOptions) addTo(flags *pflag.FlagSet) {
	h.flags = flags
	flags.StringVar(&h.Namespace, "helper-namespace", "", "where helpers for other nodes are made (default podtracer's own namespace, else podtracer)")
	flags.StringVar(&h.Image, "helper-image", "", "image of helpers (default podtracer's own image, else the released one of this version)")
	flags.StringVar(&h.PullPolicy, "helper-pull-policy", "", "when a helper's image is pulled: Always, IfNotPresent or Never")
	flags.StringSliceVar(&h.PullSecrets, "helper-pull-secret", nil, "secret that a helper's image is pulled with (may be repeated)")
	flags.StringVar(&h.Priority, "helper-priority-class", "", "PriorityClass of helpers")
	flags.StringVar(&h.ServiceAccount, "helper-service-account", "", "service account of helpers; they do not use its token")
	flags.StringToStringVar(&h.Labels, "helper-label", nil, "label of helpers, KEY=VALUE (may be repeated)")
	flags.StringToStringVar(&h.Annotations, "helper-annotation", nil, "annotation of helpers, KEY=VALUE (may be repeated)")
	flags.StringToStringVar(&h.NodeSelector, "helper-node-selector", nil, "label that a node must have to get a helper, KEY=VALUE (may be repeated)")
	flags.DurationVar(&h.Idle, "helper-idle", time.Minute, "a helper that podtracer has lost stops its tools after so long, and ends after twice as long")
}

const (
	helperNamespace = "podtracer"                            // outside of a cluster
	releasedImage   = "ghcr.io/fennec-project/podtracer:v%s" // by the version
)

// complete fills in what no flag says: from the configuration, and the namespace and the image also where podtracer's own pod does not
// name them.
//
// Errors: those of settings.ReadHelper; a time that is none.
func (h *helperOptions) complete(inCluster bool) (helper.Options, error) {
	config, err := settings.ReadHelper()
	if err != nil {
		return helper.Options{}, err
	}
	options := h.configured(config)
	if options.Idle <= 0 {
		return helper.Options{}, hint.Add(fmt.Errorf("--helper-idle %s: it has to be longer than nothing", options.Idle), "for example: --helper-idle 1m")
	}
	options.By = person()
	if inCluster { // what is open comes from podtracer's own pod
		return options, nil
	}
	if options.Namespace == "" {
		options.Namespace = helperNamespace
	}
	if version, _ := build(); options.Image == "" && released(version) {
		options.Image = fmt.Sprintf(releasedImage, strings.TrimPrefix(version, "v"))
	}
	return options, nil
}

// configured are the choices of the configuration, where no flag makes them.
func (h *helperOptions) configured(config settings.Helper) helper.Options {
	o := h.Options
	choose(h.flags, "helper-namespace", &o.Namespace, config.Namespace)
	choose(h.flags, "helper-image", &o.Image, config.Image)
	choose(h.flags, "helper-pull-policy", &o.PullPolicy, config.PullPolicy)
	choose(h.flags, "helper-priority-class", &o.Priority, config.PriorityClass)
	choose(h.flags, "helper-service-account", &o.ServiceAccount, config.ServiceAccount)
	choose(h.flags, "helper-idle", &o.Idle, config.Idle)
	choose(h.flags, "helper-pull-secret", &o.PullSecrets, &config.PullSecrets)
	choose(h.flags, "helper-label", &o.Labels, &config.Labels)
	choose(h.flags, "helper-annotation", &o.Annotations, &config.Annotations)
	choose(h.flags, "helper-node-selector", &o.NodeSelector, &config.NodeSelector)
	return o
}

// choose takes what the configuration says, unless it says nothing or a flag was given.
func choose[T any](flags *pflag.FlagSet, flag string, to, configured *T) {
	if configured != nil && !flags.Changed(flag) {
		*to = *configured
	}
}

// released says whether a version, such as v1.2.3, has an image in the registry.
func released(version string) bool {
	var major, minor, patch int
	n, err := fmt.Sscanf(version, "v%d.%d.%d", &major, &minor, &patch)
	return n == 3 && err == nil && version == fmt.Sprintf("v%d.%d.%d", major, minor, patch)
}

// helpers makes agents on other nodes, in pods of their own.
type helpers struct {
	*k8s.Helpers // of nobody's before Allowed has said that they can be made

	mu      sync.Mutex
	missing error             // why no helper can be made; nil if helpers can be made
	used    map[string]string // names, by node

	cancel context.CancelFunc // ends asking
	asking sync.WaitGroup     // the API, until it answers
	handed atomic.Bool        // something may go on in a helper
}

// Allowed says why no helper can be made; nil if helpers can be made.
func (h *helpers) Allowed() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.missing
}

// Own is the pod that podtracer runs in, NAMESPACE/NAME; "" if it does not run in one, or may not know, or has not asked because of a
// mistake in the configuration.
func (h *helpers) Own() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Helpers == nil {
		return ""
	}
	return h.Helpers.Own()
}

// image is that of the helpers that are made; "" while it is not known.
func (h *helpers) image() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Helpers == nil {
		return ""
	}
	return h.Helpers.Image()
}

// listed are the helpers of the cluster; nil while it is not known whether there can be any.
func (h *helpers) listed() afar.Cluster {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Helpers == nil {
		return nil
	}
	return h
}

const (
	firstAnswer = 3 * time.Second // a console does not wait longer for an API that does not answer
	askAgain    = 5 * time.Second
)

// helpersOf asks the API whether helpers can be made in a cluster. If it does not answer, it is asked again until it does.
func (o *options) helpersOf(ctx context.Context, c *k8s.Cluster) *helpers {
	options, err := o.helper.complete(c.InCluster())
	ctx, cancel := context.WithCancel(ctx)
	h := &helpers{missing: err, cancel: cancel}
	ask := func(most time.Duration) (again bool) {
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		made := c.Helpers(ctx, options)
		missing := made.Check(ctx)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.Helpers, h.missing = made, missing
		return roster.Away(missing)
	}
	if err != nil || !ask(firstAnswer) {
		return h
	}
	h.asking.Go(func() { // ends with end, or when the API has answered
		for again := true; again && ctx.Err() == nil; {
			pause.For(ctx, askAgain)
			again = ask(time.Minute)
		}
	})
	return h
}

// Installed returns the way to the agent of the helper that is installed on a node; nil if there is none.
func (h *helpers) Installed(ctx context.Context, node string) agent.Dialer {
	if name := h.Helpers.Installed(ctx, node); name != "" {
		h.uses(node, name)
		return h.dialer(h.Namespace(), name)
	}
	return nil
}

// Dial makes a helper on a node and returns the way to its agent.
func (h *helpers) Dial(ctx context.Context, node string, step func(string)) (agent.Dialer, error) {
	name, err := h.Make(ctx, node, step)
	if err != nil {
		return nil, err
	}
	h.uses(node, name)
	return h.dialer(h.Namespace(), name), nil
}

func (h *helpers) uses(node, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.used == nil {
		h.used = map[string]string{}
	}
	h.used[node] = name
}

// on is the helper that is used on a node; "" for none.
func (h *helpers) on(node string) (namespace, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.used[node] == "" {
		return "", ""
	}
	return h.Namespace(), h.used[node]
}

// own starts, in a helper, the process that owns a run.
func (h *helpers) own(ctx context.Context, namespace, name string, order io.Reader, said io.Writer) error {
	h.handed.Store(true)
	return h.Exec(ctx, namespace, name, []string{"podtracer", "agent", "run", "--apart", "-"}, order, said)
}

// RemoveIdle deletes a helper that podtracer has made and that nobody uses any more, and says whether it has.
func (h *helpers) RemoveIdle(ctx context.Context, namespace, name string) (bool, error) {
	const most = 10 * time.Second // until the process of the run has noticed that it is not needed any more
	for end := time.Now().Add(most); ctx.Err() == nil && time.Now().Before(end); pause.For(ctx, 500*time.Millisecond) {
		all, err := h.List(ctx) // anew each time: it may end by itself
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(all, func(one k8s.Helper) bool { return one.Namespace == namespace && one.Name == name })
		if i < 0 || all[i].Installed {
			return false, nil
		}
		if seen := h.see(ctx, all[i]); seen.Unused() {
			return true, h.Remove(ctx, all[i])
		}
	}
	return false, ctx.Err()
}

// keep lets helpers stay in which detached runs go on, or are kept.
func (h *helpers) keep(ctx context.Context) {
	h.mu.Lock()
	used := maps.Clone(h.used)
	h.mu.Unlock()
	var asking sync.WaitGroup
	for node, name := range used {
		asking.Go(func() { // ends with ctx
			found, err := h.detached(ctx, k8s.Helper{Namespace: h.Namespace(), Name: name})
			if err != nil && !errors.Is(err, agent.ErrGone) || len(found) > 0 { // unless it is known that there are none
				h.Keep(node)
			}
		})
	}
	asking.Wait()
}

// dialer reaches the agent of a helper.
func (h *helpers) dialer(namespace, name string) agent.Dialer {
	return h.executing(namespace, name, "dial")
}

// executing runs a subcommand of podtracer agent in a pod of podtracer's.
func (h *helpers) executing(namespace, name, subcommand string) agent.Dialer {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		err := h.Exec(ctx, namespace, name, []string{"podtracer", "agent", subcommand}, in, out)
		switch {
		case errors.Is(err, k8s.ErrHelperGone):
			return agent.Gone(err)
		case errors.Is(err, k8s.ErrBroke):
			return agent.Broke(err)
		default:
			return err
		}
	}
}

// end deletes the helpers.
func (h *helpers) end(ctx context.Context) error {
	const most = 10 * time.Second
	h.cancel()
	h.asking.Wait()
	if h.Helpers == nil { // a choice about them was wrong
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	defer cancel()
	if h.handed.Load() {
		h.keep(ctx)
	}
	return h.Close(ctx)
}
