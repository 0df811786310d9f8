package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/stuckfs"
)

// toolPid finds the tool of a run by a word of its environment's.
func toolPid(t *testing.T, mark, command string) (pid int) {
	t.Helper()
	eventually(t, patience, func() error {
		for found, line := range marked(mark) {
			if strings.HasPrefix(line, command) {
				pid = found
				return nil
			}
		}
		return errors.New("it has not started")
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
	if state := n.wait(t, id); state.Status() != StatusFailed || state.Err == nil {
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
	defer unmount() // whatever becomes of the test: nobody who waits for it can be ended, also not this process
	n := newNode(t)
	mark := "LOSS_TEST=" + dir
	name, value, _ := strings.Cut(mark, "=")
	t.Setenv(name, value)
	said := new(tail)
	id := n.start(t, Request{Pod: shop, Argv: []string{"cat", dir + "/x"}, Stderr: said})
	pid := toolPid(t, mark, "cat ")
	state := n.stopAndWait(t, id)
	want := fmt.Sprintf("could not be ended: %d (cat)", pid)
	if state.Status() != StatusFailed || len(state.Notices) != 1 || !strings.HasPrefix(state.Notices[0], want) || !strings.Contains(said.String(), want) {
		t.Errorf("status %d, %q, %+v", state.Status(), said.String(), state)
	}
	unmount()
	eventually(t, patience, func() error {
		_, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil) // it has become ours
		if !errors.Is(err, syscall.ECHILD) {
			return errors.New("it is still there")
		}
		return nil
	})
}
