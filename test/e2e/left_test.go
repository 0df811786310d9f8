//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// startsRun starts podtracer run in the debug pod without waiting for it. It returns the client, kubectl.
func (d debugPod) startsRun(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "kubectl", slices.Concat(
		[]string{"exec", "-n", debugNamespace, string(d), "--", "podtracer", "run", "--pod", "client", "-n", "shop"}, args)...)
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // the client may have ended
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s said\n%s", strings.Join(c.Args, " "), said.String())
		}
	})
	return c
}

// hasSpooled waits until the spools of the debug pod's runs have this many bytes.
func (d debugPod) hasSpooled(t *testing.T, bytes string) {
	t.Helper()
	eventually.Nil(t, glance, func() error {
		r := d.exec(t, "find", "/var/lib/podtracer", "-name", "*.spool*", "-size", "+"+bytes+"c") // find fails while files come and go
		if strings.TrimSpace(r.stdout) != "" {
			return nil
		}
		return errors.New("no spool has " + bytes + " bytes")
	})
}

// listed matches a row of podtracer runs.
var listed = regexp.MustCompile(`(?m)^(\S+) +left +shop/client +tcpdump +\S+ \S+ +[\d.]+ \S+ +(\d+) *$`)

// keepsOneCapture checks that one capture, neither saved nor discarded, is left and whole, and removes it.
func (d debugPod) keepsOneCapture(t *testing.T) {
	t.Helper()
	row := listed.FindStringSubmatch(d.exec(t, "podtracer", "runs").succeeds(t).stdout)
	if row == nil {
		t.Fatalf("the capture is not listed%s", d.exec(t, "podtracer", "runs"))
	}
	d.exec(t, "podtracer", "runs", "save", row[1], "/tmp/kept.pcapng").succeeds(t).says(t, "complete", "sha256 ")
	if n := len(packetsIn(t, d, "/tmp/kept.pcapng")); itoa(n) != row[2] {
		t.Errorf("%d packets in the file, %s are listed", n, row[2])
	}
	d.exec(t, "podtracer", "runs", "remove", row[1]).succeeds(t)
}

// recovers lists, saves and removes the one capture that a killed podtracer left in the debug pod.
func (d debugPod) recovers(t *testing.T) {
	t.Helper()
	row := listed.FindStringSubmatch(d.exec(t, "podtracer", "runs").succeeds(t).stdout)
	if row == nil {
		t.Fatalf("the capture is not listed%s", d.exec(t, "podtracer", "runs"))
	}
	d.in(t, "shop/client", "true").succeeds(t).says(t, "1 run was left by an earlier podtracer", "podtracer runs")
	if r := d.in(t, "shop/client", "true").succeeds(t); r.stderr != "" {
		t.Errorf("what was told is told again on the same day%s", r)
	}
	for _, file := range []string{"/tmp/left.pcapng", "/tmp/left.pcap"} {
		d.exec(t, "podtracer", "runs", "save", row[1], file).ends(t, 74).
			says(t, "podtracer: INCOMPLETE: podtracer was killed while it ran", "saved "+row[2]+" packets", file, "sha256 ")
		if n := len(packetsIn(t, d, file)); itoa(n) != row[2] || n < 20 {
			t.Errorf("%d packets in %s, %s are listed", n, file, row[2])
		}
		if r := d.exec(t, "tcpdump", "-n", "-r", file).succeeds(t); strings.Contains(r.stderr, "truncated") {
			t.Errorf("%s is cut off%s", file, r)
		}
	}
	tshark(t, d.copyOut(t, "/tmp/left.pcapng")).prints(t, "client.shop → web.shop.svc")
	d.exec(t, "podtracer", "runs", "save", row[1], "/tmp/left.pcap").ends(t, 125).says(t, "a file of that name already exists", "--overwrite")

	d.exec(t, "podtracer", "runs", "remove", row[1]).succeeds(t).says(t, "removed "+row[1])
	if r := d.exec(t, "podtracer", "runs").succeeds(t).isEmpty(t); !strings.Contains(r.stderr, "nothing is kept") {
		t.Errorf("podtracer runs does not say that nothing is kept%s", r)
	}
	if r := d.in(t, "shop/client", "true").succeeds(t); r.stderr != "" {
		t.Errorf("the next start still reports a run that was left%s", r)
	}
	d.leavesNothing(t, 2*time.Second)
	d.hasNoSessions(t)
}

