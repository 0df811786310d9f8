//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const helperImage = "localhost/podtracer:test"

// accounts counts those that may make helpers.
var accounts atomic.Int64

// mayMakeHelpers gives a debug pod an account with the rights of manifests/rbac.yaml and of manifests/helpers.
func mayMakeHelpers(t *testing.T) func(*corev1.Pod) {
	t.Helper()
	rights, err := os.ReadFile("../../manifests/helpers/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	role, _, _ := strings.Cut(string(rights), "\n---\n") // not the binding, which is to an account that other tests use
	commandWithInput(t, strings.NewReader(role), "kubectl", "apply", "-f", "-").succeeds(t)
	name := fmt.Sprintf("e2e-%s-helpers-%d", mark, accounts.Add(1))
	create(t,
		&corev1.ServiceAccount{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: debugNamespace},
		},
		&rbacv1.ClusterRoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: name},
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "podtracer"},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: debugNamespace}},
		},
		&rbacv1.RoleBinding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: debugNamespace},
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "podtracer-helpers"},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: debugNamespace}},
		})
	return func(p *corev1.Pod) { p.Spec.ServiceAccountName = name }
}

func TestAPodOfAnotherNodeIsReachedThroughAHelperThatIsGoneAfterwards(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "far", mayMakeHelpers(t))
	d.in(t, "shop/web", "ip", "-br", "addr").succeeds(t).prints(t, podIP(t, "shop/web")).says(t, "helper", "helper on node2")
	d.in(t, "shop/web", "sh", "-c", "exit 7").ends(t, 7)
	d.in(t, "shop/web", "no-such-tool").ends(t, 127)
	r := d.run(t, "--pod", "web", "-n", "shop", "--max-packets", "4", "-f", "/tmp/e2e-"+mark+"-far.pcapng", "--", "tcpdump", "-n", "-i", "eth0")
	r.succeeds(t).says(t, "complete")
	noHelperOf(t, string(d))

	// In the console, a pod of another node is like one of this node, and its helper goes with the console.
	c := d.openConsole(t, 120, 35)
	c.starts("shop/web", "ping", "-n -c 3 127.0.0.1")
	c.shows("3 received", "exit 0")
	c.press("q")
	c.ends(0)
	noHelperOf(t, string(d))
}

// noHelperOf waits until no helper is left that belongs to a debug pod, or to nobody ("").
func noHelperOf(t *testing.T, owner string) {
	t.Helper()
	until(t, patience, "the helpers to be gone", func() bool { return len(helpersOf(t, owner)) == 0 })
}

func helpersOf(t *testing.T, owner string) []string {
	t.Helper()
	lines := kubectl(t, "get", "pods", "-n", debugNamespace, "-l", "app.kubernetes.io/component=helper",
		"-o", `jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.e2e}{.metadata.ownerReferences[0].name}{"\n"}{end}`)
	var found []string
	for line := range strings.Lines(lines) {
		if name, whose, _ := strings.Cut(strings.TrimSpace(line), " "); whose == owner {
			found = append(found, name)
		}
	}
	return found
}

// until waits for what a test expects.
func until(t *testing.T, most time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(most); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s for %s", most, what)
		}
	}
}

// built is podtracer for this machine.
var built = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("make", "-C", "../..", "build").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("make build: %w: %s", err, out)
	}
	return "../../bin/podtracer", err
})

// laptop is a machine outside of the cluster: podtracer and a kubeconfig, a user without any right on the node.
type laptop struct {
	t           *testing.T
	binary, dir string
	label       string // of its helpers
}

func newLaptop(t *testing.T, label, server string) *laptop {
	t.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "e2e-laptop-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l := &laptop{t: t, binary: filepath.Join(dir, "podtracer"), dir: dir, label: label + "-" + mark}
	binary, err := built()
	if err == nil {
		err = exec.Command("cp", binary, l.binary).Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	flat := kubectl(t, "config", "view", "--raw", "--flatten") // with the certificates in it
	if err := os.WriteFile(filepath.Join(dir, "kubeconfig"), []byte(strings.ReplaceAll(flat, apiServer(t), server)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "-R", "65534:65534", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return l
}

// podtracer is one there that may not do anything on this machine.
func (l *laptop) podtracer(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "setpriv", append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
		"--no-new-privs", l.binary}, args...)...)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + l.dir, "KUBECONFIG=" + filepath.Join(l.dir, "kubeconfig")}
	c.Dir = l.dir
	return c
}

// running is a run of a tool in shop/web.
func (l *laptop) running(ctx context.Context, args ...string) *exec.Cmd {
	return l.podtracer(ctx, append([]string{
		"run", "--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e=" + l.label, "--pod", "shop/web",
	}, args...)...)
}

func (l *laptop) run(args ...string) result {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	return l.ended(ctx, l.running(ctx, args...))
}

func (l *laptop) ended(ctx context.Context, c *exec.Cmd) result {
	l.t.Helper()
	var out, said strings.Builder
	c.Stdout, c.Stderr = &out, &said
	_ = c.Run() // its status is looked at
	if ctx.Err() != nil {
		l.t.Fatalf("%v: %v: %s", c.Args, ctx.Err(), said.String())
	}
	return result{command: strings.Join(c.Args, " "), stdout: out.String(), stderr: said.String(), code: c.ProcessState.ExitCode()}
}

