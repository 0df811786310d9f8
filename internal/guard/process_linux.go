package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// How long podtracer waits for a guard before it ends the tool itself.
const (
	mostStart  = 20 * time.Second       // to start the tool, which may be on a slow disk
	mostOrder  = time.Second            // to take an order
	mostReport = mostKill + time.Second // to report the tool's end, after the order to kill it
	mostExit   = time.Second            // to exit, after that report
)

// Process is a running guard with its tool.
type Process struct {
	guard    *exec.Cmd // nil if another process has started it
	guardPid int
	control  *os.File
	cgroup   *os.File
	pid      int
	exited   chan struct{} // closed when the guard was reaped
	released atomic.Bool
}

// report is a message of the guard on the control connection: one when the tool was started or failed to start, one when all has ended.
type report struct {
	Pid    int           `json:",omitempty"`
	Errno  syscall.Errno `json:",omitempty"`
	Status *Status       `json:",omitempty"`
}

// Start starts the command behind a guard, in the namespaces of the calling thread, which may end after Start has returned. The caller may
// then close the files, except the cgroup.
//
// Errors: a *os.PathError with the errno of execve(2) if the tool could not be executed.
func Start(c Command) (*Process, error) {
	if err := becomeReaper(); err != nil { // in case the guard is killed
		return nil, fmt.Errorf("start guard: %w", err)
	}
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, fmt.Errorf("start guard: %w", err)
	}
	defer theirs.Close()
	p := &Process{control: ours, cgroup: c.Cgroup, exited: make(chan struct{}), guard: &exec.Cmd{
		Path:       "/proc/self/exe",
		Args:       append([]string{Name, c.Path}, c.Args...),
		Env:        c.Env,
		Dir:        c.Dir,
		ExtraFiles: []*os.File{theirs, c.Cgroup, c.Held},
		// A new session, so that no key of podtracer's terminal reaches the guard. No Pdeathsig, because the guard has to live on
		// until it has ended the tool.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}}
	setFiles(p.guard, c)
	if err := p.guard.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start guard: %w", err), ours.Close())
	}
	p.guardPid = p.guard.Process.Pid
	go p.attend() // ends when the guard has ended
	if err := p.started(c.Path); err != nil {
		_ = p.control.Close() // ends the guard
		if !p.waitExit(mostExit) {
			p.takeOver()
		}
		return nil, err
	}
	return p, nil
}

// setFiles sets only files that are not nil, because a nil *os.File in an interface would not be nil.
func setFiles(cmd *exec.Cmd, c Command) {
	if c.Stdin != nil {
		cmd.Stdin = c.Stdin
	}
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	if c.Stderr != nil {
		cmd.Stderr = c.Stderr
	}
}

func socketpair() (ours, theirs *os.File, err error) {
	// SOCK_SEQPACKET keeps each report one message. podtracer's end is non-blocking, so that it supports deadlines.
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	if err := syscall.SetNonblock(fds[0], true); err != nil {
		return nil, nil, errors.Join(os.NewSyscallError("fcntl", err), syscall.Close(fds[0]), syscall.Close(fds[1]))
	}
	return os.NewFile(uintptr(fds[0]), "guard"), os.NewFile(uintptr(fds[1]), "podtracer"), nil
}

func (p *Process) started(path string) error {
	_ = p.control.SetReadDeadline(time.Now().Add(mostStart)) // fails only on a closed file
	var r report
	if err := p.receive(&r); err != nil {
		return fmt.Errorf("start guard: %w", err)
	}
	if r.Errno != 0 {
		return &os.PathError{Op: "execute", Path: path, Err: r.Errno}
	}
	p.pid = r.Pid
	_ = p.control.SetReadDeadline(time.Time{}) // fails only on a closed file
	return nil
}

// Pid is the tool's process ID. The process may have ended.
func (p *Process) Pid() int { return p.pid }

func (p *Process) receive(r *report) error {
	message := make([]byte, 4096)
	n, err := p.control.Read(message)
	if errors.Is(err, syscall.ECONNRESET) { // the guard ended before it had read all orders; the kernel reports that first, and once
		n, err = p.control.Read(message)
	}
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	if err := json.Unmarshal(message[:n], r); err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	return nil
}

// Signal sends a signal to the tool's process group. SIGKILL ends the tool and everything that it started, with or without the guard, so
// that Wait returns soon. If the tool has ended, Signal does nothing and returns nil.
func (p *Process) Signal(s syscall.Signal) error {
	err := p.order(order(s))
	if s == syscall.SIGKILL {
		_ = p.control.SetReadDeadline(time.Now().Add(mostReport)) // fails only on a closed file
	}
	return err
}

// SignalWaiting sends a signal to the tool if the tool waits for input (poll(2)), so that its handler interrupts nothing else. Otherwise it
// sends nothing.
func (p *Process) SignalWaiting(s syscall.Signal) error { return p.order(order(s) | ifWaiting) }

func (p *Process) order(o order) error {
	_ = p.control.SetWriteDeadline(time.Now().Add(mostOrder)) // fails only on a closed file, which the next step reports
	_, err := p.control.Write([]byte{byte(o)})
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Wait waits until the tool and all its descendants have ended, or cannot be ended. It may be called once.
//
// Errors: the guard was lost. The descendants of the tool have been ended nevertheless.
func (p *Process) Wait() (Status, error) {
	var ended report
	err := p.receive(&ended)
	_ = p.control.Close() // no more messages come
	if p.released.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
		return Status{}, ErrReleased
	}
	if ended.Status != nil {
		if !p.waitExit(mostExit) && p.guard != nil {
			_ = p.guard.Process.Kill() // it has no work left
		}
		return *ended.Status, nil
	}
	return Status{Code: -1, Left: names(p.takeOver())}, fmt.Errorf("the guard of the tool ended early: %w", err)
}

// Adopt returns the process of a tool that another process has started and released. control is its control connection. A guard that is lost, or stopped, cannot be helped as well as by the process that has started it.
func Adopt(control *os.File, pid, guardPid int) *Process {
	p := &Process{control: control, pid: pid, guardPid: guardPid, exited: make(chan struct{})}
	close(p.exited) // it is not this process that reaps the guard
	return p
}

// Control is the control connection: whoever has it, and nobody else, holds the tool once this process has released it or has ended.
func (p *Process) Control() *os.File { return p.control }

// GuardPid is the process ID of the guard.
func (p *Process) GuardPid() int { return p.guardPid }

// Gone waits until the guard has ended, but not for ever, and says whether it has.
func (p *Process) Gone() bool { return p.waitExit(mostReport) }

// Release has Wait return ErrReleased, unless the tool has ended. Another process has the control connection already.
func (p *Process) Release() {
	p.released.Store(true)
	_ = p.control.SetReadDeadline(time.Now()) // fails only on a closed file
}
