package form

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/fakes"
)

func TestAClientCannotAskAServerWithoutAnAddress(t *testing.T) {
	web := fakes.Pod("shop", "web-0", "node-3", "Running")
	web.IPs = nil
	if err := pairOf([]k8s.Pod{web, web}, fakes.Launcher("node-3").Reach); err == nil || !strings.Contains(err.Error(), "no address") {
		t.Error(err)
	}
}
