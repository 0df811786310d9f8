//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// iperfServer starts a server for one measurement in shop/iperf, on the other node.
func iperfServer(t *testing.T, port string) {
	t.Helper()
	server := exec.CommandContext(t.Context(), "kubectl", "exec", "-n", "shop", "iperf", "--", "timeout", "60", "iperf3", "-s", "-1", "-p", port)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	eventually.Nil(t, glance, func() error {
		if strings.Contains(kubectl(t, "exec", "-n", "shop", "iperf", "--", "ss", "-Hltn"), ":"+port) {
			return nil
		}
		return errors.New("no iperf3 listens")
	})
}

// bandwidth measures the bandwidth from a pod to shop/iperf, in bits per second.
func bandwidth(t *testing.T, pod, port string) float64 {
	t.Helper()
	iperfServer(t, port)
	r := leastPrivilege.in(t, pod, "iperf3", "-c", podIP(t, "shop/iperf"), "-p", port, "-t", "2", "-J").succeeds(t)
	var report struct {
		End struct {
			Received struct {
				Rate float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatalf("%v%s", err, r)
	}
	return report.End.Received.Rate
}

func TestIperf3MeasuresBetweenTwoPodsOnTwoNodes(t *testing.T) {
	t.Parallel()
	if rate := bandwidth(t, "shop/client", "5301"); rate < 50e6 {
		t.Errorf("only %.0f bit/s", rate)
	}
}

func TestATokenBucketTakesEffectInThePodAndNotOnTheNode(t *testing.T) {
	t.Parallel()
	start(t, workload("shaped"))
	pod := namespace + "/shaped"
	fast := bandwidth(t, pod, "5302")
	leastPrivilege.in(t, pod, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "4mbit", "burst", "32kbit", "latency", "400ms").succeeds(t)
	slow := bandwidth(t, pod, "5303")
	if slow > 6e6 || fast < 10*slow {
		t.Errorf("%.0f bit/s before, %.0f with a tbf of 4 Mbit/s", fast, slow)
	}
	leastPrivilege.in(t, pod, "tc", "-s", "qdisc", "show", "dev", "eth0").succeeds(t).prints(t, "qdisc tbf", "rate 4Mbit")
	for node := 1; node <= 2; node++ {
		if all := onNode(t, node, "tc", "qdisc", "show"); strings.Contains(all, "tbf") {
			t.Errorf("node%d has the queueing discipline, too:\n%s", node, all)
		}
	}
	if r := leastPrivilege.in(t, "shop/client", "tc", "qdisc", "show").succeeds(t); strings.Contains(r.stdout, "tbf") {
		t.Errorf("another pod has the queueing discipline, too%s", r)
	}
	leastPrivilege.in(t, pod, "tc", "qdisc", "del", "dev", "eth0", "root").succeeds(t)
	if r := leastPrivilege.in(t, pod, "tc", "qdisc", "show", "dev", "eth0").succeeds(t); strings.Contains(r.stdout, "tbf") {
		t.Errorf("it stayed%s", r)
	}
	if again := bandwidth(t, pod, "5304"); again < 10*slow {
		t.Errorf("%.0f bit/s after the tbf was removed", again)
	}
}

func TestACaptureOfFastTrafficLosesNothing(t *testing.T) {
	t.Parallel()
	iperfServer(t, "5305")
	begun := make(chan result, 1)
	go func() {
		begun <- leastPrivilege.in(t, "shop/two", "iperf3", "-c", podIP(t, "shop/iperf"), "-p", "5305", "-t", "3", "-b", "50M")
	}()
	file := "/tmp/e2e-" + mark + "-fast.pcap"
	r := leastPrivilege.run(t, "--pod", "two", "-n", "shop", "-f", file, "-t", "3s", "--",
		"tcpdump", "-i", "eth0", "-n", "-B", "8192", "-s", "96", "-w", "-", "port 5305").succeeds(t)
	(<-begun).succeeds(t).within(t, time.Minute)
	r.says(t, "0 packets dropped by kernel", "saved ")
}
