//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// finding is a finding that podtracer doctor -o json prints.
type finding struct{ Subject, State, Found, Means, Advice string }

// examined returns what podtracer doctor finds in a debug pod, by subject. The exit status must be 1 if a check failed.
func (d debugPod) examined(t *testing.T, args ...string) map[string]finding {
	t.Helper()
	return findings(t, d.exec(t, append([]string{"podtracer", "doctor", "-o", "json"}, args...)...))
}

// findings are what doctor has found, by their subjects.
func findings(t *testing.T, r result) map[string]finding {
	t.Helper()
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
			if f.State != "ok" && subject != "helper" { // which is allowed by manifests/helpers
				t.Errorf("%s: %+v", subject, f)
			}
		}
		found["helper"].is(t, "warning", "not allowed to create pods in namespace podtracer", "kubectl apply -k manifests/helpers")
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
		"no-rights":  {account(t, "unexamined"), "right to list pods", "failure", []string{"not allowed in all namespaces", "kubectl create clusterrole podtracer-list-pods", "manifests/rbac.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newDebugPod(t, "doctor-"+name, c.change).examined(t)[c.subject].is(t, c.state, c.texts...)
		})
	}
}

// On a machine that is no node, only what podtracer needs there counts: all pods are reached through helpers.
func TestTheDoctorHasNothingToSayAgainstALaptop(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "doctor-laptop", apiServer(t))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := l.podtracer(ctx, "doctor", "-o", "json", "--helper-image", helperImage, "--helper-pull-policy", "Never")
	found := findings(t, ended(ctx, t, c))
	for subject, f := range found {
		if f.State != "ok" {
			t.Errorf("%s: %+v", subject, f)
		}
	}
	found["node"].is(t, "ok", "is no node of the cluster")
	found["helper"].is(t, "ok", "the API would accept one in namespace podtracer")
}

func TestTheDoctorChecksAnotherNodeThroughAHelperThatIsGoneThen(t *testing.T) {
	t.Parallel()
	label := "doctor-" + mark
	d := newDebugPod(t, "doctor-far", mayMakeHelpers(t))
	found := d.examined(t, "--node", "node2", "--helper-label", "e2e="+label)
	for subject, f := range found {
		if f.State != "ok" {
			t.Errorf("%s: %+v", subject, f)
		}
	}
	found["helper on node2"].is(t, "ok", "podtracer-helper-")
	found["node2: node"].is(t, "ok", "node2")
	found["node2: container runtime"].is(t, "ok", "containerd v2.")
	found["node2: a pod's network"].is(t, "ok", "entered the network of ")
	noHelperOf(t, label)
	d.examined(t)["helper"].is(t, "ok", "the API would accept one in namespace podtracer")
	d.examined(t)["image of helpers"].is(t, "ok", "localhost/podtracer:", "doctor --node NODE")
}

// The API is asked about the very pod, so what refuses it is found without making it.
func TestTheDoctorTellsWhatRefusesAHelper(t *testing.T) {
	t.Parallel()
	u := newPoorUser(t, "doctor-refused", rule("get,list,watch", "pods", "namespaces", "services"), rule("create,delete", "pods"), rule("get,create", "pods/exec"))
	strict := "e2e-" + mark + "-strict"
	create(t, &corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{Name: strict, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}},
	})
	r := command(t, u.podtracer("doctor", "--helper-image", helperImage, "--helper-namespace", strict)...)
	r.prints(t, "violates PodSecurity", "kubectl label namespace "+strict+" pod-security.kubernetes.io/enforce=privileged")
	r = command(t, u.podtracer("doctor", "--helper-image", "localhost/none:1", "--helper-pull-policy", "Never", "--helper-namespace", namespace, "--node", "node2")...)
	r.ends(t, 1).prints(t, "failure", "helper on node2", "ErrImageNeverPull")
}

func TestTheDoctorWithoutAPIChecksTheNode(t *testing.T) {
	t.Parallel()
	for subject, f := range leastPrivilege.examined(t, "--runtime-only") {
		if f.State != "ok" || strings.HasPrefix(subject, "right") || subject == "API server" {
			t.Errorf("%s: %+v", subject, f)
		}
	}
}
