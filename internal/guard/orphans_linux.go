package guard

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// attend reaps the guard. Until then it wakes the guard whenever somebody stops it, because a stopped guard notices nothing.
func (p *Process) attend() {
	changes := make(chan os.Signal, 1) // holds one mark: some child has changed
	signal.Notify(changes, syscall.SIGCHLD)
	go func() { // ends with the guard
		defer close(p.exited)
		_ = p.guard.Wait() // the exit status says less than the report
	}()
	defer signal.Stop(changes)
	for {
		if hasStopped(p.guard.Process.Pid) {
			_ = p.guard.Process.Signal(syscall.SIGCONT) // fails only if the guard has ended
		}
		select {
		case <-changes:
		case <-p.exited:
			return
		}
	}
}

// hasStopped says whether a child has been stopped since the last call. It leaves the child's exit to be waited for.
func hasStopped(pid int) bool {
	const pPid = 1      // P_PID, waitid(2)
	var info [16]uint64 // siginfo_t, 128 bytes; zero if there is no news
	_, _, e := syscall.Syscall6(syscall.SYS_WAITID, pPid, uintptr(pid), uintptr(unsafe.Pointer(&info)),
		syscall.WSTOPPED|syscall.WNOHANG, 0, 0)
	return e == 0 && info != [16]uint64{}
}

func (p *Process) waitExit(most time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(most):
		return false
	}
}

// takeOver does the work of a lost guard: it ends the guard, and then all descendants of the tool, which are now children of this
// process. It returns what cannot be ended.
func (p *Process) takeOver() []process {
	p.killGuard()
	p.waitExit(mostExit) // a guard that the kernel blocks keeps its children, which are found nevertheless
	orphans := family{func(q process) bool { return q.pid == p.guardPid || isOrphan(q) }}
	for end := time.Now().Add(mostKill); ; time.Sleep(lookAgain) {
		sweep(p.cgroup)
		left := orphans.signal(syscall.SIGKILL)
		reapOrphans()
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
	}
}

// killGuard kills the guard, which may have ended.
func (p *Process) killGuard() {
	if p.guard != nil {
		_ = p.guard.Process.Kill()
	} else if its, known := look(p.guardPid); known && isGuard(its) { // its number may be another process's by now
		_ = syscall.Kill(p.guardPid, syscall.SIGKILL)
	}
}

// isOrphan says whether a child of this process was left by a guard: other children of podtracer are guards, or in podtracer's session.
func isOrphan(p process) bool {
	self, known := look(os.Getpid())
	return known && p.parent == self.pid && p.session != self.session && !isGuard(p)
}

// isGuard checks the executable: any process can take the name, and a new guard has its name only after a moment.
func isGuard(p process) bool {
	its, err := os.Readlink("/proc/" + strconv.Itoa(p.pid) + "/exe")
	if err != nil {
		return false
	}
	ours, err := os.Readlink("/proc/self/exe")
	return err == nil && its == ours
}

// reapOrphans reaps the ended orphans by their PIDs, because podtracer's other children are waited for elsewhere.
func reapOrphans() {
	for p := range everyProcess {
		if p.zombie && isOrphan(p) {
			_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil) // attend may have reaped a guard before
		}
	}
}
