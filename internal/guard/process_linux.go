package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is a running guard with its tool.
type Process struct {
	guard   *exec.Cmd
	control *os.File
	pid     int
}

// report is what the guard says on the control connection: once when the tool was started or could not be, once when all has ended.
type report struct {
	Pid    int           `json:",omitempty"`
	Errno  syscall.Errno `json:",omitempty"`
	Status *Status       `json:",omitempty"`
}

// Start starts the command behind a guard, in the namespaces of the calling thread, which may end once Start has returned.
// The files may be closed by the caller then.
//
// Errors: a *os.PathError with the errno of execve(2) if the tool could not be executed.
func Start(c Command) (*Process, error) {
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, fmt.Errorf("start guard: %w", err)
	}
	defer theirs.Close()
	p := &Process{control: ours, guard: &exec.Cmd{
		Path:       "/proc/self/exe",
		Args:       append([]string{Name, c.Path}, c.Args...),
		Env:        c.Env,
		Dir:        c.Dir,
		ExtraFiles: []*os.File{theirs},
		// A session of its own: no key of podtracer's terminal reaches it. No Pdeathsig: the guard has to live on
		// for as long as it takes to end the tool.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}}
	setFiles(p.guard, c)
	if err := p.guard.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start guard: %w", err), ours.Close())
	}
	if err := p.started(c.Path); err != nil {
		_ = p.control.Close() // ends the guard
		_ = p.guard.Wait()
		return nil, err
	}
	return p, nil
}

// setFiles sets only the files there are: a nil *os.File in an interface would not be nil.
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
	// SOCK_SEQPACKET: a report is one message.
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), "guard"), os.NewFile(uintptr(fds[1]), "podtracer"), nil
}

func (p *Process) started(path string) error {
	var r report
	if err := p.receive(&r); err != nil {
		return fmt.Errorf("start guard: %w", err)
	}
	if r.Errno != 0 {
		return &os.PathError{Op: "execute", Path: path, Err: r.Errno}
	}
	p.pid = r.Pid
	return nil
}

// Pid is the tool's process id. The process may have ended.
func (p *Process) Pid() int { return p.pid }

func (p *Process) receive(r *report) error {
	message := make([]byte, 1024)
	n, err := p.control.Read(message)
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	if err := json.Unmarshal(message[:n], r); err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	return nil
}

// Signal sends a signal to the tool's process group; SIGKILL ends the tool and everything that it started. A tool that
// has ended gets nothing, which is no error.
func (p *Process) Signal(s syscall.Signal) error {
	_, err := p.control.Write([]byte{byte(s)})
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Wait waits until the tool and everything that came from it has ended. It is called once.
func (p *Process) Wait() (Status, error) {
	var ended report
	reportErr := p.receive(&ended)
	_ = p.control.Close() // nothing is left to be said
	waitErr := p.guard.Wait()
	if ended.Status == nil {
		p.endOrphan()
		return Status{Code: -1}, fmt.Errorf("the guard of the tool ended early: %w", errors.Join(reportErr, waitErr))
	}
	return *ended.Status, nil
}

// endOrphan ends the tool of a guard that somebody has killed: it is asked to, and then made to.
func (p *Process) endOrphan() {
	const looks, pause = 100, 20 * time.Millisecond
	_ = syscall.Kill(-p.pid, syscall.SIGTERM) // it may have ended with its guard, as for each of the next
	for range looks {
		if errors.Is(syscall.Kill(-p.pid, 0), syscall.ESRCH) {
			return
		}
		time.Sleep(pause)
	}
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
}
