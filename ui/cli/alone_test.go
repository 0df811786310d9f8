package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/roster"
)

// answering is a container runtime that answers with an error.
type answering struct{ error }

func (a answering) List(context.Context) ([]ns.Resident, error) { return nil, a.error }

// On a laptop nothing would ever be listed; on a node the runtime may only be restarting.
func TestRuntimeOnlyIsRefusedWhereThereIsNoRuntime(t *testing.T) {
	absent, down := fmt.Errorf("ask: %w: no socket at /run/x", ns.ErrNoSocket), fmt.Errorf("ask: %w: nobody listens", ns.ErrUnavailable)
	for name, c := range map[string]struct {
		err      error
		here     k8s.Node
		inPod    string
		endpoint string
		refused  bool
	}{
		"a laptop":                         {absent, k8s.Node{Name: "laptop"}, "", "", true},
		"a laptop with another system":     {ns.ErrNotLinux, k8s.Node{Name: "laptop"}, "", "", true},
		"a node":                           {nil, k8s.Node{Name: "node1"}, "", "", false},
		"a node whose runtime restarts":    {down, k8s.Node{Name: "node1"}, "", "", false},
		"a node that is named":             {absent, k8s.Node{Name: "node1", Sure: true}, "", "", false},
		"a pod without the node's /run":    {absent, k8s.Node{Name: "debug-pod"}, "10.96.0.1", "", false},
		"a socket that somebody has named": {absent, k8s.Node{Name: "laptop"}, "", "/run/y", false},
	} {
		t.Setenv("KUBERNETES_SERVICE_HOST", c.inPod)
		o := &options{runtimeEndpoint: c.endpoint}
		err := o.checkAlone(t.Context(), &world{alone: true, here: c.here, node: &roster.Node{Runtime: answering{c.err}}})
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			continue
		}
		if first, _, _ := strings.Cut(hint.Of(err), "\n"); !strings.Contains(err.Error(), "on this machine, laptop,") ||
			!strings.Contains(first, "it is for a node") || !strings.Contains(hint.Of(err), "without --runtime-only") {
			t.Errorf("%s: %v, hint %q", name, err, hint.Of(err))
		}
	}
}
