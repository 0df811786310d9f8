//go:build e2e && unix

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
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Something goes both ways on a connection to a helper at least every 10 s: the beats, and client-go's pings as far as the API server.
func TestAProxyThatCutsIdleStreamsCutsNoneOfAHelper(t *testing.T) {
	t.Parallel()
	const idle, lasts = 20 * time.Second, 60 * time.Second
	g := newGateway(t, "", nil, idle)
	l := g.newLaptop(t, "idle")
	start(t, workload("silent", func(p *corev1.Pod) { p.Spec.NodeName = "node2" }))
	pod := namespace + "/silent"
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	ended := make(chan result, 2)
	for _, args := range [][]string{
		{"--", "sleep", "60"}, // of which nothing comes
		{"-t", lasts.String(), "-f", "silent.pcapng", "--", "tcpdump", "-i", "eth0", "-n"},
	} {
		go func() { // ends with ctx
			ended <- l.ended(ctx, l.podtracer(ctx, append([]string{
				"run", "--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e=" + l.label, "--pod", pod,
			}, args...)...))
		}()
	}
	c := l.openConsole(120, 30)
	c.starts(pod, "any command", "sleep 60")
	c.shows("── running")
	for range 2 {
		if r := (<-ended).succeeds(t); strings.Contains(r.stderr, "connecting") {
			t.Errorf("a connection broke%s", r)
		}
	}
	c.showsWithin(2*glance, "ended: exit 0")
	c.press("Escape")
	c.shows("● live")
	c.press("q")
	c.ends(0)
	if n := g.cuts.Load(); n != 0 || g.spdy.Load() != 3 {
		t.Errorf("%d of %d connections to helpers were cut", n, g.spdy.Load())
	}
	if out, err := exec.Command("capinfos", "-c", filepath.Join(l.dir, "silent.pcapng")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	noHelperOf(t, l.label)
}

// asleep stops a podtracer like a laptop that is closed, and meanwhile lets whatever is on the way forget its connections.
func asleep(t *testing.T, c *exec.Cmd, way *proxy, lasts time.Duration) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	way.forget()
	time.Sleep(lasts)
	if err := c.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

func TestACaptureOutlastsALaptopThatIsAsleep(t *testing.T) {
	t.Parallel()
	way := newProxy(t)
	l := newLaptop(t, "asleep", way.address)
	w := newWitness(t, 2, "shop/web")
	run := l.running(t.Context(), "--helper-idle", "5m", "-f", "asleep.pcapng", "--", "tcpdump", "-i", "eth0", "-n")
	said := &safeText{}
	run.Stderr = said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "packets", func() bool { return l.spooled() > 4000 })
	defer func() { t.Log(said.String()) }()
	asleep(t, run, way, 75*time.Second)
	before := l.spooled()
	until(t, patience, "the run to dial again", func() bool { return strings.Contains(said.String(), "reconnecting, node node2 keeps recording") })
	until(t, patience, "more packets", func() bool { return l.spooled() > before+4000 })
	_ = run.Process.Signal(os.Interrupt)
	if err := run.Wait(); err != nil || !strings.Contains(said.String(), "complete") || !regexp.MustCompile(`node2 is reached again after 1m\d+s: `).MatchString(said.String()) {
		t.Errorf("%v: %s", err, said.String())
	}
	w.confirms(filepath.Join(l.dir, "asleep.pcapng"))
	noHelperOf(t, l.label)
}

// A laptop that sleeps for longer than its helper waits finds what was captured until then, and reads that the rest is missing.
func TestACaptureThatItsHelperEndedWhileTheLaptopWasAsleepIsKnownToBeIncomplete(t *testing.T) {
	t.Parallel()
	way := newProxy(t)
	l := newLaptop(t, "overslept", way.address)
	run := l.running(t.Context(), "--helper-idle", "3s", "-f", "overslept.pcapng", "--", "tcpdump", "-i", "eth0", "-n", "-s", "99")
	said := &safeText{}
	run.Stderr = said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "packets", func() bool { return l.spooled() > 4000 })
	if err := run.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	way.forget()
	until(t, patience, "the helper to stop the tool", func() bool { return !runsOnNode2(t, "tcpdump -i eth0 -n -s 99.*") })
	_ = run.Process.Signal(syscall.SIGCONT)
	defer func() { t.Log(said.String()) }()
	if err := run.Wait(); run.ProcessState.ExitCode() != 74 || !strings.Contains(said.String(), "nobody followed it") {
		t.Errorf("%v: %s", err, said.String())
	}
	if n := len(packetsOf(t, filepath.Join(l.dir, "overslept.pcapng"))); n < 20 {
		t.Errorf("%d packets are kept", n)
	}
	noHelperOf(t, l.label)
}

// tcpdump is only told to stop when it can be asked how far it is.
func TestACaptureThatIsStoppedWhileItIsOutOfReachIsComplete(t *testing.T) {
	t.Parallel()
	way := newProxy(t)
	l := newLaptop(t, "stopaway", way.address)
	w := newWitness(t, 2, "shop/web")
	run := l.running(t.Context(), "-f", "stopped.pcapng", "--", "tcpdump", "-i", "eth0", "-n")
	said := &safeText{}
	run.Stderr = said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "packets", func() bool { return l.spooled() > 4000 })
	way.cut()
	until(t, patience, "the run to notice", func() bool { return strings.Contains(said.String(), "reconnecting") })
	_ = run.Process.Signal(os.Interrupt)
	time.Sleep(3 * time.Second) // longer than a tool is given to say how far it is
	way.mend()
	if err := run.Wait(); err != nil || !strings.Contains(said.String(), "complete") {
		t.Errorf("%v: %s", err, said.String())
	}
	w.confirms(filepath.Join(l.dir, "stopped.pcapng"))
	noHelperOf(t, l.label)
}
