package cli

import (
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/store"
)

// What podtracer has got of a run of another node before it was killed is not all: the helper goes on for a while, and keeps that.
func TestOnlyAHelperMayHaveMoreOfARunThatWasLeft(t *testing.T) {
	t.Setenv("NODE_NAME", "node1")
	far := store.Entry{Kind: store.Left, Pod: k8s.Pod{Node: "node2"}, Created: time.Now()}
	here, unknown, old, saved := far, far, far, far
	here.Pod.Node, unknown.Pod.Node, old.Created, saved.Kind = "node1", "", time.Now().Add(-48*time.Hour), store.Saved
	for name, c := range map[string]struct {
		of   store.Entry
		want bool
	}{"another node": {far, true}, "this node": {here, false}, "no node": {unknown, false}, "long ago": {old, false}, "a saved file": {saved, false}} {
		if got := mayBeLongerElsewhere(c.of); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