func TestFromALaptopAnyPodIsReachedWithAKubeconfigAlone(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "laptop", apiServer(t))
	l.run("--", "ip", "-br", "addr").succeeds(t).prints(t, podIP(t, "shop/web"))
	l.run("--", "sh", "-c", "exit 7").ends(t, 7)
	l.run("-t", "3s", "-f", "web.pcapng", "--", "tcpdump", "-n", "-i", "eth0").succeeds(t).says(t, "complete")
	if out, err := exec.Command("capinfos", "-c", filepath.Join(l.dir, "web.pcapng")).CombinedOutput(); err != nil || !strings.Contains(string(out), "Number of packets") {
		t.Errorf("%v: %s", err, out)
	}
	noHelperOf(t, l.label)
}

// Whatever happens to the connection, what arrives is what the tool wrote there.
func TestAConnectionThatIsCutThreeTimesLosesNothing(t *testing.T) {
	t.Parallel()
	way := newProxy(t)
	l := newLaptop(t, "cut", way.address)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const chunks, chunk = 40, 500_000
	c := l.running(ctx, "--", "sh", "-c",
		fmt.Sprintf("i=0; while [ $i -lt %d ]; do head -c %d /dev/zero | tr '\\0' \"$((i %% 10))\"; i=$((i+1)); sleep 0.1; done", chunks, chunk))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	got, want := sha256.New(), sha256.New()
	for range 3 {
		if _, err := io.CopyN(got, out, 4_000_000); err != nil {
			t.Fatalf("%v: %s", err, said.String())
		}
		way.cut()
		way.mend()
	}
	if _, err := io.Copy(got, out); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil || !strings.Contains(said.String(), "reconnecting, node node2 keeps recording") {
		t.Errorf("%v: %s", err, said.String())
	}
	for i := range chunks {
		want.Write([]byte(strings.Repeat(fmt.Sprint(i%10), chunk)))
	}
	if string(got.Sum(nil)) != string(want.Sum(nil)) {
		t.Error("something else arrived")
	}
}

func TestAHelperThatSomebodyDeletesEndsItsRunAndThatIsSaid(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "deleted", apiServer(t))
	ended := make(chan result, 1)
	go func() { ended <- l.run("--", "sleep", "98761") }() // ends when the helper is gone
	until(t, patience, "a helper", func() bool { return len(helpersOf(t, l.label)) == 1 })
	helper := helpersOf(t, l.label)[0]
	kubectl(t, "wait", "-n", debugNamespace, "--for=condition=Ready", "pod/"+helper, "--timeout=60s")
	until(t, patience, "the tool", func() bool { return runsOnNode2(t, "sleep 98761") })
	kubectl(t, "delete", "pod", "-n", debugNamespace, helper, "--now")
	(<-ended).ends(t, 74).says(t, "the helper", "hint: ") // is gone, or has stopped the tool at its end
}

// runsOnNode2 says whether a command runs there, looked for from outside of all pods.
func runsOnNode2(t *testing.T, commandLine string) bool {
	t.Helper()
	return onNode(t, 2, "sh", "-c", "pgrep -fx '"+commandLine+"' || true") != ""
}

// A podtracer that is killed cannot remove its helper: that notices it, stops the tool and ends.
func TestAHelperWhosePodtracerIsKilledStopsItsToolAndEnds(t *testing.T) {
	t.Parallel()
	const idle = "3s"
	for name, begin := range map[string]func(l *laptop, seconds string) (kill func()){
		"a run": func(l *laptop, seconds string) func() {
			c := l.running(l.t.Context(), "--helper-idle", idle, "--", "sleep", seconds)
			if err := c.Start(); err != nil {
				l.t.Fatal(err)
			}
			return func() {
				_ = c.Process.Signal(syscall.SIGKILL)
				_ = c.Wait() // it was killed
			}
		},
		"a console": func(l *laptop, seconds string) func() {
			c := l.openConsole(120, 30, "--helper-idle", idle)
			c.starts("shop/web", "any command", "sleep "+seconds)
			return func() {
				command(l.t, "kill", "-KILL", c.pid()).succeeds(l.t)
				c.shows("it ended with 137")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaptop(t, "killed"+itoa(len(name)), apiServer(t))
			seconds := "9876" + itoa(len(name))
			kill := begin(l, seconds)
			until(t, patience, "the tool", func() bool { return runsOnNode2(t, "sleep "+seconds) })
			helper := helpersOf(t, l.label)[0]
			kill()
			kubectl(t, "wait", "-n", debugNamespace, "--for=jsonpath={.status.phase}=Succeeded", "pod/"+helper, "--timeout=60s")
			if runsOnNode2(t, "sleep "+seconds) {
				t.Error("the tool runs on")
			}
			kubectl(t, "delete", "pod", "-n", debugNamespace, helper, "--now")
		})
	}
}

