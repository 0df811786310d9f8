//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestAPodThatCannotHaveAToolSaysWhy(t *testing.T) {
	t.Parallel()
	create(t, stubborn("leaving"))
	ready(t, namespace, "leaving")
	kubectl(t, "delete", "pod", "-n", namespace, "leaving", "--wait=false")
	c := leastPrivilege.openConsole(t, 80, 24)
	for pod, why := range map[string]string{
		"shop/nobody":          "there is no pod nobody in namespace shop",
		"shop/pending":         "is Pending",
		"shop/done":            "has ended (Completed)",
		namespace + "/leaving": "is being deleted",
		"shop/web":             "runs on node node2, podtracer on node1",
	} {
		leastPrivilege.in(t, pod, "true").refuses(t, why).within(t, 5*time.Second)
		if pod == "shop/nobody" {
			continue
		}
		c.chooses(pod)
		c.press("Enter")
		c.until(glance, why, func(screen string) bool { return strings.Contains(unwrapped(screen), why) })
		c.shows("hint:", "q quit")
	}
	c.press("q")
	c.ends(0)
}

// unwrapped undoes the breaking of a screen's texts into lines.
func unwrapped(screen string) string { return strings.Join(strings.Fields(screen), " ") }

// stubborn makes a pod that does not end when asked to.
func stubborn(name string) *corev1.Pod {
	grace := int64(30)
	return workload(name, runs(`trap "" TERM; while :; do sleep 1; done`), func(p *corev1.Pod) { p.Spec.TerminationGracePeriodSeconds = &grace })
}

func TestARunEndsWhenItsPodIsReplaced(t *testing.T) {
	t.Parallel()
	start(t, workload("replaced"))
	ended := make(chan result, 1)
	go func() { ended <- leastPrivilege.in(t, namespace+"/replaced", "ping", "127.0.0.1") }()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts(namespace+"/replaced", "ping", "127.0.0.1")
	c.shows("icmp_seq=2")
	kubectl(t, "delete", "pod", "-n", namespace, "replaced", "--now")
	create(t, workload("replaced"))
	(<-ended).ends(t, 125).says(t, "the pod is gone: "+namespace+"/replaced ")
	c.shows("ended: the pod is gone")
	c.press("q")
	c.ends(0)
	ready(t, namespace, "replaced")
	leastPrivilege.in(t, namespace+"/replaced", "true").succeeds(t)
}

