package margin

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/style"
)

// Someone's laptop is none of the cluster's nodes, so its name and its number of pods tell nothing. Until all pods are listed, that is not
// known.
func TestTheTopLineNamesTheNodeOnlyWhereItHasPods(t *testing.T) {
	for name, c := range map[string]struct {
		synced     bool
		pods, here int
		want       string
	}{
		"a node":              {true, 7, 3, "podtracer  test · node vm · 7 pods, 3 here"},
		"a laptop":            {true, 7, 0, "podtracer  test · 7 pods"},
		"an empty cluster":    {true, 0, 0, "podtracer  test · 0 pods"},
		"not known yet":       {false, 0, 0, "podtracer  test · node vm"},
		"this node is listed": {false, 3, 3, "podtracer  test · node vm · 3 so far, 3 here"},
		"no pod here so far":  {false, 4, 0, "podtracer  test · node vm · 4 so far"},
	} {
		line := ansi.Strip(Top(style.Styles{}, "test", "vm", k8s.Snapshot{Synced: c.synced}, c.pods, c.here, "", 100))
		left, _, _ := strings.Cut(strings.TrimSpace(line), "   ")
		if left != c.want {
			t.Errorf("%s: %q, not %q", name, left, c.want)
		}
	}
}
