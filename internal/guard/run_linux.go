package guard

import (
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"github.com/fennec-project/podtracer/internal/quietterm"
)

const (
	controlFd = 3
	mercy     = 300 * time.Millisecond // between asking a tool to end and making it, when podtracer is gone
)

// init is where the process that was started as a guard becomes one and where it ends.
func init() {
	if len(os.Args) > 2 && os.Args[0] == Name {
		quietterm.Restore() // main, which does it otherwise, is never reached, and the tool gets the environment
		os.Exit(run(os.Args[1], os.Args[2:]))
	}
}

// run starts the tool, passes signals on, and ends when neither the tool nor anything that came from it is left. The
// main goroutine is on the main thread while packages are initialised, so the tool's Pdeathsig lasts as long as the guard.
func run(path string, argv []string) int {
	runtime.LockOSThread()
	control := os.NewFile(controlFd, "control")
	if err := prepare(); err != nil {
		return say(control, report{Errno: errno(err)})
	}
	pid, err := start(path, argv)
	if err != nil {
		return say(control, report{Errno: errno(err)})
	}
	if say(control, report{Pid: pid}) != 0 {
		endTree(syscall.SIGKILL)
		return 1
	}
	go obey(control, pid) // ended by the end of the connection, and then it ends the tool
	status := wait(pid)
	return say(control, report{Status: &status})
}

// prepare makes this process the reaper of all descendants and gives it its name.
func prepare() error {
	const prSetName, prSetChildSubreaper = 15, 36 // prctl(2)
	name := append([]byte(comm), 0)
	syscall.RawSyscall(syscall.SYS_PRCTL, prSetName, uintptr(unsafe.Pointer(&name[0])), 0)
	if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); e != 0 {
		return e
	}
	syscall.CloseOnExec(controlFd)
	return nil
}

func start(path string, argv []string) (int, error) {
	process, err := os.StartProcess(path, argv, &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys: &syscall.SysProcAttr{
			Setsid:    true,
			Setctty:   isTerminal(2),
			Ctty:      2,
			Pdeathsig: syscall.SIGKILL, // for a guard that is killed; the rest of the tool's family has the terminal's SIGHUP
		},
	})
	if err != nil {
		return 0, err
	}
	// Readers of the tool's output see its end when the tool's last process is gone, not when the guard is.
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	for fd := range 3 {
		if err := syscall.Dup3(int(null.Fd()), fd, 0); err != nil {
			return 0, err
		}
	}
	return process.Pid, nil
}

func isTerminal(fd uintptr) bool {
	var t syscall.Termios
	_, _, e := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TCGETS, uintptr(unsafe.Pointer(&t)))
	return e == 0
}

// obey passes on what podtracer says: one byte, a signal for the tool's group. When podtracer is gone, the tool and all
// that came from it is asked to end, and then made to.
func obey(control *os.File, pid int) {
	one := make([]byte, 1)
	for {
		n, err := control.Read(one)
		if n == 0 || err != nil {
			break
		}
		if signal := syscall.Signal(one[0]); signal == syscall.SIGKILL {
			endTree(signal)
		} else {
			_ = syscall.Kill(-pid, signal) // the group may be gone: then there is nobody to signal
		}
	}
	endTree(syscall.SIGTERM)
	time.Sleep(mercy)
	for { // the main goroutine ends the process when nothing is left
		endTree(syscall.SIGKILL)
		time.Sleep(mercy)
	}
}

// wait reaps everything until the tool itself has ended, ends what is left of its family, and reaps that.
func wait(pid int) Status {
	status := Status{Code: -1}
	for {
		var w syscall.WaitStatus
		got, err := syscall.Wait4(-1, &w, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // ECHILD: nothing is left
			return status
		case got == pid:
			if status.Code = w.ExitStatus(); w.Signaled() {
				status.Signal = w.Signal()
			}
			status.Strays = endTree(syscall.SIGKILL)
		}
	}
}

func say(control *os.File, r report) int {
	message, err := json.Marshal(r)
	if err != nil {
		return 1
	}
	if _, err := control.Write(message); err != nil {
		return 1
	}
	return 0
}

func errno(err error) syscall.Errno {
	var e syscall.Errno
	if errors.As(err, &e) {
		return e
	}
	return syscall.EIO
}
