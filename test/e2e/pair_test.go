//go:build e2e

package e2e

import (
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The server is in a pod of one node, the client in one of another: a node that podtracer is not on gets a helper, and the client begins when
// the server listens.
func TestAPairBetweenPodsOfTwoNodesMeasures(t *testing.T) {
	t.Parallel()
	// In pods of its own: it fills the buffers of captures in those of other tests.
	start(t, workload("near"))
	start(t, workload("far", func(p *corev1.Pod) { p.Spec.NodeName = "node2" }))
	for name, opens := range map[string]func(t *testing.T) (c console, owner string){
		"from a laptop": func(t *testing.T) (console, string) {
			l := newLaptop(t, "pair", apiServer(t))
			return l.opens(160, 45), l.label
		},
		"from a node": func(t *testing.T) (console, string) {
			label := "pair-" + mark
			return newDebugPod(t, "pair", mayMakeHelpers(t)).openConsole(t, 160, 45, "--helper-label", "e2e="+label), label
		},
	} {
		t.Run(name, func(t *testing.T) { // one after the other: both servers would listen in the same pod
			c, owner := opens(t)
			for _, pod := range []string{namespace + "/near", namespace + "/far"} {
				c.chooses(pod)
				c.press("Space")
			}
			c.showsWithin(patience, "2 marked")
			c.press("Enter")
			c.showsWithin(patience, "run in 2 pods")
			c.press("p")
			c.types("two marked")
			c.showsWithin(patience, "bandwidth between two marked pods")
			c.press("Enter")
			c.showsWithin(patience, "iperf3", "will run")
			c.press("Enter")
			c.until(patience, "both to have measured, and to have ended", func(screen string) bool {
				return regexp.MustCompile(`■ \d\d:\d\d .*■ \d\d:\d\d `).MatchString(screen) && regexp.MustCompile(`bits/sec +receiver`).MatchString(screen)
			})
			c.press("q")
			c.ends(0)
			noHelperOf(t, owner)
		})
	}
}