func TestACaptureOfAKilledPodtracerIsListedSavedAndRemoved(t *testing.T) {
	t.Parallel()
	t.Run("of a run", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "left-run")
		client := d.startsRun(t, "-f", "/tmp/never.pcapng", "--", "tcpdump", "-i", "eth0", "tcp", "port", "80")
		d.hasSpooled(t, "8000")
		d.kills(t, "KILL", "podtracer run")
		d.leavesNothing(t, 2*time.Second)
		_ = client.Wait() // the status is 137, as it should be
		d.exec(t, "ls", "/tmp/never.pcapng").ends(t, 2)
		d.recovers(t)
	})
	t.Run("of a ring", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "left-ring")
		client := d.startsRun(t, "--ring", "8MiB", "-f", "/tmp/never.pcapng", "--", "tcpdump", "-i", "eth0", "tcp", "port", "80")
		d.hasSpooled(t, "8000")
		d.kills(t, "KILL", "podtracer run")
		d.leavesNothing(t, 2*time.Second)
		_ = client.Wait() // the status is 137, as it should be
		d.recovers(t)
	})
	t.Run("of a console", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "left-console")
		c := d.openConsole(t, 80, 24)
		c.starts("shop/client", "tcpdump", "-i eth0 -n tcp port 80")
		c.shows(traffic)
		d.hasSpooled(t, "4000")
		d.kills(t, "KILL", "podtracer")
		d.leavesNothing(t, 2*time.Second)
		c.ends(137)
		c = d.openConsole(t, 80, 24)
		c.shows("1 run was left by an earlier podtracer: podtracer runs lists it")
		c.press("q")
		c.ends(0)
		d.recovers(t)
	})
}

// Nobody else can save or remove a run that is still going on.
func TestARunThatGoesOnIsListedAsSuchAndLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "going-on")
	client := d.startsRun(t, "-f", "/tmp/going-on.pcapng", "--", "tcpdump", "-i", "eth0", quiet)
	d.hasSpooled(t, "4000")
	row := regexp.MustCompile(`(?m)^(\S+) +live +shop/client +tcpdump `).FindStringSubmatch(d.exec(t, "podtracer", "runs").succeeds(t).stdout)
	if row == nil {
		t.Fatalf("the run is not listed%s", d.exec(t, "podtracer", "runs"))
	}
	for _, words := range [][]string{{"save", row[1], "/tmp/stolen.pcap"}, {"remove", row[1]}} {
		d.exec(t, append([]string{"podtracer", "runs"}, words...)...).ends(t, 125).says(t, "belongs to a podtracer that is running", "hint: ")
	}
	d.exec(t, "podtracer", "runs", "remove", "--all").succeeds(t).says(t, "no run was left")
	if r := d.in(t, "shop/client", "true").succeeds(t); r.stderr != "" {
		t.Errorf("a running podtracer is taken for a killed one%s", r)
	}
	d.exec(t, "pkill", "-INT", "-f", "podtracer run .* -f /tmp/going-on.pcapng").succeeds(t) // it sees those of other tests, too
	if err := client.Wait(); err != nil {
		t.Error(err)
	}
	packetsIn(t, d, "/tmp/going-on.pcapng")
	d.hasNoSessions(t)
}

