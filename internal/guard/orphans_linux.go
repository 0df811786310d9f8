package guard

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// attend reaps the guard, and until then wakes it whenever somebody has stopped it: nothing of the tool would be noticed.
func (p *Process) attend() {
	changes := make(chan os.Signal, 1) // one mark: some child has changed
	signal.Notify(changes, syscall.SIGCHLD)
	go func() { // ends with the guard
		defer close(p.exited)
		_ = p.guard.Wait() // its exit status says less than its report
	}()
	defer signal.Stop(changes)
	for {
		if hasStopped(p.guard.Process.Pid) {
			_ = p.guard.Process.Signal(syscall.SIGCONT) // fails only if it has exited
		}
		select {
		case <-changes:
		case <-p.exited:
			return
		}
	}
}

// hasStopped says whether a child has been stopped since it was asked about last. Its exit is left to be waited for.
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

// takeOver does a guard's work when that is lost: it ends the guard, and then all that came from its tool, whose parent
// is this process now. It returns what cannot be ended.
func (p *Process) takeOver() []process {
	_ = p.guard.Process.Kill() // it may have exited
	p.waitExit(mostExit)       // if the kernel holds it, its children are still its own, and are found all the same
	orphans := family{func(q process) bool { return q.pid == p.guard.Process.Pid || isOrphan(q) }}
	for end := time.Now().Add(mostKill); ; time.Sleep(lookAgain) {
		sweep(p.cgroup)
		left := orphans.signal(syscall.SIGKILL)
		reapOrphans()
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
	}
}

// isOrphan says whether a child of this process is one that a guard has left: a process that podtracer has started itself
// is in podtracer's session, or a guard.
func isOrphan(p process) bool {
	self, known := look(os.Getpid())
	return known && p.parent == self.pid && p.session != self.session && !isGuard(p)
}

// isGuard goes by the program: a name can be taken by anybody, and a new guard has its own only after a moment.
func isGuard(p process) bool {
	its, err := os.Readlink("/proc/" + strconv.Itoa(p.pid) + "/exe")
	if err != nil {
		return false
	}
	ours, err := os.Readlink("/proc/self/exe")
	return err == nil && its == ours
}

// reapOrphans reaps the orphans that have ended, each by its number: what podtracer has started is waited for elsewhere.
func reapOrphans() {
	for p := range everyProcess {
		if p.zombie && isOrphan(p) {
			_, _ = syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil) // a guard's is fetched by attend, if that comes first
		}
	}
}
