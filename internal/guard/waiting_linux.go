package guard

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// mostStop is how long a tool gets to stop. One that takes longer waits for a disk.
const mostStop = 20 * time.Millisecond

// signalWaiting sends the tool a signal if it waits for input. So that it cannot begin anything between the look and the signal, it
// is stopped for that long; when it goes on, it takes the signal before anything else. What somebody else has stopped stays so.
func (g *guardian) signalWaiting(s syscall.Signal) {
	if p, there := look(g.pid); !there || p.stopped {
		return
	}
	if syscall.Kill(g.pid, syscall.SIGSTOP) != nil {
		return
	}
	if g.stops() && waitsForInput(g.pid) {
		_ = syscall.Kill(g.pid, s) // it is stopped, and there
	}
	_ = syscall.Kill(g.pid, syscall.SIGCONT) // takes a SIGSTOP back, too, that has not come yet
}

// stops waits until the tool has stopped.
func (g *guardian) stops() bool {
	for end := time.Now().Add(mostStop); time.Now().Before(end); time.Sleep(50 * time.Microsecond) {
		if p, there := look(g.pid); !there || p.zombie || p.stopped {
			return p.stopped
		}
	}
	return false
}

// waitsForInput says whether a stopped process was in a system call in which it waits for input. The number of the call comes
// first in /proc/PID/syscall (proc_pid_syscall(5)); without the right to read it, which takes SYS_PTRACE, nobody knows.
func waitsForInput(pid int) bool {
	calls := []int{syscall.SYS_PPOLL, syscall.SYS_RESTART_SYSCALL} // the latter once it was stopped before
	if runtime.GOARCH == "amd64" {
		const poll = 7 // other machines have ppoll only
		calls = append(calls, poll)
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/syscall")
	if err != nil {
		return false
	}
	number, _, _ := bytes.Cut(text, []byte{' '})
	call, err := strconv.Atoi(string(number)) // not if it was in none: "running"
	return err == nil && slices.Contains(calls, call)
}
