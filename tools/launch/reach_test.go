package launch

import (
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
)

func TestWhereThereIsNoLinuxOneSentenceSaysWhereToolsRun(t *testing.T) {
	r := Reach{pod: &k8s.Pod{Namespace: "shop", Name: "cart-0", Node: "node-3"}, reason: noLinux}
	if err := r.Err(); err == nil || err.Error() != "tools run on Linux nodes only" || hint.Of(err) == "" {
		t.Errorf("%v; hint: %q", err, hint.Of(err))
	}
	if got := r.Brief(); got != "is out of reach: tools run on Linux nodes only" {
		t.Errorf("in a list: %q", got)
	}
}
