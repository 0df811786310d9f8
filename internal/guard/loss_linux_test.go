package guard

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/stuckfs"
)

// endings runs a test for both ways of ending a tool's processes: all at once by a cgroup, or from a list.
func endings(t *testing.T, test func(t *testing.T, cgroup *os.File)) {
	t.Run("in a cgroup", func(t *testing.T) {
		cgroup := ownCgroup(t)
		test(t, cgroup)
		if left := leaves(cgroup); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("by a list", func(t *testing.T) { test(t, nil) })
}

// ownCgroup makes a cgroup that no other test uses.
func ownCgroup(t *testing.T) *os.File {
	t.Helper()
	all := OpenCgroup()
	if all == nil {
		t.Skip("this machine has no cgroups of version 2 that may be written")
	}
	defer all.Close()
	path := inside(all, "podtracer-test-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	cgroup, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	path = inside(cgroup, ".")
	where, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cgroup.Close()
		if err := removeCgroup(where); err != nil {
			t.Error(err)
		}
	})
	return cgroup
}

func leaves(cgroup *os.File) []string {
	left, _ := filepath.Glob(inside(cgroup, leafPrefix+"*"))
	return left
}

// startShell starts a script and waits for its first line.
func startShell(t *testing.T, cgroup *os.File, script string) (*Process, *bufio.Scanner) {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	p, err := Start(Command{Path: "/bin/bash", Args: []string{"bash", "-c", script}, Env: os.Environ(), Stdout: w, Cgroup: cgroup})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		t.Fatal("the tool did not start")
	}
	return p, lines
}

type outcome struct {
	Status
	err error
}

// waitFor waits for the end of a tool, for much longer than it may take.
func waitFor(t *testing.T, p *Process) outcome {
	t.Helper()
	ended := make(chan outcome, 1)
	go func() { // ends with the tool
		status, err := p.Wait()
		ended <- outcome{status, err}
	}()
	select {
	case o := <-ended:
		return o
	case <-time.After(2 * time.Minute):
		t.Fatal("the tool has not ended")
		return outcome{}
	}
}

