//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// detaches starts a detached run in shop/web, and returns its place.
func (l *laptop) detaches(args ...string) string {
	l.t.Helper()
	place := strings.TrimSpace(l.run(append([]string{"--detach"}, args...)...).succeeds(l.t).says(l.t, "goes on without a console", "podtracer attach", "podtracer get", "podtracer stop").stdout)
	if !strings.Contains(place, ":") {
		l.t.Fatalf("no place: %q", place)
	}
	return place
}

// says runs podtracer on the laptop.
func (l *laptop) says(args ...string) result {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	return l.ended(ctx, l.podtracer(ctx, args...))
}

// A run goes on when the podtracer that started it has ended, and another one picks it up with all that it wrote.
func TestADetachedRunOfAnotherNodeIsPickedUpByAnotherPodtracer(t *testing.T) {
	t.Parallel()
	first, second := newLaptop(t, "detached", apiServer(t)), newLaptop(t, "other", apiServer(t))
	place := first.detaches("-t", "2m", "--max-packets", "400", "--", "tcpdump", "-n", "-i", "eth0")
	second.says("ps").succeeds(t).prints(t, place, "node2", "shop/web", "detached, until")
	second.says("clean").says(t, place+" stays")
	second.says("get", place, "early.pcapng").refuses(t, "goes on without a console")

	// Somebody who is killed while they look changes nothing.
	looks := second.podtracer(t.Context(), "attach", place)
	out, err := looks.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := looks.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 24)); err != nil {
		t.Fatal(err)
	}
	_ = looks.Process.Signal(syscall.SIGKILL)
	_ = looks.Wait() // it was killed

	stream := second.says("attach", place).succeeds(t).says(t, "packets captured", "complete: 400 packets").stdout
	got := second.says("get", place, "web.pcap").succeeds(t).says(t, "saved 400 packets", "complete", "is deleted")
	if kept := second.sum("web.pcap"); kept != sumOf(stream) || !strings.Contains(got.stderr, kept) {
		t.Errorf("attach and get brought different packets: %s", kept)
	}
	noHelperOf(t, first.label)
	if onNode(t, 2, "sh", "-c", "pgrep -f 'agent [r]un' || true") != "" && runsOnNode2(t, "tcpdump -n -i eth0 .*") {
		t.Error("something of it runs on")
	}
}

func TestADetachedRunIsStoppedAndItsStatusIsKnown(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "stopped", apiServer(t))
	place := l.detaches("--", "sh", "-c", "echo begun; sleep 98771; echo never")
	until(t, patience, "the tool", func() bool { return runsOnNode2(t, "sleep 98771") })
	l.says("stop", place).succeeds(t).says(t, "has ended: stopped")
	until(t, patience, "the tool to be gone", func() bool { return !runsOnNode2(t, "sleep 98771") })
	l.says("attach", place).succeeds(t).prints(t, "begun")
	l.says("get", strings.TrimSuffix(place, "-1"), "text").succeeds(t).says(t, "is deleted") // the beginning of the ID is enough
	failed := strings.TrimSpace(l.run("--detach", "--", "sh", "-c", "echo trouble >&2; exit 3").succeeds(t).says(t, "exit 3").stdout)
	l.says("attach", failed).ends(t, 3).says(t, "trouble")
	l.says("get", failed).succeeds(t).says(t, "there is no output", "is deleted")
	noHelperOf(t, l.label)
}

// In a debug pod the run goes on beside the person's console, and its output stays there until somebody removes it.
func TestADetachedRunInADebugPodOutlastsTheTerminalThatStartedIt(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "detached")
	l := newLaptop(t, "beside", apiServer(t))
	r := d.exec(t, "podtracer", "run", "--detach", "--pod", "shop/client", "-t", "2m", "--max-packets", "50", "--", "tcpdump", "-n", "-i", "eth0").succeeds(t)
	place := strings.TrimSpace(r.stdout)
	if !strings.HasPrefix(place, debugNamespace+"/"+string(d)+":") {
		t.Fatalf("its place is %q", place)
	}
	l.says("ps").succeeds(t).prints(t, place, "node1", "shop/client")
	l.says("attach", place).succeeds(t).says(t, "packets captured", "complete: 50 packets")
	l.says("get", place, "client.pcapng").succeeds(t).says(t, "saved 50 packets", "complete")
	if out, err := exec.Command("capinfos", "-c", "-M", filepath.Join(l.dir, "client.pcapng")).CombinedOutput(); err != nil || !strings.Contains(string(out), "50") {
		t.Errorf("%v: %s", err, out)
	}
	if listed := l.says("ps").stdout; strings.Contains(listed, place) {
		t.Errorf("it is still listed: %s", listed)
	}
	_, id, _ := strings.Cut(place, ":")
	d.exec(t, "podtracer", "runs", "remove", id).succeeds(t)
	if left := d.exec(t, "sh", "-c", "ls /var/lib/podtracer/sessions /var/lib/podtracer/detached; pgrep -f '[a]gent run' || true").stdout; strings.Contains(left, id[:5]) {
		t.Errorf("left: %s", left)
	}
}

