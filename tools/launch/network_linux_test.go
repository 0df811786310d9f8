package launch

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/demo"
)

func TestTheNetworkOfAPodIsReadHereAndOfAnotherNodeItIsSaidWhereToLook(t *testing.T) {
	if err := ns.CheckNamespaces(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("this test makes network namespaces, which is refused here: %v", err)
	}
	node, err := demo.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	addr := netip.MustParseAddr("10.244.0.12")
	if err := node.AddPod("uid-cart", addr); err != nil {
		t.Fatal(err)
	}
	local := &Local{Finder: node, Here: k8s.Node{Name: "node-a", Sure: true}}
	cart := k8s.Pod{Namespace: "shop", Name: "cart", UID: "uid-cart", Node: "node-a", Phase: "Running", Status: "Running"}
	got, err := local.Network(t.Context(), cart)
	if err != nil || len(got.Interfaces) != 2 || got.Interfaces[1].Addrs[0].Addr() != addr || len(got.Routes) == 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	elsewhere := cart
	elsewhere.Node = "node-b"
	if _, err := local.Network(t.Context(), elsewhere); err == nil || !strings.Contains(err.Error(), "runs on node node-b") || hint.Of(err) == "" {
		t.Errorf("got %v", err)
	}
}