func TestNothingOutlivesAGuardThatIsKilledAlone(t *testing.T) {
	for name, script := range map[string]string{
		"a plain tool":                      "exec sleep MARK",
		"a daemon":                          "(setsid sleep MARK &) ; sleep MARK",
		"a daemon that ignores all it can":  "(setsid sh -c 'trap \"\" HUP TERM INT; sleep MARK; sleep MARK' &) ; sleep MARK",
		"a daemon that looks like a guard":  "(setsid bash -c 'echo tool-guard > /proc/self/comm; sleep MARK; sleep MARK' &) ; sleep MARK",
		"a tool that became another user":   "exec setpriv --reuid 65534 --clear-groups sleep MARK",
		"a daemon that became another user": "(setpriv --reuid 65534 --clear-groups setsid sleep MARK &) ; sleep MARK",
	} {
		t.Run(name, func(t *testing.T) {
			endings(t, func(t *testing.T, cgroup *os.File) {
				other, _ := startShell(t, cgroup, "echo ready; sleep 1000")
				mark := sleepMark(t)
				p, _ := startShell(t, cgroup, "echo ready; "+strings.ReplaceAll(script, "MARK", mark))
				expectRunning(t, mark)
				if err := p.guard.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				if o := waitFor(t, p); o.err == nil || len(o.Left) > 0 {
					t.Errorf("got %+v", o)
				}
				expectGone(t, mark)
				expectNoZombies(t)
				if err := syscall.Kill(other.Pid(), 0); err != nil {
					t.Errorf("the tool of another guard is gone: %v", err)
				}
				if err := other.Signal(syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				if o := waitFor(t, other); o.err != nil || o.Signal != syscall.SIGKILL {
					t.Errorf("the other one: %+v", o)
				}
			})
		})
	}
}

func expectNoZombies(t *testing.T) {
	t.Helper()
	eventually.Nil(t, 10*time.Second, func() error {
		for p := range everyProcess {
			if p.parent == os.Getpid() && p.zombie {
				return fmt.Errorf("nobody waits for %v", p)
			}
		}
		return nil
	})
}

func TestAGuardThatIsStoppedIsWokenUp(t *testing.T) {
	endings(t, func(t *testing.T, cgroup *os.File) {
		p, lines := startShell(t, cgroup, "trap 'echo got; exit 7' INT; echo ready; sleep 1000 & wait")
		for range 3 {
			if err := p.guard.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if o := waitFor(t, p); o.err != nil || o.Code != 7 || !lines.Scan() || lines.Text() != "got" {
			t.Errorf("got %+v, %q", o, lines.Text())
		}
	})
}

func TestAGuardThatIsStoppedAgainAndAgainIsDoneWithout(t *testing.T) {
	endings(t, func(t *testing.T, cgroup *os.File) {
		mark := sleepMark(t)
		p, _ := startShell(t, cgroup, "trap '' INT TERM; echo ready; (setsid sleep "+mark+" &); sleep "+mark)
		stop := make(chan struct{})
		defer close(stop)
		pid := p.guard.Process.Pid
		go func() { // ends with the test
			for {
				select {
				case <-stop:
					return
				case <-p.exited:
					return
				default:
					_ = syscall.Kill(pid, syscall.SIGSTOP)
				}
			}
		}()
		_ = p.Signal(syscall.SIGKILL) // the guard may not get to read it
		waitFor(t, p)
		expectGone(t, mark)
	})
}

// Each chain ends by itself after a minute, so that a lost one does not fill the machine's process table.
func TestAToolThatForksFasterThanOneCanListIsEndedSoon(t *testing.T) {
	for name, script := range map[string]string{
		"each process lives for 2 ms":              `perl -e 'while (time - $^T < 60) { exit if fork; select undef, undef, undef, 0.002 }'; echo ready; sleep 1000`,
		"each for 0.3 ms":                          `perl -e 'while (time - $^T < 60) { exit if fork; select undef, undef, undef, 0.0003 }'; echo ready; sleep 1000`,
		"each in a session of its own":             `perl -e 'use POSIX; while (time - $^T < 60) { exit if fork; setsid; select undef, undef, undef, 0.002 }'; echo ready; sleep 1000`,
		"it ignores what can be ignored":           `perl -e '$SIG{INT} = $SIG{TERM} = $SIG{HUP} = "IGNORE"; while (time - $^T < 60) { exit if fork; select undef, undef, undef, 0.002 }'; echo ready; sleep 1000`,
		"the tool has ended and its daemons go on": `perl -e 'while (time - $^T < 60) { exit if fork; select undef, undef, undef, 0.002 }'; echo ready`,
		"five chains at once":                      `for i in 1 2 3 4 5; do perl -e 'use POSIX; while (time - $^T < 60) { exit if fork; setsid; select undef, undef, undef, 0.002 }' & done; wait; echo ready; sleep 1000`,
		"two that start each other":                `perl -e 'use POSIX; sub twin { my $o = shift; while (time - $^T < 60) { if (!kill 0, $o) { my $me = $$; $o = fork; if (!$o) { setsid; $o = $me } } select undef, undef, undef, 0.001 } } my $me = $$; my $p = fork; twin($p || $me)' & sleep 0.1; echo ready; sleep 1000`,
		"a tree that grows":                        `n=0; f() { [ $1 -lt 6 ] && { f $(($1+1)) & f $(($1+1)) & }; sleep 1000; }; f 0 & echo ready; sleep 1000`,
	} {
		t.Run(name, func(t *testing.T) {
			endings(t, func(t *testing.T, cgroup *os.File) {
				dir := t.TempDir()
				p, _ := startShell(t, cgroup, "D="+dir+"; export D; "+script)
				time.Sleep(100 * time.Millisecond) // so that it is well under way
				if err := p.Signal(syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				if o := waitFor(t, p); o.err != nil || len(o.Left) > 0 {
					t.Errorf("got %+v, %v", o.Status, o.err)
				}
				eventually.Nil(t, 2*time.Second, func() error {
					if of := inEnvironment("D=" + dir); len(of) > 0 {
						return fmt.Errorf("there is %v", of)
					}
					return nil
				})
			})
		})
	}
}

// inEnvironment lists the processes that were started with a variable.
func inEnvironment(variable string) (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && slices.Contains(strings.Split(string(text), "\x00"), variable) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

func TestWhatCannotBeEndedIsNamedAndNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	unmount, err := stuckfs.Mount(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer unmount() // always: nobody who waits for this file system can be ended, not even this process
	for name, c := range map[string]struct {
		script string
		how    func(p *Process) error
	}{
		"the tool itself":                       {"echo ready; exec cat " + dir + "/x", func(p *Process) error { return p.Signal(syscall.SIGKILL) }},
		"what the tool left":                    {"(setsid cat " + dir + "/x &) ; sleep 0.3; echo ready", func(*Process) error { return nil }},
		"what is left when the guard is killed": {"(setsid cat " + dir + "/x &) ; sleep 0.3; echo ready; sleep 1000", func(p *Process) error { return p.guard.Process.Kill() }},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := startShell(t, nil, c.script)
			time.Sleep(300 * time.Millisecond) // until it is blocked
			if err := c.how(p); err != nil {
				t.Fatal(err)
			}
			if o := waitFor(t, p); len(o.Left) == 0 || !strings.HasSuffix(o.Left[0], " (cat)") {
				t.Errorf("got %+v", o)
			}
		})
	}
	unmount()
	expectNoCat(t, dir)
}

func expectNoCat(t *testing.T, dir string) {
	t.Helper()
	eventually.Nil(t, 10*time.Second, func() error {
		out, _ := exec.Command("pgrep", "-f", "^cat "+dir).Output()
		for _, pid := range strings.Fields(string(out)) {
			n, _ := strconv.Atoi(pid)
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
		if len(out) > 0 {
			return fmt.Errorf("there is %s", out)
		}
		return nil
	})
}

func TestTheCgroupsOfAPodtracerThatIsNoMoreAreEndedAndRemovedByTheNext(t *testing.T) {
	cgroup := OpenCgroup()
	if cgroup == nil {
		t.Skip("this machine has no cgroups of version 2 that may be written")
	}
	defer cgroup.Close()
	for name, killGuard := range map[string]bool{"podtracer is killed": false, "its guard, too": true} {
		t.Run(name, func(t *testing.T) {
			mark := sleepMark(t)
			cmd := exec.Command("/proc/self/exe", "victim", "sh", "-c", "(setsid sleep "+mark+" &); sleep "+mark)
			out, _ := cmd.StdoutPipe()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			bufio.NewScanner(out).Scan()
			expectRunning(t, mark)
			guards, _ := exec.Command("pgrep", "-P", strconv.Itoa(cmd.Process.Pid), "-x", comm).Output()
			leaf := inside(cgroup, leafPrefix+strings.TrimSpace(string(guards)))
			if _, err := os.Stat(leaf); err != nil {
				t.Error(err)
			}
			if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil { // so that it cannot do the guard's work
				t.Fatal(err)
			}
			if pid, _ := strconv.Atoi(strings.TrimSpace(string(guards))); killGuard && syscall.Kill(pid, syscall.SIGKILL) != nil {
				t.Fatalf("there is no guard: %q", guards)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, out)
			_ = cmd.Wait()
			deadline := time.Now().Add(10 * time.Second)
			for killGuard && len(sleeping(mark)) > 0 && time.Now().Before(deadline) { // the kernel has to release the lock first
				OpenCgroup().Close()
				time.Sleep(10 * time.Millisecond)
			}
			expectGone(t, mark)
			for _, err := os.Stat(leaf); err == nil; _, err = os.Stat(leaf) {
				if time.Now().After(deadline) {
					t.Fatalf("left behind: %s", leaf)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}
