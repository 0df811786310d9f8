//go:build e2e

// Package e2e shows on a real cluster that podtracer does what it promises. The tests do what a person does: they type into a
// terminal that runs `kubectl exec -it`, run commands in a shell, and look at the node from outside its pods.
//
// They need the cluster of test/cluster, and fail without it:
//
//	test/cluster/up.sh && go test -tags e2e -count=1 -timeout 30m ./test/e2e
//
// The objects that they create have unique names and are removed at the end, so that the tests can run again and again. Tests
// that measure a time, or compare the node before and after, run alone; all others mostly wait, and run in parallel.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sideBySide is how many tests may run in parallel.
const sideBySide = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == flag.Lookup("test.parallel").DefValue {
		_ = flag.Set("test.parallel", sideBySide) // fails only if the value is not a number
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := enterCluster(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer leaveCluster()
	closeTerminals, err := terminals()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer closeTerminals()
	return m.Run()
}

// mark is part of all names that this run of the tests uses.
var mark = strconv.FormatInt(time.Now().Unix()%1e6, 36)

// namespace is where the tests' own pods live; debug pods live where the manifests put them.
var namespace = "e2e-" + mark

const (
	debugNamespace = "podtracer"
	clusterScripts = "../cluster"
)

// enterCluster finds the cluster and creates the tests' namespace in it.
func enterCluster() error {
	settings, err := exec.Command("bash", "-c", `. "$0"; echo "$state"; echo "$cache"`, filepath.Join(clusterScripts, "settings.sh")).Output()
	if err != nil {
		return fmt.Errorf("read the cluster's settings: %w", err)
	}
	state, cache, _ := strings.Cut(strings.TrimSpace(string(settings)), "\n")
	_ = os.Setenv("PATH", filepath.Join(cache, "bin")+":"+os.Getenv("PATH"))
	if os.Getenv("KUBECONFIG") == "" {
		_ = os.Setenv("KUBECONFIG", filepath.Join(state, "admin.kubeconfig"))
	}
	for _, args := range [][]string{
		{"get", "--raw", "/readyz", "--request-timeout", "10s"},
		{"create", "namespace", namespace},
		{"wait", "--for=create", "-n", namespace, "serviceaccount/default", "--timeout=30s"},
		{"wait", "--for=condition=Ready", "-n", debugNamespace, "pod/debug-pod", "pod/debug-pod-privileged", "--timeout=60s"},
		{"wait", "--for=condition=Ready", "-n", "shop", "pod", "-l", "!not-ready", "--timeout=60s"},
	} {
		if out, err := exec.Command("kubectl", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("no cluster to test on (test/cluster/up.sh starts one): kubectl %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// leaveCluster removes what the tests did not remove themselves. The cluster may be gone already.
func leaveCluster() {
	_ = exec.Command("kubectl", "delete", "namespace", namespace, "--wait=false").Run()
	for _, pod := range []debugPod{leastPrivilege, privileged} {
		_ = exec.Command("kubectl", "exec", "-n", debugNamespace, string(pod), "--", "sh", "-c", "rm -f /tmp/e2e-"+mark+"*").Run()
	}
}