// Not in parallel: clean would also delete what other tests have left on purpose.
func TestHelpersAreListedWithWhatRunsThereAndOnlyThoseThatNobodyUsesAreDeleted(t *testing.T) {
	l := newLaptop(t, "listed", apiServer(t))
	c := l.running(t.Context(), "--helper-idle", "10s", "--", "sleep", "98763")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "the tool", func() bool { return runsOnNode2(t, "sleep 98763") })
	helper := helpersOf(t, l.label)[0]
	says := func(args ...string) result { return l.ended(t.Context(), l.podtracer(t.Context(), args...)) }
	says("ps").succeeds(t).prints(t, helper, "node2", "shop/web", "sleep 98763")
	says("ps", "-o", "json").succeeds(t).prints(t, `"name": "`+helper+`"`, `"sleep",`)
	says("clean").says(t, helper+" on node node2 is in use and stays")

	_ = c.Process.Signal(syscall.SIGKILL)
	_ = c.Wait() // it was killed
	until(t, patience, "the console to be lost", func() bool {
		r := says("clean") // it may be dialling again, so nothing is deleted
		return r.code == 0 && strings.Contains(r.stderr, helper+" on node node2 stays: sleep 98763 in shop/web runs on without its podtracer, and is stopped at")
	})
	says("clean", "--verify").ends(t, 1)
	until(t, patience, "the helper to end", func() bool {
		r := says("clean", "--verify")
		return r.code == 1 && strings.Contains(r.stderr, helper+" on node node2 is left")
	})
	says("clean").succeeds(t).says(t, helper+" on node node2 is deleted")
	noHelperOf(t, l.label)
	if runsOnNode2(t, "sleep 98763") {
		t.Error("the tool runs on")
	}
}

// What a podtracer had not fetched when it was killed is told for as long as it is there, can be fetched, and is deleted with its helper only by
// its name. Not in parallel: clean would also delete what other tests have left on purpose.
func TestWhatAKilledPodtracerHasNotFetchedIsToldAndComesHome(t *testing.T) {
	l := newLaptop(t, "unfetched", apiServer(t))
	says := func(args ...string) result { return l.ended(t.Context(), l.podtracer(t.Context(), args...)) }
	killed := func(seconds string) (helper, place string) {
		c := l.running(t.Context(), "--helper-idle", "3s", "--", "sh", "-c", "echo kept; exec sleep "+seconds)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, patience, "the tool", func() bool { return runsOnNode2(t, "sleep "+seconds) })
		helper = helpersOf(t, l.label)[0]
		_ = c.Process.Signal(syscall.SIGKILL)
		_ = c.Wait() // it was killed
		says("clean", "--verify").ends(t, 1)
		until(t, patience, "its output to be left", func() bool {
			found := regexp.MustCompile(`podtracer get (\S+` + helper + `:\S+) \[FILE\]`).FindStringSubmatch(says("clean", "--verify").stderr)
			if found != nil {
				place = found[1]
			}
			return found != nil
		})
		return helper, place
	}
	helper, place := killed("98764")
	says("ps").succeeds(t).prints(t, place, "lost, keeps 5 B until").says(t, "podtracer get "+place)
	says("clean").succeeds(t).says(t, helper+" on node node2 stays", "5 B that nobody has fetched", "podtracer clean --discard "+debugNamespace+"/"+helper)
	says("get", place, "kept.txt").says(t, "INCOMPLETE", helper+" is deleted")
	if text, err := os.ReadFile(filepath.Join(l.dir, "kept.txt")); err != nil || string(text) != "kept\n" {
		t.Errorf("%q, %v", text, err)
	}
	noHelperOf(t, l.label)

	helper, _ = killed("98765")
	says("clean", "--discard", debugNamespace+"/"+helper).succeeds(t).says(t, helper+" on node node2 is deleted")
	noHelperOf(t, l.label)
}

func TestWithoutTheRightsForHelpersItSaysHowToGetThem(t *testing.T) {
	t.Parallel()
	leastPrivilege.in(t, "shop/web", "true").refuses(t, "runs on node node2, podtracer on node1", "not allowed to create pods in namespace podtracer",
		"kubectl apply -k manifests/helpers")
}

func TestShellsCompleteWhatTheClusterHas(t *testing.T) {
	t.Parallel()
	leastPrivilege.exec(t, "podtracer", "__complete", "run", "-n", "shop", "--pod", "cl").succeeds(t).prints(t, "client")
	if r := leastPrivilege.exec(t, "podtracer", "__complete", "run", "-n", "shop", "--pod", "").prints(t, "client"); strings.Contains(r.stdout, "done") || strings.Contains(r.stdout, "pending") {
		t.Errorf("pods are offered in which no tool can be run:%s", r)
	}
	leastPrivilege.exec(t, "podtracer", "__complete", "run", "--pod", "shop/w").succeeds(t).prints(t, "shop/web")
	leastPrivilege.exec(t, "podtracer", "__complete", "-n", "sh").succeeds(t).prints(t, "shop")
	leastPrivilege.exec(t, "podtracer", "__complete", "doctor", "--node", "").succeeds(t).prints(t, "node1", "node2") // those of the pods
}
