package apart

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// procFd is where a reader has the directory of the process.
const procFd = 3

// init is where the process that was started as a reader becomes one and where it ends.
func init() {
	if len(os.Args) == 2 && os.Args[0] == Name {
		syscall.Exit(run(os.Args[1])) // exit_group(2), without what a test binary does at its end
	}
}

// run writes the content of a file to standard output, or why that cannot be; then it ends with 1.
func run(path string) int {
	time.AfterFunc(2*limit, func() { os.Exit(1) }) // nobody waits for it any more
	content, err := read(newWalk, procFd, path)
	code := 0
	if err != nil {
		content, code = []byte(err.Error()), 1
	}
	if _, err := os.Stdout.Write(content); err != nil {
		return 1
	}
	return code
}

// Read reads the file at an absolute path as a process sees it, whose directory in a procfs is proc, in a process apart.
// It takes a second at most.
func Read(proc *os.File, path string) ([]byte, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start a reader: %w", err)
	}
	defer r.Close()
	reader := exec.Cmd{Path: "/proc/self/exe", Args: []string{Name, path}, Env: []string{}, Stdout: w, ExtraFiles: []*os.File{proc}}
	err = reader.Start()
	w.Close()
	if err != nil {
		return nil, fmt.Errorf("start a reader: %w", err)
	}
	_ = r.SetReadDeadline(time.Now().Add(limit)) // a pipe has deadlines
	said, readErr := io.ReadAll(r)
	if readErr != nil {
		_ = reader.Process.Kill()         // fails only if it has ended
		go func() { _ = reader.Wait() }() // ends with it: at once, unless the kernel holds it
		return nil, errSlow
	}
	err = reader.Wait() // it has closed its output, which it does by ending
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 {
		return nil, errors.New(string(said))
	}
	if err != nil {
		return nil, fmt.Errorf("wait for the reader: %w", err)
	}
	return said, nil
}

// ReadHere reads as Read does, but in this process: for what nobody but root of the node can replace. Whoever holds it
// can be given up as well; a process that ends does not wait for that.
func ReadHere(proc *os.File, path string) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	fd, err := syscall.Dup(int(proc.Fd())) // proc may be closed when this is given up
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	go func() { // ends with the read
		defer syscall.Close(fd)
		content, err := read(newWalkOfNode, fd, path)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-time.After(limit):
		return nil, errSlow
	}
}

// read finds and reads a small file.
func read(begin func(proc int) (*walk, error), proc int, path string) ([]byte, error) {
	w, err := begin(proc)
	if err != nil {
		return nil, err
	}
	defer w.close()
	fd, err := w.find(path)
	if err != nil {
		return nil, err
	}
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return nil, err
	}
	if info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, errNotFile
	}
	if err := w.checkKept(fd, path); err != nil {
		return nil, err
	}
	// Without O_NONBLOCK one would wait for the holder of a lease.
	file, err := os.OpenFile("/proc/self/fd/"+strconv.Itoa(fd), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.EAGAIN) {
		return nil, errHeld
	}
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return nil, reason(err)
	case len(content) > most:
		return nil, errTooLarge
	default:
		return content, nil
	}
}

// reason is an error without the path through a descriptor, which tells nobody anything.
func reason(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