func TestAPodThatIsDeletedInTheMiddleOfACaptureLeavesItWhole(t *testing.T) {
	t.Parallel()
	start(t, workload("going", runs(`while :; do printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 10.96.0.80 80; sleep 0.1; done`)))
	file := "/tmp/e2e-" + mark + "-going.pcapng"
	ended := make(chan result, 1)
	go func() {
		ended <- leastPrivilege.run(t, "--pod", "going", "-n", namespace, "-f", file, "--report", file+".json", "--", "tcpdump", "-i", "eth0", "tcp", "port", "80")
	}()
	c := leastPrivilege.openConsole(t, 100, 24)
	c.starts(namespace+"/going", "tcpdump", "-i eth0 -n tcp port 80")
	c.shows("going." + namespace)
	time.Sleep(2 * time.Second)
	kubectl(t, "delete", "pod", "-n", namespace, "going", "--now")
	r := (<-ended).says(t, "the pod is gone: "+namespace+"/going ", "saved ", "sha256 ")
	report := leastPrivilege.report(t, file+".json")
	status := 125
	if report.Verdict != nil && !report.Verdict.Complete { // tcpdump throws away what it has not read when the interface disappears
		status = 74
		r.says(t, "not yet read when the pod's interface disappeared")
	}
	r.ends(t, status)
	if report.Exit.Status != status || !strings.Contains(report.Outcome, "the pod is gone") || report.Verdict == nil || len(report.Files) != 1 {
		t.Fatalf("the report is %+v%s", report, r)
	}
	if n := len(packetsIn(t, leastPrivilege, file)); n != report.Files[0].Packets || n < 50 {
		t.Errorf("%d packets, in the report %d", n, report.Files[0].Packets)
	}
	tshark(t, leastPrivilege.copyOut(t, file)).prints(t, "going."+namespace+" → web.shop.svc")

	c.shows("ended: the pod is gone")
	c.saves(file + "-console.pcapng")
	packetsIn(t, leastPrivilege, file+"-console.pcapng")
	c.press("q")
	c.ends(0)
}

// Whether podtracer notices or not, the capture is saved where it was meant to be saved.
func TestACaptureToAFileSurvivesAKubectlThatVanishes(t *testing.T) {
	t.Parallel()
	t.Run("with a terminal", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "vanish-tty")
		term := d.openTerminal(t, 80, 24, "podtracer", "run", "--pod", "client", "-n", "shop", "-t", "20s", "-f", "/tmp/x.pcapng", "--report", "/tmp/x.json",
			"--", "tcpdump", "-i", "eth0", "tcp", "port", "80")
		d.hasSpooled(t, "4000")
		command(t, "kill", "-KILL", term.pid()).succeeds(t)
		d.survives(t)
	})
	t.Run("without one", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "vanish")
		client := d.startsRun(t, "-t", "20s", "-f", "/tmp/x.pcapng", "--report", "/tmp/x.json", "--", "tcpdump", "-i", "eth0", "tcp", "port", "80")
		d.hasSpooled(t, "4000")
		_ = client.Process.Kill()
		d.survives(t)
	})
}

// survives waits for the end of a run whose kubectl is gone, and checks what the run saved.
func (d debugPod) survives(t *testing.T) {
	t.Helper()
	d.leavesNothing(t, time.Minute)
	report := d.report(t, "/tmp/x.json")
	if report.Verdict == nil || !report.Verdict.Complete || len(report.Files) != 1 {
		t.Fatalf("the report is %+v", report)
	}
	if n := len(packetsIn(t, d, "/tmp/x.pcapng")); n != report.Files[0].Packets || n < 20 {
		t.Errorf("%d packets, in the report %d", n, report.Files[0].Packets)
	}
	t.Logf("the run ended with %d: %s, %d packets", report.Exit.Status, report.Outcome, report.Files[0].Packets)
	d.hasNoSessions(t)
}

// A Job ends its pod like this at its deadline, and so does deleting a pod.
func TestACaptureToAFileIsSavedWhenPodtracerIsTerminated(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "terminated")
	client := d.startsRun(t, "-f", "/tmp/x.pcapng", "--report", "/tmp/x.json", "--", "tcpdump", "-i", "eth0", "tcp", "port", "80")
	d.hasSpooled(t, "4000")
	d.kills(t, "TERM", "podtracer run")
	d.survives(t)
	if err := client.Wait(); err != nil {
		t.Errorf("the run was terminated, and ended with %v", err)
	}
}
