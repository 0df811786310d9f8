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

// mostStop is how long a tool may take to stop. One that takes longer waits for a disk.
const mostStop = 20 * time.Millisecond

// signalWaiting sends the tool a signal if it waits for input. The tool is stopped during the check, so that it cannot begin
// anything before the signal; when it goes on, it handles the signal first. A tool that somebody else has stopped stays stopped.
func (g *guardian) signalWaiting(s syscall.Signal) {
	if p, there := look(g.pid); !there || p.stopped {
		return
	}
	if syscall.Kill(g.pid, syscall.SIGSTOP) != nil {
		return
	}
	if g.stops() && waitsForInput(g.pid) {
		_ = syscall.Kill(g.pid, s) // it exists, because it is stopped
	}
	_ = syscall.Kill(g.pid, syscall.SIGCONT) // also cancels a SIGSTOP that has not arrived yet
}

// stops waits until the tool has stopped, and says whether it has.
func (g *guardian) stops() bool {
	for end := time.Now().Add(mostStop); time.Now().Before(end); time.Sleep(50 * time.Microsecond) {
		if p, there := look(g.pid); !there || p.zombie || p.stopped {
			return p.stopped
		}
	}
	return false
}

// waitsForInput says whether a stopped process was waiting for input in a system call. The call's number is the first field of
// /proc/PID/syscall (proc_pid_syscall(5)). If that cannot be read, which needs CAP_SYS_PTRACE, the answer is false.
func waitsForInput(pid int) bool {
	calls := []int{syscall.SYS_PPOLL, syscall.SYS_RESTART_SYSCALL} // the latter after it was stopped before
	if runtime.GOARCH == "amd64" {
		const poll = 7 // other architectures have only ppoll
		calls = append(calls, poll)
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/syscall")
	if err != nil {
		return false
	}
	number, _, _ := bytes.Cut(text, []byte{' '})
	call, err := strconv.Atoi(string(number)) // fails if it was in no call: "running"
	return err == nil && slices.Contains(calls, call)
}
