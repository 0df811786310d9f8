package netinfo_test

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ns/netinfo"
)

// most is how many entries podtracer reads at most, so that a pod cannot make it keep more.
const most = 10_000

func TestAPodWithMoreThanAnybodyReadsIsReadInPart(t *testing.T) {
	d := newDemo(t)
	n := findPod(t, d)
	if out, err := inPod(n, routes(most+500), "ip", "-batch", "-"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for i := range 600 { // an address each
		listen(t, n, "udp4", fmt.Sprintf("127.0.%d.%d:5300", i/250, i%250+1))
	}
	began := time.Now()
	got, err := netinfo.Read(t.Context(), n)
	if err == nil || !strings.Contains(err.Error(), "list routes: after 10000: there are too many, and the rest was left out") {
		t.Errorf("got %v", err)
	}
	if len(got.Routes) < most/2 || len(got.Routes) > most+10 || len(got.Listening) != 600 || len(got.Interfaces) != 2 {
		t.Errorf("%d routes, %d sockets, %d interfaces", len(got.Routes), len(got.Listening), len(got.Interfaces))
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestARouteWithMoreNextHopsThanAnybodyReadsIsReadInPart(t *testing.T) {
	d := newDemo(t)
	n := findPod(t, d)
	hops := strings.Repeat(" nexthop dev eth0", 60)
	var batch strings.Builder
	for i := range most/60 + 20 {
		fmt.Fprintf(&batch, "route add 10.9.%d.%d/32%s\n", i/250, i%250, hops)
	}
	if out, err := inPod(n, batch.String(), "ip", "-batch", "-"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := netinfo.Read(t.Context(), n)
	if err == nil || !strings.Contains(err.Error(), "list routes: there are too many") || len(got.Routes) > 2*most || len(got.Routes) < most/2 {
		t.Errorf("%d routes, %v", len(got.Routes), err)
	}
}

func TestRoutesOfEveryKindAreRead(t *testing.T) {
	d := newDemo(t)
	n := findPod(t, d)
	if out, err := inPod(n, `route add 10.8.0.0/24 via 10.244.0.1
route add 10.8.1.0/24 nexthop via 10.244.0.1 dev eth0 nexthop dev eth0
route add blackhole 10.8.2.0/24
route add unreachable 10.8.3.0/24
route add 10.8.4.0/24 via inet6 fd00:10:244::1 dev eth0
route add 10.8.5.0/24 dev eth0 table 100
addr add 10.8.6.1 peer 10.8.6.2 dev eth0
`, "ip", "-batch", "-"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := netinfo.Read(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, r := range got.Routes {
		if strings.HasPrefix(r.Dst.String(), "10.8.") {
			text = append(text, fmt.Sprintf("%v %v %s %v %s", r.Dst, r.Via, r.Device, r.Src, r.Kind))
		}
	}
	want := `10.8.0.0/24 10.244.0.1 eth0 invalid IP 
10.8.1.0/24 10.244.0.1 eth0 invalid IP 
10.8.1.0/24 invalid IP eth0 invalid IP 
10.8.2.0/24 invalid IP  invalid IP blackhole
10.8.3.0/24 invalid IP  invalid IP unreachable
10.8.4.0/24 fd00:10:244::1 eth0 invalid IP 
10.8.6.2/32 invalid IP eth0 10.8.6.1 `
	if joined := strings.Join(text, "\n"); joined != want {
		t.Errorf("got\n%s\nwant\n%s", joined, want)
	}
	if addrs := fmt.Sprint(got.Interfaces[1].Addrs); !strings.Contains(addrs, "10.8.6.1/32") {
		t.Errorf("got %s", addrs)
	}
}

func routes(count int) string {
	var batch strings.Builder
	for i := range count {
		fmt.Fprintf(&batch, "route add blackhole %v/32\n", net.IPv4(10, 9, byte(i>>8), byte(i)))
	}
	return batch.String()
}

// inPod runs a command in the pod's network namespace.
func inPod(n *ns.Netns, input string, argv ...string) (out []byte, err error) {
	failed := n.Do(func() error {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdin = strings.NewReader(input)
		out, err = cmd.CombinedOutput()
		return err
	})
	return out, failed
}
