//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// finding is a finding that podtracer doctor -o json prints.
type finding struct{ Subject, State, Found, Means, Advice string }

// examined returns what podtracer doctor finds in a debug pod, by subject. The exit status must be 1 if a check failed.
func (d debugPod) examined(t *testing.T, args ...string) map[string]finding {
	t.Helper()
	r := d.exec(t, append([]string{"podtracer", "doctor", "-o", "json"}, args...)...)
	var all struct {
		OK       bool
		Findings []finding
	}
	if err := json.Unmarshal([]byte(r.stdout), &all); err != nil {
		t.Fatalf("%v%s", err, r)
	}
	failed := slices.ContainsFunc(all.Findings, func(f finding) bool { return f.State == "failure" })
	if (r.code == 1) != failed || all.OK == failed || r.code > 1 {
		t.Errorf("the status and the findings do not fit%s", r)
	}
	found := map[string]finding{}
	for _, f := range all.Findings {
		if found[f.Subject] = f; f.State != "ok" && (f.Means == "" || f.Advice == "") {
			t.Errorf("the finding does not say what it means, or what to do: %+v", f)
		}
	}
	return found
}

func (f finding) is(t *testing.T, state string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if f.State != state || !strings.Contains(f.Found+"\n"+f.Means+"\n"+f.Advice, text) {
			t.Errorf("%+v: want %s with %q", f, state, text)
		}
	}
}

func TestTheDoctorFindsAllThatIsNeededInADebugPodOfTheManifests(t *testing.T) {
	t.Parallel()
	for _, d := range []debugPod{leastPrivilege, privileged} {
		found := d.examined(t)
		for subject, f := range found {
			if f.State != "ok" {
				t.Errorf("%s: %+v", subject, f)
			}
		}
		found["API server"].is(t, "ok", "Kubernetes v1.")
		found["container runtime"].is(t, "ok", "containerd")
		found["node"].is(t, "ok", "node1")
		found["a pod's network"].is(t, "ok", "entered the network of ", "lo, eth0")
		found["tcpdump"].is(t, "ok", "tcpdump version")
	}
}

func TestTheDoctorNamesWhatIsMissingAndWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change         func(*corev1.Pod)
		subject, state string
		texts          []string
	}{
		"capability": {without("SYS_ADMIN"), "CAP_SYS_ADMIN", "failure", []string{"missing", "capabilities"}},
		"raw":        {without("NET_RAW"), "CAP_NET_RAW", "warning", []string{"tcpdump", "capabilities"}},
		"host-pids":  {func(p *corev1.Pod) { p.Spec.HostPID = false }, "processes of the node", "warning", []string{"hostPID: true"}},
		"no-rights":  {account(t, "unexamined"), "right to list pods", "failure", []string{"not allowed in all namespaces", "manifests/rbac.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newDebugPod(t, "doctor-"+name, c.change).examined(t)[c.subject].is(t, c.state, c.texts...)
		})
	}
}
