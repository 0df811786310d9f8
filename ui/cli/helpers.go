package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/k8s/helper"
	"github.com/fennec-project/podtracer/tools/agent"
)

// helperOptions are the flags about the pods in which podtracer works on other nodes.
type helperOptions struct {
	helper.Options
}

func (h *helperOptions) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&h.Namespace, "helper-namespace", "", "where helpers for other nodes are made (default podtracer's own namespace, else podtracer)")
	flags.StringVar(&h.Image, "helper-image", "", "image of helpers (default podtracer's own image, else the released one of this version)")
	flags.StringVar(&h.PullPolicy, "helper-pull-policy", "", "when a helper's image is pulled: Always, IfNotPresent or Never")
	flags.StringSliceVar(&h.PullSecrets, "helper-pull-secret", nil, "secret that a helper's image is pulled with (may be repeated)")
	flags.StringVar(&h.Priority, "helper-priority-class", "", "PriorityClass of helpers")
	flags.StringVar(&h.ServiceAccount, "helper-service-account", "", "service account of helpers; they do not use its token")
	flags.StringToStringVar(&h.Labels, "helper-label", nil, "label of helpers, KEY=VALUE (may be repeated)")
	flags.DurationVar(&h.Idle, "helper-idle", time.Minute, "a helper that podtracer has lost stops its tools after so long, and ends after twice as long")
	flags.StringToStringVar(&h.Annotations, "helper-annotation", nil, "annotation of helpers, KEY=VALUE (may be repeated)")
}

const (
	helperNamespace = "podtracer"                            // outside of a cluster
	releasedImage   = "ghcr.io/fennec-project/podtracer:v%s" // by the version
)

// complete fills in the namespace and the image where neither flags nor podtracer's own pod name them.
func (h *helperOptions) complete(inCluster bool) helper.Options {
	options := h.Options
	options.By = person()
	if inCluster { // what is open comes from podtracer's own pod
		return options
	}
	if options.Namespace == "" {
		options.Namespace = helperNamespace
	}
	if version, _ := build(); options.Image == "" && released(version) {
		options.Image = fmt.Sprintf(releasedImage, strings.TrimPrefix(version, "v"))
	}
	return options
}

// released says whether a version, such as v1.2.3, has an image in the registry.
func released(version string) bool {
	var major, minor, patch int
	n, err := fmt.Sscanf(version, "v%d.%d.%d", &major, &minor, &patch)
	return n == 3 && err == nil && version == fmt.Sprintf("v%d.%d.%d", major, minor, patch)
}

// helpers makes agents on other nodes, in pods of their own.
type helpers struct {
	*k8s.Helpers
	missing error // why no helper can be made; nil if helpers can be made
}

// Allowed says why no helper can be made; nil if helpers can be made.
func (h *helpers) Allowed() error { return h.missing }

// helpersOf asks the API whether helpers can be made in a cluster.
func (o *options) helpersOf(ctx context.Context, c *k8s.Cluster) *helpers {
	h := &helpers{Helpers: c.Helpers(ctx, o.helper.complete(c.InCluster()))}
	h.missing = h.Check(ctx)
	return h
}

// Dial makes a helper on a node and returns the way to its agent.
func (h *helpers) Dial(ctx context.Context, node string, step func(string)) (agent.Dialer, error) {
	name, err := h.Make(ctx, node, step)
	if err != nil {
		return nil, err
	}
	return h.dialer(h.Namespace(), name), nil
}

// dialer reaches the agent of a helper.
func (h *helpers) dialer(namespace, name string) agent.Dialer {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		err := h.Exec(ctx, namespace, name, []string{"podtracer", "agent", "dial"}, in, out)
		if errors.Is(err, k8s.ErrHelperGone) {
			return agent.Gone(err)
		}
		return err
	}
}

// end deletes the helpers.
func (h *helpers) end(ctx context.Context) error {
	const most = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	defer cancel()
	return h.Close(ctx)
}
