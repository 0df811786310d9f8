//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// processes lists the processes of a debug pod from outside: on its node, by their cgroup, which no process of the pod leaves.
// It omits the debug pod's own sleep and the sandbox's process.
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

// isRunning waits until there are processes whose command lines begin with these words.
func (d debugPod) isRunning(t *testing.T, commands ...string) {
	t.Helper()
	eventually.Nil(t, glance, func() error {
		all := d.processes(t)
		for _, want := range commands {
			if len(find(all, want)) == 0 {
				return errors.New(want + " does not run, but\n  " + strings.Join(all, "\n  "))
			}
		}
		return nil
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

// leavesNothing waits until the debug pod has no processes but its own.
func (d debugPod) leavesNothing(t *testing.T, most time.Duration) {
	t.Helper()
	took := eventually.Nil(t, most, func() error {
		if all := d.processes(t); len(all) > 0 {
			return errors.New("these processes run on the node:\n  " + strings.Join(all, "\n  "))
		}
		return nil
	})
	t.Logf("no process was left after %v", took.Round(time.Millisecond))
}

// kills kills a process on the node, from outside the pod.
func (d debugPod) kills(t *testing.T, signal, command string) {
	t.Helper()
	pids := find(d.processes(t), command)
	if len(pids) == 0 {
		t.Fatalf("%s does not run", command)
	}
	onNode(t, 1, append([]string{"kill", "-" + signal}, pids...)...)
}

// hasNoSessions checks that the data directory contains nothing of any run. What the console knows about the person stays.
func (d debugPod) hasNoSessions(t *testing.T) {
	t.Helper()
	d.exec(t, "find", "/var/lib/podtracer", "-mindepth", "1", "-not", "-name", "sessions", "-not", "-name", ".elsewhere", "-not", "-path", "*/console*").succeeds(t).isEmpty(t)
}

// removesWhatWasLeft removes what a killed podtracer left, if anything, and checks that nothing remains.
func (d debugPod) removesWhatWasLeft(t *testing.T) {
	t.Helper()
	d.exec(t, "podtracer", "runs", "remove", "--all").succeeds(t)
	d.in(t, "shop/client", "true").succeeds(t)
	d.hasNoSessions(t)
}

func TestAConsoleAndARunThatEndLeaveNothing(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "tidy")
	d.in(t, "shop/client", "tcpdump", "-i", "eth0", "-n", "-c", "2").succeeds(t)
	d.in(t, "shop/client", "sh", "-c", "setsid sleep 3301 & sleep 0.5; echo started").succeeds(t).says(t, "left processes running (1); podtracer ended them")
	d.leavesNothing(t, 2*time.Second)
	c := d.openConsole(t, 80, 24)
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows(traffic)
	c.press("Escape")
	c.starts("shop/client", "any command", `sh -c "trap '' INT TERM HUP; setsid sleep 3302 & sleep 3303; sleep 3304"`)
	d.isRunning(t, "tcpdump", "sleep 3302", "sleep 3303")
	c.press("q", "y")
	c.ends(0)
	d.leavesNothing(t, 2*time.Second)
	d.hasNoSessions(t)
}

func TestAKilledPodtracerLeavesNoProcess(t *testing.T) {
	t.Parallel()
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
				eventually.Nil(t, glance, func() error {
					pid := find(d.processes(t), c.shows)
					if len(pid) == 1 && onNode(t, 1, "stat", "-c", "%U", "/proc/"+pid[0]) != "root" {
						return nil
					}
					return errors.New("tcpdump is root")
				})
			}
			d.kills(t, "KILL", "podtracer run")
			d.leavesNothing(t, 2*time.Second)
			_ = client.Wait() // the status is 137, as it should be
			d.removesWhatWasLeft(t)
		})
	}
	t.Run("a console", func(t *testing.T) {
		t.Parallel()
		d := newDebugPod(t, "killed-console")
		c := d.openConsole(t, 80, 24)
		c.starts("shop/client", "tcpdump", "-i eth0 -n")
		c.shows(traffic)
		c.press("Escape")
		c.starts("shop/client", "any command", `sh -c "setsid sleep 3405"`)
		d.isRunning(t, "podtracer", "tcpdump", "sleep 3405")
		d.kills(t, "KILL", "podtracer")
		d.leavesNothing(t, 2*time.Second)
		c.ends(137)
		d.removesWhatWasLeft(t)
	})
}

