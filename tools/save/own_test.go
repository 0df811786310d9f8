package save

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// nobody knows no names, because the pods are gone.
type nobody struct{}

func (nobody) Names(context.Context, []netip.Addr, time.Time) (*k8s.Names, error) {
	return nil, errors.New("the API does not answer")
}

func TestThePodThatWasCapturedHasItsNameAlsoIfItIsGone(t *testing.T) {
	r := captured(t, "../pcap/testdata/kinds/dns_types.pcap")
	r.By.Names = nobody{}
	for want, pod := range map[string]k8s.Pod{
		"[{10.1.0.1 [cart-0.shop]}]": {Namespace: "shop", Name: "cart-0", IPs: []string{"fd00::1", "10.1.0.1"}},
		"[]":                         {Namespace: "shop", Name: "cart-0", IPs: []string{"10.1.0.1"}, HostNetwork: true},
	} {
		r.Pod = pod
		saved, err := r.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
		if err != nil {
			t.Fatal(err)
		}
		if got := namesIn(t, saved.Path); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	file := pcapngFile{by: r.By, parts: []part{{Recording: r}}, addrs: addressSet{order: []netip.Addr{netip.MustParseAddr("10.1.0.1")}}}
	if _, problem := file.names(t.Context()); !strings.Contains(problem, "does not answer") {
		t.Errorf("the missing names are not reported: %q", problem)
	}
}
