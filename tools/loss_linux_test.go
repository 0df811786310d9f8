package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/stuckfs"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/tally"
)

// toolPid finds the tool of a run by a mark in its environment.
func toolPid(t *testing.T, mark, command string) (pid int) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		for found, line := range marked(mark) {
			if strings.HasPrefix(line, command) {
				pid = found
				return nil
			}
		}
		return errors.New("the tool has not started")
	})
	return pid
}

func parentOf(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nPPid:\t")
	line, _, _ := strings.Cut(rest, "\n")
	parent, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return parent
}

func TestARunWhoseGuardIsKilledEndsWithAllThatCameFromItsTool(t *testing.T) {
	n := newNode(t)
	mark := "LOSS_TEST=" + t.TempDir()
	name, value, _ := strings.Cut(mark, "=")
	t.Setenv(name, value)
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "(setsid sh -c 'trap \"\" HUP INT TERM; sleep 1000; sleep 1000' &); exec sleep 1001"},
		Limits: Limits{Timer: time.Hour}, Text: true})
	guard := parentOf(t, toolPid(t, mark, "sleep 1001"))
	toolPid(t, mark, "sleep 1000")
	if err := syscall.Kill(guard, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); state.Status() != StatusLost || state.Err == nil { // it had begun, and its last output is not known
		t.Errorf("status %d, %+v", state.Status(), state)
	}
	if left := marked(mark); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestARunWhoseGuardIsStoppedEndsInTime(t *testing.T) {
	n := newNode(t)
	mark := "LOSS_TEST=" + t.TempDir()
	name, value, _ := strings.Cut(mark, "=")
	t.Setenv(name, value)
	id := n.start(t, Request{Pod: shop, Argv: []string{"sleep", "1002"}, Limits: Limits{Timer: time.Second}})
	if err := syscall.Kill(parentOf(t, toolPid(t, mark, "sleep 1002")), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); state.Status() != 0 || !errors.Is(state.Cause, ErrTimer) {
		t.Errorf("status %d, %+v", state.Status(), state)
	}
}

func TestAStrangerWhoHoldsTheOutputDoesNotHoldTheRun(t *testing.T) {
	n := newNode(t)
	mark := "LOSS_TEST=" + t.TempDir()
	name, value, _ := strings.Cut(mark, "=")
	t.Setenv(name, value)
	for _, text := range []bool{false, true} {
		id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "echo out; exec sleep 1003"}, Text: text})
		pid := toolPid(t, mark, "sleep 1003")
		held, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/1", pid), os.O_WRONLY|syscall.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		n.wait(t, id)
		var out bytes.Buffer
		if err := n.Copy(context.Background(), id, &out); err != nil || out.String() != "out\n" {
			t.Errorf("text %v: got %q, %v", text, out.String(), err)
		}
	}
}

func TestWhatCannotBeEndedIsNamedInTheRunAndItsStatusSaysSo(t *testing.T) {
	dir := t.TempDir()
	unmount, err := stuckfs.Mount(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer unmount() // always: nobody who waits for this file system can be ended, not even this process
	n := newNode(t)
	mark := "LOSS_TEST=" + dir
	name, value, _ := strings.Cut(mark, "=")
	t.Setenv(name, value)
	said := new(tally.Tail)
	id := n.start(t, Request{Pod: shop, Argv: []string{"cat", dir + "/x"}, Stderr: said})
	pid := toolPid(t, mark, "cat ")
	state := n.stopAndWait(t, id)
	want := fmt.Sprintf("could not end %d (cat)", pid)
	if state.Status() != StatusFailed || len(state.Notices) != 1 || !strings.HasPrefix(state.Notices[0], want) || !strings.Contains(said.String(), want) {
		t.Errorf("status %d, %q, %+v", state.Status(), said.String(), state)
	}
	unmount()
	eventually.Nil(t, patience, func() error {
		_, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil) // the orphan is now a child of this process
		if !errors.Is(err, syscall.ECHILD) {
			return errors.New("the orphan has not ended")
		}
		return nil
	})
}

// blindFinder finds pods, but cannot tell how they resolve names.
type blindFinder struct {
	ns.Finder
	resolv []byte
	why    error
}

func (f blindFinder) Find(ctx context.Context, pod ns.Pod) (*ns.Netns, error) {
	netns, err := f.Finder.Find(ctx, pod)
	if err == nil {
		netns.Resolv, netns.ResolvErr = f.resolv, f.why
	}
	return netns, err
}

func TestAResolverThatIsNotThePodsIsToldOnce(t *testing.T) {
	why := errors.New("read /etc/resolv.conf: not a regular file")
	for name, c := range map[string]struct {
		finder blindFinder
		want   []string
		sees   string // what the tool reads in /etc/resolv.conf
	}{
		"it is known":      {blindFinder{resolv: []byte("nameserver 192.0.2.1\n")}, nil, "nameserver 192.0.2.1\n"},
		"the node's":       {blindFinder{why: why}, []string{"the pod's resolver is not known: " + why.Error() + "; names are looked up with podtracer's own resolver"}, ""},
		"what it was told": {blindFinder{resolv: []byte("nameserver 192.0.2.2\n"), why: why}, []string{"the pod's resolver is not known: " + why.Error() + "; names are looked up with the resolver that the runtime has set up for the pod"}, "nameserver 192.0.2.2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c.finder.Finder = newDemo(t)
			runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: c.finder, Here: here}, Pods: &fakePods{}, DataDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { closeInTime(t, runs) })
			n := &node{Runs: runs}
			said := new(tally.Tail)
			r := n.runRequest(t, Request{Pod: shop, Argv: []string{"cat", "/etc/resolv.conf"}, Stderr: said})
			told := ""
			for _, line := range c.want {
				told = "podtracer: " + line
			}
			if !slices.Equal(r.Notices, c.want) || strings.TrimSpace(said.String()) != told {
				t.Errorf("notices %q, said %q", r.Notices, said)
			}
			if c.sees != "" && r.out != c.sees {
				t.Errorf("the tool sees %q", r.out)
			}
			id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-i", "eth0", "-c", "1", "-w", "-"}, Text: true}) // with a decoder
			n.until(t, id, "a capture", func(s State) bool { return s.Device != "" || s.Phase == Ended })
			n.stopAndWait(t, id)
			_, notes := n.allLines(t, id)
			notes = slices.DeleteFunc(notes, func(line string) bool { return !strings.Contains(line, "the pod's resolver") })
			for i, line := range notes {
				notes[i] = strings.TrimPrefix(line, "podtracer: ")
			}
			if !slices.Equal(notes, c.want) {
				t.Errorf("the console says %q", notes)
			}
		})
	}
}
