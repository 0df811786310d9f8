//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// installHelpers installs manifests/installed-helpers in a namespace of the test's own, where no other test uses them.
func installHelpers(t *testing.T, name string) (where string) {
	t.Helper()
	where = name + "-" + mark
	create(t, &corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{Name: where, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "privileged"}},
	})
	objects := kubectl(t, "kustomize", "../../manifests/installed-helpers")
	for from, to := range map[string]string{
		"namespace: podtracer\n": "namespace: " + where + "\n", "image: ghcr.io/fennec-project/podtracer:v0.2.0\n": "image: " + helperImage + "\n        imagePullPolicy: Never\n",
	} {
		if !strings.Contains(objects, from) {
			t.Fatalf("there is no %q in %s", from, objects)
		}
		objects = strings.ReplaceAll(objects, from, to)
	}
	commandWithInput(t, strings.NewReader(objects), "kubectl", "apply", "-f", "-").succeeds(t)
	kubectl(t, "rollout", "status", "-n", where, "daemonset/podtracer-helper", "--timeout=60s")
	return where
}

// installedOn is the name of the installed helper on a node.
func installedOn(t *testing.T, where, node string) string {
	t.Helper()
	return kubectl(t, "get", "pods", "-n", where, "--field-selector", "spec.nodeName="+node, "-o", "jsonpath={.items[0].metadata.name}")
}

func podsIn(t *testing.T, where string) string {
	t.Helper()
	return kubectl(t, "get", "pods", "-n", where, "-o", `jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{"\n"}{end}`)
}

func TestAnInstalledHelperIsUsedSharedAndNeverRemoved(t *testing.T) {
	t.Parallel()
	where := installHelpers(t, "installed")
	before, helper := podsIn(t, where), installedOn(t, where, "node2")
	one, other := newLaptop(t, "one", apiServer(t)), newLaptop(t, "other", apiServer(t))
	one.run("--helper-namespace", where, "--", "ip", "-br", "addr").succeeds(t).prints(t, podIP(t, "shop/web"))
	one.run("--helper-namespace", where, "-t", "3s", "-f", "web.pcapng", "--", "tcpdump", "-n", "-i", "eth0").succeeds(t).says(t, "complete")

	// A console that is killed leaves its tool, which the helper stops, and the tool of another console goes on.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lost := one.running(t.Context(), "--helper-namespace", where, "--", "sleep", "98771")
	if err := lost.Start(); err != nil {
		t.Fatal(err)
	}
	stays := other.running(ctx, "--helper-namespace", where, "--", "sleep", "98772")
	if err := stays.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "the tools", func() bool { return runsOnNode2(t, "sleep 98771") && runsOnNode2(t, "sleep 98772") })
	asks := func(args ...string) result {
		return one.ended(t.Context(), one.podtracer(t.Context(), append(args, "--helper-namespace", where)...))
	}
	asks("ps").succeeds(t).prints(t, where+"/"+helper, "sleep 98771", "sleep 98772")
	asks("clean", "--verify").says(t, fmt.Sprintf("%s/%s on node node2 is installed and stays", where, helper))
	_ = lost.Process.Signal(syscall.SIGKILL)
	_ = lost.Wait() // it was killed
	until(t, 2*patience, "the tool that nobody follows to be stopped", func() bool { return !runsOnNode2(t, "sleep 98771") })
	if !runsOnNode2(t, "sleep 98772") {
		t.Error("the tool of another console was stopped with it")
	}
	_ = stays.Process.Signal(syscall.SIGINT)
	if err := stays.Wait(); err != nil {
		t.Error(err)
	}
	asks("clean").says(t, fmt.Sprintf("%s/%s on node node2 is installed and stays", where, helper))
	if after := podsIn(t, where); after != before {
		t.Errorf("there were\n%s\nand now\n%s", before, after)
	}
}

func TestInstalledHelpersNeedNoRightToMakePods(t *testing.T) {
	t.Parallel()
	where := installHelpers(t, "use")
	name := "e2e-" + mark + "-use"
	d := newDebugPod(t, "use")
	create(t,
		&rbacv1.RoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: where},
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "podtracer-installed-helpers"},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "podtracer", Namespace: debugNamespace}},
		})
	d.run(t, "--helper-namespace", where, "--pod", "web", "-n", "shop", "--", "ip", "-br", "addr").succeeds(t).prints(t, podIP(t, "shop/web"))
	kubectl(t, "delete", "daemonset", "-n", where, "podtracer-helper", "--cascade=foreground")
	d.run(t, "--helper-namespace", where, "--pod", "web", "-n", "shop", "--", "true").refuses(t, "not allowed to create pods in namespace "+where)
}