func TestHangupAndTerminationEndPodtracerAndItsTools(t *testing.T) {
	t.Parallel()
	for _, signal := range []string{"HUP", "TERM"} {
		t.Run(signal, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "signal-"+strings.ToLower(signal))
			c := d.openConsole(t, 80, 24)
			c.starts("shop/client", "tcpdump", "-i eth0 -n")
			c.shows(traffic)
			d.kills(t, signal, "podtracer")
			d.leavesNothing(t, 10*time.Second)
			d.keepsOneCapture(t)
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

// A terminal that is closed sends SIGHUP to the processes in it: here script(1) has the terminal, and is killed.
func TestATerminalThatIsClosedEndsPodtracerAndItsTools(t *testing.T) {
	t.Parallel()
	d := newDebugPod(t, "closed")
	c := console{d.openTerminal(t, 80, 24, "script", "-qc", "podtracer", "/dev/null")}
	c.shows("● live")
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows(traffic)
	d.kills(t, "KILL", "script")
	d.leavesNothing(t, 10*time.Second)
	d.keepsOneCapture(t)
	d.hasNoSessions(t)
}

// Here the client of kubectl exec vanishes, and no process in the pod is told. A run without a terminal cannot notice: the
// container's shim still takes its standard output, and the end of its input says nothing about its output.
func TestAKubectlExecThatVanishesLeavesNoProcessAfterAMinute(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(t *testing.T, d debugPod) *terminal{
		"a-console-with-a-capture": func(t *testing.T, d debugPod) *terminal {
			c := d.openConsole(t, 80, 24)
			c.starts("shop/client", "tcpdump", "-i eth0 -n")
			c.shows(traffic)
			d.isRunning(t, "podtracer", "tcpdump")
			return c.terminal
		},
		"a-console-at-rest": func(t *testing.T, d debugPod) *terminal {
			c := d.openConsole(t, 80, 24)
			time.Sleep(12 * time.Second) // long enough to be asked for a sign of life
			c.shows("● live")
			return c.terminal
		},
		"a-run": func(t *testing.T, d debugPod) *terminal {
			term := d.openTerminal(t, 80, 24, "podtracer", "run", "--pod", "client", "-n", "shop", "--", "tcpdump", "-i", "eth0", "-n")
			term.shows(rawTraffic)
			d.isRunning(t, "podtracer run", "tcpdump")
			return term
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "vanished-"+name)
			command(t, "kill", "-KILL", begin(t, d).pid()).succeeds(t)
			d.leavesNothing(t, time.Minute)
			if name == "a-console-with-a-capture" {
				d.keepsOneCapture(t)
			}
			d.in(t, "shop/client", "true").succeeds(t)
			d.hasNoSessions(t)
		})
	}
}

// A person who does nothing is still there: a console at rest keeps running.
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

// A terminal that never gives a sign of life looks like one that has vanished: its runs end at a time limit.
func TestOnATerminalThatNeverAnswersRunsHaveATimeLimit(t *testing.T) {
	t.Parallel()
	c := exec.CommandContext(t.Context(), "kubectl", "exec", "-it", "-n", debugNamespace, string(leastPrivilege), "--", "podtracer", "-n", "shop")
	mute, err := pty.StartWithSize(c, &pty.Winsize{Cols: 100, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Wait() }() // the test is not about how the client ends
	defer mute.Close()
	var mu sync.Mutex
	var output strings.Builder
	go func() { // ends with the terminal
		buffer := make([]byte, 4096)
		for {
			n, err := mute.Read(buffer)
			mu.Lock()
			output.Write(buffer[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	wrote := func(text string) {
		t.Helper()
		eventually.Nil(t, glance, func() error {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(output.String(), text) {
				return nil
			}
			return fmt.Errorf("nothing like %s at the end of %q", text, output.String()[max(0, output.Len()-2000):])
		})
	}
	types := func(keys string) {
		t.Helper()
		if _, err := mute.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	wrote("● live")
	types("\r")
	wrote("run in ")
	types("\r")
	wrote("at most 30m")
	types("q")
	types("y")
}