// When the process of a run is killed, its tool ends, and what it wrote comes home as what is left of it.
func TestADetachedRunWhoseProcessIsKilledIsKnownToBeIncomplete(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "slain")
	l := newLaptop(t, "slain", apiServer(t))
	r := d.exec(t, "podtracer", "run", "--detach", "--pod", "shop/client", "--", "tcpdump", "-n", "-i", "eth0", "-s", "98").succeeds(t)
	place := strings.TrimSpace(r.stdout)
	until(t, patience, "the tool", func() bool { return onNode(t, 1, "sh", "-c", "pgrep -f '[t]cpdump .*-s 98' || true") != "" })
	until(t, patience, "packets", func() bool { return hasPackets(t, d) })
	_, id, _ := strings.Cut(place, ":")
	d.exec(t, "sh", "-c", `for p in /proc/[0-9]*; do
		if tr '\0' ' ' <$p/cmdline 2>/dev/null | grep -q 'agent run' && ls -l $p/fd 2>/dev/null | grep -q "detached/$0/words"; then kill -9 ${p#/proc/}; fi
	done`, id).succeeds(t)
	until(t, patience, "the tool to end", func() bool { return onNode(t, 1, "sh", "-c", "pgrep -f '[t]cpdump .*-s 98' || true") == "" })
	l.says("ps").succeeds(t).prints(t, place, "was killed")
	l.says("attach", place).ends(t, 74).says(t, "was killed", "podtracer get") // what had come until then is shown
	l.says("get", place, "slain.pcapng").ends(t, 74).says(t, "INCOMPLETE", "podtracer was killed")
}

func hasPackets(t *testing.T, d debugPod) bool {
	t.Helper()
	return d.exec(t, "sh", "-c", "find /var/lib/podtracer/sessions -name '*.spool' -size +2k").stdout != ""
}

// Its process may ask nobody but the runtime what became of the pod.
func TestADetachedRunEndsWithItsPod(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "leaves", apiServer(t))
	start(t, workload("leaves", func(p *corev1.Pod) { p.Spec.NodeName = "node2" }))
	place := strings.TrimSpace(l.says("run", "--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e="+l.label,
		"--pod", namespace+"/leaves", "--detach", "-t", "10m", "--", "tcpdump", "-n", "-i", "any").succeeds(t).stdout)
	kubectl(t, "delete", "pod", "-n", namespace, "leaves", "--now")
	l.says("attach", place).ends(t, 125).says(t, "the pod is gone: "+namespace+"/leaves was deleted")
	l.says("get", place, "leaves.pcapng").says(t, "the pod is gone", "is deleted")
	noHelperOf(t, l.label)
}

// The kubelet expands variables in a helper's command; what the tool says is not in its output; and nobody passes standard input on.
func TestADetachedCommandIsTheOneThatWasGivenAndNothingOfItIsLost(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "given", apiServer(t))
	place := l.detaches("--", "sh", "-c", `echo "$$ $(NODE_NAME)" '$$ $(HOME)'; echo heard >&2; sleep 3`)
	l.says("attach", place).succeeds(t).says(t, "heard")
	l.says("get", place, "text").succeeds(t).says(t, "heard", "is deleted")
	text, err := os.ReadFile(filepath.Join(l.dir, "text"))
	if err != nil || !regexp.MustCompile(`^\d+ +\$\$ \$\(HOME\)\n$`).Match(text) {
		t.Errorf("%q, %v", text, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	fed := l.running(ctx, "--detach", "--", "cat")
	script, err := os.Open(filepath.Join(l.dir, "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	defer script.Close()
	fed.Stdin = script
	l.ended(ctx, fed).refuses(t, "standard input does not reach")
	l.run("--detach", "--", "no-such-tool").ends(t, 127)
	noHelperOf(t, l.label)
}
