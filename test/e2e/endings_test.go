//go:build e2e

package e2e

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// processes are those of a debug pod, looked for from outside: on its node, by the cgroup that nothing of it leaves. Its own
// sleep and the sandbox's are left out.
func (d debugPod) processes(t *testing.T) []string {
	t.Helper()
	const script = `grep -ls "$0" /proc/[0-9]*/cgroup | while read -r f; do
		p=${f%/cgroup}; printf '%s %s\n' "${p#/proc/}" "$(tr '\0' ' ' <$p/cmdline 2>/dev/null || true)"; done`
	var all []string
	for line := range strings.Lines(onNode(t, 1, "sh", "-c", script, d.uid(t))) {
		pid, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		if command != "sleep infinity" && command != "/bin/sleep 2147483647" {
			all = append(all, pid+" "+command+" ")
		}
	}
	return all
}

// isRunning waits until processes whose command lines begin with these words are there.
func (d debugPod) isRunning(t *testing.T, commands ...string) {
	t.Helper()
	eventually(t, glance, func() string {
		all := d.processes(t)
		for _, want := range commands {
			if len(find(all, want)) == 0 {
				return want + " does not run, but\n  " + strings.Join(all, "\n  ")
			}
		}
		return ""
	})
}

func find(processes []string, command string) []string {
	var pids []string
	for _, p := range processes {
		if pid, line, _ := strings.Cut(p, " "); strings.HasPrefix(line, command+" ") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// leavesNothing waits until no process of the debug pod is left but its own.
func (d debugPod) leavesNothing(t *testing.T, most time.Duration) {
	t.Helper()
	took := eventually(t, most, func() string {
		if all := d.processes(t); len(all) > 0 {
			return "on the node runs\n  " + strings.Join(all, "\n  ")
		}
		return ""
	})
	t.Logf("nothing of it was left after %v", took.Round(time.Millisecond))
}

// kills kills a process on the node, from outside.
func (d debugPod) kills(t *testing.T, signal, command string) {
	t.Helper()
	pids := find(d.processes(t), command)
	if len(pids) == 0 {
		t.Fatalf("%s does not run", command)
	}
	onNode(t, 1, append([]string{"kill", "-" + signal}, pids...)...)
}

// hasNoSessions checks that what was not saved is gone from the data directory.
func (d debugPod) hasNoSessions(t *testing.T) {
	t.Helper()
	d.exec(t, "find", "/var/lib/podtracer", "-mindepth", "1", "-not", "-name", "sessions").succeeds(t).isEmpty(t)
}

func TestAConsoleAndARunThatEndLeaveNothing(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "tidy")
	d.in(t, "shop/client", "tcpdump", "-i", "eth0", "-c", "2").succeeds(t)
	d.in(t, "shop/client", "sh", "-c", "setsid sleep 3301 & echo started").succeeds(t).says(t, "left 1 running; ended")
	d.leavesNothing(t, 2*time.Second)
	c := d.openConsole(t, 80, 24)
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows("HTTP: GET")
	c.press("Escape")
	c.starts("shop/client", "any command", `sh -c "trap '' INT TERM HUP; setsid sleep 3302 & sleep 3303; sleep 3304"`)
	d.isRunning(t, "tcpdump", "sleep 3302", "sleep 3303")
	c.press("q", "y")
	c.ends(0)
	d.leavesNothing(t, 2*time.Second)
	d.hasNoSessions(t)
}

func TestAKilledPodtracerLeavesNoProcess(t *testing.T) {
	for name, c := range map[string]struct {
		tool  []string
		shows string
	}{
		"a tcpdump that dropped its uid": {[]string{"tcpdump", "-i", "eth0", "-n"}, "tcpdump -i eth0 -n"},
		"a tcpdump that writes packets":  {[]string{"tcpdump", "-i", "eth0", "-w", "-"}, "tcpdump -i eth0 -w -"},
		"a child in a session of its own": {
			[]string{"sh", "-c", "trap '' HUP INT TERM; setsid sh -c 'trap \"\" HUP; sleep 3401; sleep 3402' & sleep 3403; sleep 3404"}, "sleep 3401",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "killed-"+itoa(len(name)))
			client := exec.CommandContext(t.Context(), "kubectl", slices.Concat(
				[]string{"exec", "-n", debugNamespace, string(d), "--", "podtracer", "run", "--pod", "client", "-n", "shop", "--"}, c.tool)...)
			if err := client.Start(); err != nil {
				t.Fatal(err)
			}
			d.isRunning(t, "podtracer run", "podtracer-guard", c.shows)
			if strings.HasSuffix(name, "its uid") {
				eventually(t, glance, func() string {
					pid := find(d.processes(t), c.shows)
					if len(pid) == 1 && onNode(t, 1, "stat", "-c", "%U", "/proc/"+pid[0]) != "root" {
						return ""
					}
					return "tcpdump is root"
				})
			}
			d.kills(t, "KILL", "podtracer run")
			d.leavesNothing(t, 2*time.Second)
			_ = client.Wait() // ends with 137, as it should
			d.in(t, "shop/client", "true").succeeds(t)
			d.hasNoSessions(t)
		})
	}
	t.Run("a console", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "killed-console")
		c := d.openConsole(t, 80, 24)
		c.starts("shop/client", "tcpdump", "-i eth0 -n")
		c.shows("HTTP: GET")
		c.press("Escape")
		c.starts("shop/client", "any command", `sh -c "setsid sleep 3405"`)
		d.isRunning(t, "podtracer", "tcpdump", "sleep 3405")
		d.kills(t, "KILL", "podtracer")
		d.leavesNothing(t, 2*time.Second)
		c.ends(137)
		d.in(t, "shop/client", "true").succeeds(t)
		d.hasNoSessions(t)
	})
}

