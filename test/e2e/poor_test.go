//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// poorUser is somebody with few rights: podtracer as root on node1, and a kubeconfig that kubectl has made.
type poorUser struct {
	t            *testing.T
	binary, name string
	config       string
}

// newPoorUser creates a service account and its kubeconfig, which names namespace shop. rules are given in all namespaces.
func newPoorUser(t *testing.T, name string, rules ...rbacv1.PolicyRule) poorUser {
	t.Helper()
	binary, err := built()
	if err == nil {
		binary, err = filepath.Abs(binary)
	}
	if err != nil {
		t.Fatal(err)
	}
	u := poorUser{t, binary, "e2e-" + mark + "-" + name, filepath.Join(t.TempDir(), "kubeconfig")}
	account(t, name)
	if len(rules) > 0 {
		create(t, &rbacv1.ClusterRole{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"},
			ObjectMeta: metav1.ObjectMeta{Name: u.name}, Rules: rules,
		}, &rbacv1.ClusterRoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: u.name},
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: u.name},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: u.name, Namespace: debugNamespace}},
		})
	}
	token := kubectl(t, "create", "token", u.name, "-n", debugNamespace)
	authority := filepath.Join(filepath.Dir(u.config), "ca.crt")
	encoded := kubectl(t, "config", "view", "--raw", "--flatten", "-o", "jsonpath={.clusters[0].cluster.certificate-authority-data}")
	if out, err := exec.Command("bash", "-c", `base64 -d <<<"$0" >"$1"`, encoded, authority).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, args := range [][]string{
		{"set-cluster", "e2e", "--server=https://" + apiServer(t), "--certificate-authority=" + authority, "--embed-certs"},
		{"set-credentials", "e2e", "--token=" + token},
		{"set-context", "e2e", "--cluster=e2e", "--user=e2e", "--namespace=shop"},
		{"use-context", "e2e"},
	} {
		kubectl(t, append([]string{"--kubeconfig", u.config, "config"}, args...)...)
	}
	return u
}

// podtracer is the command line of podtracer on node1.
func (u poorUser) podtracer(args ...string) []string {
	return onNode1(filepath.Dir(u.config), append([]string{"KUBECONFIG=" + u.config, u.binary}, args...)...)
}

// onNode1 is a command line, which begins with variables, as root on node1 outside all pods.
func onNode1(dir string, words ...string) []string {
	return append([]string{
		filepath.Join(clusterScripts, "node-exec.sh"), "1", "env", "NODE_NAME=node1", "PODTRACER_DATA_DIR=" + filepath.Join(dir, "data"), "TERM=xterm-256color",
	}, words...)
}

func (u poorUser) openConsole(args ...string) console {
	u.t.Helper()
	return console{openTerminal(u.t, 120, 60, u.podtracer(args...)...)}
}

func (u poorUser) run(pod string, argv ...string) result {
	u.t.Helper()
	return command(u.t, u.podtracer(append([]string{"run", "--pod", pod, "--"}, argv...)...)...)
}

func rule(verbs string, resources ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{""}, Resources: resources, Verbs: strings.Split(verbs, ",")}
}

func TestWithPodsButNoNamespacesServicesOrNodesAllPodsAreLiveAndTheRestIsNamed(t *testing.T) {
	t.Parallel()
	u := newPoorUser(t, "pods-only", rule("get,list,watch", "pods"))
	u.run("shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
	c := u.openConsole("-n", "")
	c.shows("● live", "missing rights: list and watch namespaces; list and watch services (? says more)", "shop/web", "podtracer/debug-pod")
	start(t, workload("pods-only"))
	c.shows("pods-only")
	c.press("?")
	c.until(glance, "the commands that give them", func(screen string) bool {
		return strings.Contains(unboxed(screen), "kubectl create clusterrole podtracer-list-watch-services-podtracer-"+u.name+" --verb=list,watch --resource=services && "+
			"kubectl create clusterrolebinding podtracer-list-watch-services-podtracer-"+u.name)
	})
	c.press("x", "q")
	c.ends(0)
}

// unboxed is the text in the box on a screen, in one line.
func unboxed(screen string) string { return unwrapped(strings.ReplaceAll(screen, "│", " ")) }

func TestWithTheRightToGetPodsOnlyRunWorksAndTheConsoleNamesTheRightToList(t *testing.T) {
	t.Parallel()
	u := newPoorUser(t, "get-only", rule("get", "pods"))
	u.run("shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
	u.run("client", "true").succeeds(t)
	c := u.openConsole()
	c.shows("not live", "not allowed to list and watch pods in namespace shop", "no pods: it is not allowed to list them", "podtracer run --pod")
	const give = "kubectl create role podtracer-list-watch-pods-"
	c.until(glance, "the commands that give it", func(screen string) bool { return strings.Contains(unwrapped(screen), give) })

	// The commands do what they are there for.
	_, commands, _ := strings.Cut(unwrapped(c.screen()), "with: ")
	commands, _, _ = strings.Cut(commands, ";")
	t.Cleanup(func() {
		_ = exec.Command("kubectl", "delete", "-n", "shop", "role/podtracer-list-watch-pods-podtracer-"+u.name, "rolebinding/podtracer-list-watch-pods-podtracer-"+u.name).Run()
	})
	if out, err := exec.Command("bash", "-c", commands).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", commands, err, out)
	}
	c.shows("● live", "shop/client")
	c.press("q")
	c.ends(0)
}

func TestWithTheRightToListButNotToWatchTheListIsReadAgainAndAgain(t *testing.T) {
	t.Parallel()
	u := newPoorUser(t, "no-watch", rule("get,list", "pods"))
	u.run("shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
	c := u.openConsole()
	c.shows("○ listed every few seconds", "missing rights: ", "watch pods", "shop/web", "shop/client")
	start(t, workload("came-later"))
	c.filters("came-later")
	c.shows("▸ " + namespace + "/came-later")
	kubectl(t, "delete", "pod", "-n", namespace, "came-later", "--now")
	c.hidesWithin(2*glance, "▸ "+namespace+"/came-later")
	c.press("Escape")
	c.starts("shop/client", "ping", "-c 2 127.0.0.1")
	c.shows("2 packets transmitted")
	c.press("q")
	c.ends(0)
}

func TestWithTheRightToWatchButNotToListPodsAreLive(t *testing.T) {
	t.Parallel()
	u := newPoorUser(t, "no-list", rule("get,watch", "pods"))
	c := u.openConsole()
	c.shows("● live", "only namespace shop", "shop/client", "shop/web")
	c.press("q")
	c.ends(0)
}

func TestWithRightsInOneNamespaceOnlyTheLaptopShowsIt(t *testing.T) {
	t.Parallel()
	u := newPoorUser(t, "one-namespace")
	create(t, &rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
		ObjectMeta: metav1.ObjectMeta{Name: u.name, Namespace: "shop"},
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "podtracer"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: u.name, Namespace: debugNamespace}},
	})
	u.run("client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
	u.run("podtracer/debug-pod", "true").refuses(t, "not allowed to get pods in namespace podtracer",
		"kubectl create role podtracer-get-pods-podtracer-"+u.name+" -n podtracer --verb=get --resource=pods && kubectl create rolebinding ")
	c := u.openConsole()
	c.shows("● live", "only namespace shop: no right to list pods in all namespaces", "shop/web")
	c.press("?")
	c.until(glance, "the commands that give more", func(screen string) bool {
		return strings.Contains(unboxed(screen), "kubectl create clusterrole podtracer-list-pods-podtracer-"+u.name+" --verb=list --resource=pods && ")
	})
	c.press("x", "q")
	c.ends(0)
}
