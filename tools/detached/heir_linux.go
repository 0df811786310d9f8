package detached

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Heir is a process in a session of its own that has some files of this one and waits to be told what to do with them.
type Heir struct {
	in      *os.File
	out     *bufio.Reader
	process *os.Process
}

// Passed are the files that an heir has got. Nothing that it starts gets them.
func Passed(n int) (files []*os.File) {
	const first = 3
	for fd := first; fd < first+n; fd++ {
		syscall.CloseOnExec(fd)
		files = append(files, os.NewFile(uintptr(fd), "passed on"))
	}
	return files
}

// SpawnHeir starts an heir, and waits until it says Started on its standard output. The files stay as they are here.
//
// Errors: those of the process.
func SpawnHeir(argv []string, files []*os.File) (*Heir, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	defer theirOut.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	defer null.Close()
	pid, err := fork(argv, append([]*os.File{theirIn, theirOut, null}, files...))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a process for the run: %w", err), in.Close(), out.Close())
	}
	process, err := os.FindProcess(pid)
	if err != nil { // never on Linux
		return nil, err
	}
	theirOut.Close() // so that its end is noticed
	h := &Heir{in: in, out: bufio.NewReader(out), process: process}
	if _, err := h.started(); err != nil {
		h.GiveUp()
		return nil, err
	}
	return h, nil
}

// fork starts a process with these files as 0, 1, 2, …. exec.Cmd would make them blocking, also for who reads them here.
func fork(argv []string, files []*os.File) (pid int, err error) {
	fds := make([]uintptr, len(files))
	defer func() {
		for _, fd := range fds {
			_ = syscall.Close(int(fd))
		}
	}()
	for i, f := range files {
		conn, err := f.SyscallConn()
		if err != nil {
			return 0, err
		}
		var failed syscall.Errno
		if err := conn.Control(func(fd uintptr) {
			fds[i], _, failed = syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
		}); err != nil {
			return 0, err
		}
		if failed != 0 {
			return 0, os.NewSyscallError("fcntl", failed)
		}
	}
	return syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{Env: os.Environ(), Files: fds, Sys: &syscall.SysProcAttr{Setsid: true}})
}

// started reads what the heir says.
func (h *Heir) started() (id string, err error) {
	said, err := h.out.ReadBytes('\n')
	var started Started
	switch {
	case json.Unmarshal(said, &started) != nil:
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return "", errors.Join(errors.New("the process for the run has ended"), err)
	case started.Error != "":
		return "", hint.Add(errors.New(started.Error), started.Hint)
	default:
		return started.ID, nil
	}
}

// Begin passes on the order, and returns the ID of the run. The heir goes on when this process has ended.
func (h *Heir) Begin(order []byte) (id string, err error) {
	_, err = h.in.Write(append(order, '\n'))
	if id, started := h.started(); err == nil && started == nil {
		go func() { _, _ = h.process.Wait() }() // ends with the heir, or with this process
		return id, h.in.Close()
	} else {
		h.GiveUp()
		return "", errors.Join(err, started)
	}
}

// GiveUp ends an heir that has not begun.
func (h *Heir) GiveUp() {
	_ = h.in.Close() // it reads the end in place of an order
	_ = h.process.Kill()
	_, _ = h.process.Wait()
}