func TestHangupAndTerminationEndPodtracerAndItsTools(t *testing.T) {
	for _, signal := range []string{"HUP", "TERM"} {
		t.Run(signal, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "signal-"+strings.ToLower(signal))
			c := d.openConsole(t, 80, 24)
			c.starts("shop/client", "tcpdump", "-i eth0 -n")
			c.shows("HTTP: GET")
			d.kills(t, signal, "podtracer")
			d.leavesNothing(t, 10*time.Second)
			d.hasNoSessions(t)

			r := make(chan result, 1)
			go func() { r <- d.in(t, "shop/client", "ping", "127.0.0.1") }()
			d.isRunning(t, "ping")
			d.kills(t, signal, "podtracer run")
			d.leavesNothing(t, 10*time.Second)
			(<-r).ends(t, 0).prints(t, "packets transmitted")
			d.hasNoSessions(t)
		})
	}
}

// A terminal that is closed says so to who sits in it: here script(1) holds it, and is killed.
func TestATerminalThatIsClosedEndsPodtracerAndItsTools(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "closed")
	c := console{d.openTerminal(t, 80, 24, "script", "-qc", "podtracer", "/dev/null")}
	c.shows("● live")
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows("HTTP: GET")
	d.kills(t, "KILL", "script")
	d.leavesNothing(t, 10*time.Second)
	d.hasNoSessions(t)
}

// The silent way: the client of kubectl exec vanishes, and nothing in the pod is told.
func TestAKubectlExecThatVanishesLeavesNoProcessAfterAMinute(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"console":             "",
		"run":                 "podtracer run --pod client -n shop -- tcpdump -i eth0 -w -",
		"run-in-a-terminal":   "podtracer run --pod client -n shop -- tcpdump -i eth0 -n",
		"silent-run":          "podtracer run --pod client -n shop -- sleep 3501",
		"console-at-the-list": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "vanished-"+name)
			switch name {
			case "console":
				c := d.openConsole(t, 80, 24)
				c.starts("shop/client", "tcpdump", "-i eth0 -n")
				c.shows("HTTP: GET")
				d.isRunning(t, "podtracer", "tcpdump")
				onMachine(t, "kill", "-KILL", c.pid())
			case "console-at-the-list":
				c := d.openConsole(t, 80, 24)
				time.Sleep(12 * time.Second) // long enough to have been asked for a sign of life
				c.shows("● live")
				onMachine(t, "kill", "-KILL", c.pid())
			case "run-in-a-terminal":
				term := d.openTerminal(t, 80, 24, strings.Fields(line)...)
				d.isRunning(t, "podtracer run", "tcpdump")
				onMachine(t, "kill", "-KILL", term.pid())
			default:
				client := exec.CommandContext(t.Context(), "kubectl", append([]string{"exec", "-n", debugNamespace, string(d), "--"}, strings.Fields(line)...)...)
				if err := client.Start(); err != nil {
					t.Fatal(err)
				}
				d.isRunning(t, "podtracer run")
				if err := client.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = client.Wait()
			}
			d.leavesNothing(t, time.Minute)
			d.in(t, "shop/client", "true").succeeds(t)
			d.hasNoSessions(t)
		})
	}
}

func onMachine(t *testing.T, argv ...string) { command(t, argv...).succeeds(t) }

// A quiet person is still there: a console at rest goes on.
func TestAConsoleAtRestGoesOn(t *testing.T) {
	t.Parallel()
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "any command", `sh -c "echo begun; sleep 3601"`)
	c.shows("begun")
	time.Sleep(50 * time.Second)
	c.shows("── running", "begun")
	c.press("q", "y")
	c.ends(0)
}
