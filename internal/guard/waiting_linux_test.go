package guard

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const busy = "trap 'echo told' USR2; trap 'echo end; exit' TERM; echo ready; while :; do :; done"

// Package tools tests with a tcpdump that a waiting tool gets the signal.
func TestASignalForAToolThatWaitsDoesNotInterruptOneThatWorks(t *testing.T) {
	p, lines := startShell(t, nil, busy)
	for range 100 {
		if err := p.SignalWaiting(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Signal(syscall.SIGTERM); err != nil { // after the others
		t.Fatal(err)
	}
	if lines.Scan(); lines.Text() != "end" {
		t.Errorf("it said %q", lines.Text())
	}
	if ended := waitFor(t, p); ended.err != nil || ended.Code != 0 {
		t.Errorf("%+v", ended)
	}
}

func TestASignalForAToolThatWaitsWakesNoneThatSomebodyElseHasStopped(t *testing.T) {
	p, lines := startShell(t, nil, busy)
	if err := syscall.Kill(p.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await(t, "the tool has stopped", func() bool {
		tool, there := look(p.Pid())
		return there && tool.stopped
	})
	if err := errors.Join(p.SignalWaiting(syscall.SIGUSR2), p.Signal(syscall.SIGTERM)); err != nil {
		t.Fatal(err)
	}
	await(t, "the second signal waits for it to go on", func() bool { return isPending(t, p.Pid(), syscall.SIGTERM) })
	if err := p.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if lines.Scan(); lines.Text() != "end" {
		t.Errorf("it said %q", lines.Text())
	}
	if ended := waitFor(t, p); ended.err != nil || ended.Code != 0 {
		t.Errorf("%+v", ended)
	}
}

// await polls until a state is reached for which there is no event.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// isPending says whether a process has a signal pending (proc_pid_status(5)).
func isPending(t *testing.T, pid int, s syscall.Signal) bool {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatalf("it has ended: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "\nShdPnd:\t")
	line, _, _ := strings.Cut(rest, "\n")
	pending, err := strconv.ParseUint(line, 16, 64)
	if err != nil {
		t.Fatalf("it has ended: %v", err)
	}
	return pending&(1<<(s-1)) != 0
}