func TestArgumentsWithAnOpenQuoteAreRefused(t *testing.T) {
	t.Parallel()
	for _, arguments := range []string{`addr show 'eth0`, `addr show "eth0`, `addr show eth0\`} {
		leastPrivilege.run(t, "--pod", "client", "-n", "shop", "ip", "-a", arguments).refuses(t, "a quote is not closed")
	}
}

func TestRunSaysWhatIsMissingOnItsCommandLine(t *testing.T) {
	t.Parallel()
	leastPrivilege.run(t, "-n", "shop", "--", "ip", "a").refuses(t, "no pod was named")
	leastPrivilege.run(t, "-n", "shop", "--pod", "client").refuses(t, "no tool was named")
	leastPrivilege.run(t, "-n", "shop", "--pod", "client", "--no-such-flag", "ip").refuses(t, "--no-such-flag")
	leastPrivilege.exec(t, "podtracer", "tcpdump").refuses(t, `there is no command "tcpdump"`)
	leastPrivilege.run(t, "-n", "shop", "--pod", "client", "--max-size", "many", "ip").refuses(t, "not a size")
}

func TestTheConsoleNeedsATerminal(t *testing.T) {
	t.Parallel()
	leastPrivilege.exec(t, "podtracer").refuses(t, "standard input is not a terminal", "-it")
	commandWithInput(t, strings.NewReader("q"), "kubectl", "exec", "-i", "-n", debugNamespace, "debug-pod", "--", "podtracer").
		refuses(t, "standard input is not a terminal")

	term := leastPrivilege.openTerminal(t, 80, 24, "sh", "-c", "podtracer >/tmp/e2e-"+mark+"-out; echo status $?; test -s /tmp/e2e-"+mark+"-out && echo something was written")
	term.shows("standard output is not a terminal", "hint:", "status 125")
	if strings.Contains(term.screen(), "something was written") {
		t.Error("something was written")
	}

}

func TestTheConsoleWorksWhereNobodySaysWhichTerminalItIs(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{{"-u", "TERM"}, {"TERM=dumb"}} {
		c := leastPrivilege.openTerminal(t, 80, 24, append(append([]string{"env"}, env...), "podtracer")...)
		c.shows("+- pods", "/client", "* live")
		c.press("q")
		c.ends(0)
	}
}

func TestADataDirectoryThatCannotBeWrittenToSaysSo(t *testing.T) {
	t.Parallel()
	d := leastPrivilege
	d.run(t, "--data-dir", "/proc/nowhere", "--pod", "client", "-n", "shop", "--", "true").refuses(t, "open data directory", "/proc/nowhere", "--data-dir")
	d.run(t, "--data-dir", "/etc/passwd", "--pod", "client", "-n", "shop", "--", "true").refuses(t, "open data directory", "not a directory")
	term := d.openTerminal(t, 80, 24, "podtracer", "--data-dir", "/proc/nowhere")
	term.shows("open data directory", "hint:")
	term.ends(125)
	d.run(t, "--pod", "client", "-n", "shop", "-f", "/proc/nowhere/x", "--", "true").refuses(t, "-f /proc/nowhere/x", "make the directory first")
}

func TestADiskThatIsFullSaysSoAndLosesNothingInSilence(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "full")
	d.exec(t, "sh", "-c", "mkdir /tmp/small /tmp/tiny && mount -t tmpfs -o size=1m tmpfs /tmp/small && mount -t tmpfs -o size=64k tmpfs /tmp/tiny").succeeds(t)

	// The disk is full from the beginning.
	d.exec(t, "sh", "-c", "head -c 1m /dev/zero >/tmp/tiny/fill").ends(t, 1)
	d.run(t, "--data-dir", "/tmp/tiny", "--pod", "client", "-n", "shop", "--", "true").refuses(t, "open data directory", "no space left on device")
	d.exec(t, "sh", "-c", "ls /tmp/tiny/sessions").succeeds(t)

	// The disk becomes full while the tool runs.
	r := d.run(t, "--data-dir", "/tmp/small", "--min-free", "none", "--pod", "client", "-n", "shop", "-t", "30s", "--", "sh", "-c", "while :; do echo 0123456789; done")
	r.ends(t, 74).within(t, 20*time.Second).says(t, "its output could not be kept", "no space left on device")
	if len(r.stdout) == 0 || strings.Trim(r.stdout, "0123456789\n") != "" {
		t.Errorf("the output before the disk was full is not delivered: %d bytes", len(r.stdout))
	}
	d.exec(t, "find", "/tmp/small/sessions", "-mindepth", "1").succeeds(t).isEmpty(t)

	// The disk is full when the output is saved: no partial file is left under this name or any other.
	r = d.run(t, "--pod", "client", "-n", "shop", "-f", "/tmp/small/x.txt", "--", "sh", "-c", "head -c 2000000 /dev/zero")
	r.ends(t, 74).says(t, "save /tmp/small/x.txt", "no space left on device")
	d.exec(t, "find", "/tmp/small", "-type", "f").succeeds(t).isEmpty(t)

	c := d.openConsole(t, 100, 24, "--data-dir", "/tmp/small")
	c.starts("shop/client", "any command", `sh -c "while :; do echo 0123456789; done"`)
	c.until(30*time.Second, "ended, with the reason", func(screen string) bool {
		return strings.Contains(screen, "ended: its output could not be kept")
	})
	c.press("q")
	c.ends(0)
}

// isEmpty checks that nothing was printed.
func (r result) isEmpty(t *testing.T) result {
	t.Helper()
	if strings.TrimSpace(r.stdout) != "" {
		t.Errorf("%s\nprinted something%s", r.command, r)
	}
	return r
}
