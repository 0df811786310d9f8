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

// procFd is the reader's descriptor of the process directory in procfs.
const procFd = 3

// init turns a process that was started as a reader into one; it does not return then.
func init() {
	if len(os.Args) == 2 && os.Args[0] == Name {
		syscall.Exit(run(os.Args[1])) // exit_group(2), without a test binary's work at its end
	}
}

// run writes a byte to standard output as it begins, and then the content of a file, or the error; it then returns 1.
func run(path string) int {
	time.AfterFunc(2*limit, func() { os.Exit(1) }) // by then, nobody waits for it
	if _, err := os.Stdout.Write([]byte{0}); err != nil {
		return 1
	}
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

// Read reads the file at an absolute path, as seen by the process whose directory in a procfs is proc. It reads in a separate process, and
// takes at most a second from when that has begun.
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
	said, late := listen(r)
	if late != nil {
		_ = reader.Process.Kill()         // fails only if the reader has ended
		go func() { _ = reader.Wait() }() // ends with the reader: at once, unless the kernel blocks it
		return nil, late
	}
	err = reader.Wait() // the reader has closed its output, which it does by ending
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 {
		return nil, errors.New(string(said))
	}
	if err != nil {
		return nil, fmt.Errorf("wait for the reader: %w", err)
	}
	return said, nil
}

// listen returns what a reader says.
//
// Errors: errNoStart, errSlow.
func listen(r *os.File) ([]byte, error) {
	_ = r.SetReadDeadline(time.Now().Add(startTime)) // cannot fail: a pipe has deadlines
	if _, err := io.ReadFull(r, make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errNoStart
	}
	_ = r.SetReadDeadline(time.Now().Add(limit))
	said, err := io.ReadAll(r)
	if err != nil {
		return nil, errSlow
	}
	return said, nil
}

// ReadHere reads as Read does, but in this process, for files that only root of the node can replace. A blocked read is given up, too, and
// does not keep the process from ending.
func ReadHere(proc *os.File, path string) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	fd, err := syscall.Dup(int(proc.Fd())) // the caller may close proc before the read ends
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
	// Without O_NONBLOCK, open would wait for the holder of a lease.
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

// reason returns an error without the path of a descriptor, which tells nobody anything.
func reason(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}
