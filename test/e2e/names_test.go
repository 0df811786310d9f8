//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// copyOut copies a file out of the debug pod, as a person does with kubectl, and returns its path on this machine.
func (d debugPod) copyOut(t *testing.T, path string) string {
	t.Helper()
	here := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(here, []byte(d.exec(t, "cat", path).succeeds(t).stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	return here
}

// tshark reads a capture on this machine without looking up names: the names that it shows are in the file.
func tshark(t *testing.T, file string, args ...string) result {
	t.Helper()
	return command(t, append([]string{"tshark", "-n", "-N", "n", "-r", file}, args...)...).succeeds(t)
}

// showsWhoTalks checks that tshark shows a request to the Service and a ping to the pod behind it by name, and no addresses.
func showsWhoTalks(t *testing.T, file string) {
	t.Helper()
	r := tshark(t, file).prints(t, "client.shop → web.shop.svc", "web.shop.svc → client.shop", "client.shop → web.shop ", "web.shop → client.shop")
	for _, address := range []string{podIP(t, "shop/client"), podIP(t, "shop/web"), "10.96.0.80"} {
		if strings.Contains(r.stdout, address+" ") {
			t.Errorf("%s has no name%s", address, r)
		}
	}
}

// pingsTheBackend sends a few packets from shop/client straight to the pod behind the Service.
func pingsTheBackend(t *testing.T) {
	t.Helper()
	leastPrivilege.in(t, "shop/client", "ping", "-c", "3", "-i", "0.2", podIP(t, "shop/web")).succeeds(t)
}

const talk = "tcp port 80 or icmp"

func TestTsharkShowsTheNamesOfBothPodsAndTheServiceInACaptureFromAScript(t *testing.T) {
	t.Parallel()
	path := "/tmp/e2e-" + mark + "-names.pcapng"
	ended := make(chan result, 1)
	go func() {
		ended <- leastPrivilege.run(t, "--pod", "client", "-n", "shop", "-t", "5s", "-f", path, "--", "tcpdump", "-i", "eth0", talk)
	}()
	time.Sleep(2 * time.Second)
	pingsTheBackend(t)
	(<-ended).succeeds(t).says(t, "saved ", "complete")
	showsWhoTalks(t, leastPrivilege.copyOut(t, path))
}

func TestTsharkShowsTheNamesOfBothPodsAndTheServiceInACaptureFromTheConsole(t *testing.T) {
	t.Parallel()
	path := "/tmp/e2e-" + mark + "-names-console.pcapng"
	c := leastPrivilege.openConsole(t, 160, 45)
	c.starts("shop/client", "tcpdump", "-i eth0 -n "+talk)
	c.shows(traffic)
	pingsTheBackend(t)
	c.shows("client.shop > web.shop: ICMP echo request")
	c.press("x")
	c.shows("ended: stopped, complete")
	c.saves(path)
	c.press("q")
	c.ends(0)
	showsWhoTalks(t, leastPrivilege.copyOut(t, path))
}

// The name of a pod is still known if the pod is gone when the capture is saved.
func TestAPodThatIsGoneWhenACaptureIsSavedKeepsItsName(t *testing.T) {
	t.Parallel()
	start(t, workload("passing"))
	address := podIP(t, namespace+"/passing")
	c := leastPrivilege.openConsole(t, 120, 30)
	c.starts("shop/client", "tcpdump", "-i eth0 -n icmp and host "+address)
	leastPrivilege.in(t, "shop/client", "ping", "-c", "2", address).succeeds(t)
	c.shows("client.shop > passing." + namespace + ": ICMP echo request")
	kubectl(t, "delete", "pod", "-n", namespace, "passing", "--now")
	path := "/tmp/e2e-" + mark + "-passing.pcapng"
	c.saves(path)
	c.shows("passing." + namespace)
	c.press("q", "y")
	c.ends(0)
	tshark(t, leastPrivilege.copyOut(t, path)).prints(t, "client.shop → passing."+namespace)
}

func TestACyclesBetweenNamesAddressesAndBoth(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 160, 45)
	c.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
	c.shows("IP client.shop.", " > web.shop.svc.80: ", "── names · following")
	c.press("a")
	c.shows(podIP(t, "shop/client")+"(client.shop).", " > 10.96.0.80(web.shop.svc).80: ", "── addresses and names · following")
	c.press("a")
	c.shows("IP "+podIP(t, "shop/client")+".", " > 10.96.0.80.80: ", "── addresses · following")
	c.hidesWithin(glance, "client.shop")
	c.press("a")
	c.shows("IP client.shop.", "── names · following")
	c.press("q", "y")
	c.ends(0)

	// Output that is not a capture first shows both, and is saved as it was written.
	c = leastPrivilege.openConsole(t, 160, 45)
	c.starts("shop/client", "ping", "-c 2 10.96.0.80")
	c.shows("PING 10.96.0.80(web.shop.svc)")
	path := "/tmp/e2e-" + mark + "-ping.txt"
	c.saves(path)
	c.press("q", "y")
	if text := leastPrivilege.exec(t, "cat", path).succeeds(t).stdout; !strings.Contains(text, "PING 10.96.0.80 ") || strings.Contains(text, "web.shop") {
		t.Errorf("saved as %q", text)
	}
}

// The right to see services is optional: captures work without it, and say what is missing.
func TestWithoutTheRightToSeeServicesTheirAddressesStayAndThatIsSaid(t *testing.T) {
	t.Parallel()
	role := "e2e-" + mark + "-podsonly"
	create(t, &rbacv1.Role{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"},
		ObjectMeta: metav1.ObjectMeta{Name: role, Namespace: "shop"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch"}}},
	})
	d := newDebugPod(t, "podsonly", account(t, "podsonly"), func(p *corev1.Pod) {
		create(t, &rbacv1.RoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: role, Namespace: "shop"},
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: p.Spec.ServiceAccountName, Namespace: debugNamespace}},
		})
	})
	c := d.openConsole(t, 120, 30, "-n", "shop")
	c.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
	c.shows("client.shop.", rawTraffic)
	c.press("a")
	c.shows("some names are missing: ", "not allowed to list", "services")
	c.press("q", "y")
	c.ends(0)
	d.run(t, "--pod", "client", "-n", "shop", "-t", "3s", "-f", "/tmp/x.pcapng", "--", "tcpdump", "-i", "eth0", "tcp", "port", "80").
		succeeds(t).says(t, "saved ", "complete")
	here := d.copyOut(t, "/tmp/x.pcapng")
	tshark(t, here).prints(t, "client.shop → 10.96.0.80")
	command(t, "capinfos", here).succeeds(t).prints(t, "some names are missing: ", "services")
}
