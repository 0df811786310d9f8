//go:build e2e

package e2e

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestACapabilityThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	for capability, tool := range map[corev1.Capability][]string{
		"SYS_ADMIN":  {"ip", "address"},
		"SYS_PTRACE": {"ip", "address"},
		"NET_RAW":    {"tcpdump", "-i", "eth0", "-c", "1"},
	} {
		t.Run(string(capability), func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "no-"+strings.ToLower(strings.ReplaceAll(string(capability), "_", "-")), without(capability))
			r := d.in(t, "shop/client", tool...).says(t, string(capability), "hint: ")
			if r.code == 0 {
				t.Errorf("it worked%s", r)
			}
			if capability != "NET_RAW" { // without NET_RAW it is tcpdump that fails
				r.refuses(t)
			}
			c := d.openConsole(t, 80, 24)
			c.starts("shop/client", tool[0], strings.Join(tool[1:], " "))
			c.shows("ended: ")
			c.until(glance, "naming it", func(screen string) bool { return strings.Contains(unwrapped(screen), string(capability)) })
			c.press("q")
			c.ends(0)
		})
	}
}

// notRoot is the debug pod of the manifests that has another user.
func notRoot(t *testing.T, name string, changes ...func(*corev1.Pod)) debugPod {
	t.Helper()
	return newDebugPodFrom(t, "../../manifests/debug-pod-nonroot.yaml", name, changes...)
}

func TestWithoutRootTheCapabilitiesOfTheManifestAreEnough(t *testing.T) {
	t.Parallel()
	d := notRoot(t, "not-root")
	d.in(t, "shop/client", "id", "-u").succeeds(t).prints(t, "61017")
	d.in(t, "shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
	d.in(t, "shop/client", "ping", "-c", "1", "127.0.0.1").succeeds(t)
	d.in(t, "shop/hostnet", "true").succeeds(t).says(t, "hostNetwork")
	d.run(t, "--runtime-only", "--pod", "shop/client", "--", "true").succeeds(t)
	d.run(t, "--pod", "shop/client", "-t", "2s", "-f", "/tmp/e2e-"+mark+".pcapng", "--", "tcpdump", "-i", "eth0", quiet).succeeds(t).says(t, "complete")
	for subject, f := range d.examined(t) {
		if f.State != "ok" && subject != "helper" {
			t.Errorf("%s: %+v", subject, f)
		}
	}
	c := d.openConsole(t, 80, 24)
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows(traffic)
	c.press("x")
	c.shows("ended: stopped")
	c.press("q", "y") // the capture is not saved
	c.ends(0)
}

func TestWithoutRootItSaysWhatKeepsACapabilityAway(t *testing.T) {
	t.Parallel()
	d := notRoot(t, "not-root-copy")
	copied := d.exec(t, "sh", "-c", "cp /usr/local/bin/podtracer /tmp/e2e-"+mark+"-copy && /tmp/e2e-"+mark+"-copy run --pod shop/client -- true")
	copied.refuses(t, "CAP_SYS_PTRACE is missing: it is allowed here, but user 61017 gets it only from podtracer's executable", "setcap")
	few := notRoot(t, "not-root-few", without("SYS_ADMIN"))
	few.in(t, "shop/client", "true").refuses(t, "CAP_SYS_ADMIN is missing", "manifests/debug-pod-nonroot.yaml")
}

func TestWithoutSocketAndHostPIDsItSaysSo(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "blind", func(p *corev1.Pod) { p.Spec.HostPID = false })
	d.in(t, "shop/client", "ip", "address").refuses(t, "shop/client", "no socket at", "hostPID: true")
	c := d.openConsole(t, 80, 24)
	c.starts("shop/client", "ip", "address")
	c.until(glance, "saying what to do", func(screen string) bool { return strings.Contains(unwrapped(screen), "hostPID: true") })
	c.press("q")
	c.ends(0)
}

// account creates a service account that may read pods in the given namespaces only, as manifests/rbac.yaml describes.
func account(t *testing.T, name string, namespaces ...string) func(*corev1.Pod) {
	t.Helper()
	name = "e2e-" + mark + "-" + name
	create(t, &corev1.ServiceAccount{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: debugNamespace},
	})
	for _, in := range namespaces {
		create(t, &rbacv1.RoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: in},
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "podtracer"},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: debugNamespace}},
		})
	}
	return func(p *corev1.Pod) { p.Spec.ServiceAccountName = name }
}

func TestWithRightsInOneNamespaceItWorksThereAndSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "narrow", account(t, "narrow", "shop"))
	d.in(t, "shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
	d.in(t, "podtracer/debug-pod", "true").refuses(t, "not allowed to get pods in namespace podtracer")
	c := d.openConsole(t, 80, 24, "-n", "shop")
	c.shows("only namespace shop", "list pods", "pods in shop", "client", "web")
	create(t, workload("unseen"))
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows(traffic)
	c.press("x")
	c.shows("ended: stopped")
	c.press("q", "y") // the capture is not saved
	c.ends(0)
}

func TestWithoutAnyRightItNamesTheOneThatIsMissing(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "forbidden", account(t, "forbidden"))
	d.in(t, "shop/client", "true").refuses(t, "not allowed to get pods in namespace shop")
	c := console{d.openTerminal(t, 80, 24, "podtracer", "-n", "shop")}
	c.shows("not live", "not allowed to list and watch pods in namespace shop", "hint:")
	c.press("q")
	c.ends(0)
}

func TestARightThatIsGivenLaterIsSeenWithoutAKey(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "late", account(t, "late"))
	c := console{d.openTerminal(t, 80, 24, "podtracer", "-n", "shop")}
	c.shows("not live")
	create(t, &rbacv1.RoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
		ObjectMeta: metav1.ObjectMeta{Name: "e2e-" + mark + "-later", Namespace: "shop"},
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "podtracer"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "e2e-" + mark + "-late", Namespace: debugNamespace}},
	})
	c.shows("● live", "client")
	c.press("q")
	c.ends(0)
}
