package tools

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/launch"
)

func TestTheNetworkOfAPodIsReadHereAndOfAnotherNodeItIsSaidWhereToLook(t *testing.T) {
	n := newNode(t)
	local := &launch.Local{Finder: n.demo, Here: here}
	got, err := local.Network(t.Context(), cart)
	if err != nil || len(got.Interfaces) != 2 || got.Interfaces[1].Addrs[0].Addr() != cartAddr || len(got.Routes) == 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	elsewhere := cart
	elsewhere.Node = "node-b"
	if _, err := local.Network(t.Context(), elsewhere); err == nil || !strings.Contains(err.Error(), "runs on node node-b") || hint.Of(err) == "" {
		t.Errorf("got %v", err)
	}
}
