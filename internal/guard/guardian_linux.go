package guard

import (
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	_ "github.com/fennec-project/podtracer/internal/capable" // first: a guard may need capabilities, and its tool inherits them
	"github.com/fennec-project/podtracer/internal/quietterm"
)

const (
	controlFd = 3
	cgroupFd  = 4 // may be closed
	heldFd    = 5 // may be closed; only the guard has it, because the tool could keep it open for ever

	mercy     = 300 * time.Millisecond // between asking a tool to end and killing it, when podtracer is gone
	lookAgain = 20 * time.Millisecond  // between two searches for processes to end
	mostKill  = 5 * time.Second        // after this time, processes that do not end are given up
)

// init turns a process that was started as a guard into one; it does not return then.
func init() {
	if len(os.Args) > 2 && os.Args[0] == Name {
		quietterm.Restore() // main, which restores it otherwise, is never reached, but the tool gets the environment
		os.Exit(run(os.Args[1], os.Args[2:]))
	}
}

// guardian is the guard's state: a tool, and what is known of it.
type guardian struct {
	control *os.File
	leaf    *leaf // nil if there is none
	pid     int   // PID of the tool
	ended   bool  // the tool has ended
	status  Status
	strays  map[int]bool
}

// run starts the tool, passes signals on, and ends when neither the tool nor any descendant is left. While packages are initialised, the
// main goroutine is on the main thread, so the tool's Pdeathsig is tied to the whole life of the guard.
func run(path string, argv []string) int {
	runtime.LockOSThread()
	g := guardian{control: os.NewFile(controlFd, "control"), status: Status{Code: -1}, strays: map[int]bool{}}
	if err := prepare(); err != nil {
		return g.say(report{Errno: errno(err)})
	}
	g.leaf = newLeaf(os.NewFile(cgroupFd, "cgroup"))
	defer g.leaf.remove()
	deaths := make(chan os.Signal, 1) // holds one mark: some process has ended
	signal.Notify(deaths, syscall.SIGCHLD)
	if err := g.start(path, argv); err != nil {
		return g.say(report{Errno: errno(err)})
	}
	said := g.say(report{Pid: g.pid})
	orders := make(chan order)
	go g.listen(orders) // ends with podtracer
	g.watch(deaths, orders)
	return max(said, g.say(report{Status: &g.status}))
}

// prepare makes this process the reaper of all descendants and sets its name.
func prepare() error {
	const prSetName = 15 // prctl(2)
	name := append([]byte(comm), 0)
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetName, uintptr(unsafe.Pointer(&name[0])), 0) // it works without the name, too
	syscall.CloseOnExec(controlFd)
	syscall.CloseOnExec(cgroupFd)
	syscall.CloseOnExec(heldFd)
	return becomeReaper()
}

// becomeReaper makes this process the parent of every descendant whose parent ends.
func becomeReaper() error {
	const prSetChildSubreaper = 36 // prctl(2)
	if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); e != 0 {
		return e
	}
	return nil
}

func (g *guardian) start(path string, argv []string) error {
	attr := &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys: &syscall.SysProcAttr{
			Setsid:    true,
			Setctty:   isTerminal(2),
			Ctty:      2,
			Pdeathsig: syscall.SIGKILL, // for a guard that is killed; podtracer then ends the other descendants
		},
	}
	if g.leaf != nil {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(g.leaf.dir.Fd())
	}
	process, err := os.StartProcess(path, argv, attr)
	if err != nil && g.leaf != nil { // clone3(2) may be forbidden; if the program itself is the reason, the second try fails, too
		g.leaf.remove()
		g.leaf, attr.Sys.UseCgroupFD = nil, false
		process, err = os.StartProcess(path, argv, attr)
	}
	if err != nil {
		return err
	}
	g.pid = process.Pid
	return letGo()
}

// letGo closes the guard's copies of the tool's streams, so that their readers see the end when the tool's last process has ended, not when
// the guard has.
func letGo() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	for fd := range 3 {
		if err := syscall.Dup3(int(null.Fd()), fd, 0); err != nil {
			return err
		}
	}
	return nil
}

func isTerminal(fd uintptr) bool {
	var t syscall.Termios
	_, _, e := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TCGETS, uintptr(unsafe.Pointer(&t)))
	return e == 0
}

// order is a message of podtracer: a signal for the tool.
type order byte

// ifWaiting in an order means that the signal is only for a tool that waits for input.
const ifWaiting order = 0x80

func (o order) signal() syscall.Signal { return syscall.Signal(o &^ ifWaiting) }

// listen passes on podtracer's messages, one byte each, and ends with podtracer.
func (g *guardian) listen(orders chan<- order) {
	defer close(orders)
	one := make([]byte, 1)
	for {
		if n, err := g.control.Read(one); n == 0 || err != nil {
			return
		}
		orders <- order(one[0])
	}
}

// watch returns when nothing of the tool is left, or when the rest cannot be ended. When podtracer is gone, it asks the tool and all its
// descendants to end, and later kills them.
func (g *guardian) watch(deaths <-chan os.Signal, orders <-chan order) {
	var killing, again, enough <-chan time.Time
	kill := func() {
		g.kill()
		again = time.After(lookAgain)
		if enough == nil {
			enough = time.After(mostKill)
		}
	}
	for !g.reap() {
		if g.ended && enough == nil {
			kill()
		}
		select {
		case <-deaths:
		case order, more := <-orders:
			switch {
			case !more:
				orders, killing = nil, time.After(mercy)
				everybody().signal(syscall.SIGTERM)
			case order.signal() == syscall.SIGKILL:
				kill()
			case g.ended:
			case order&ifWaiting != 0:
				g.signalWaiting(order.signal())
			default:
				_ = syscall.Kill(-g.pid, order.signal()) // the group may be gone
			}
		case <-killing:
			kill()
		case <-again:
			kill()
		case <-enough:
			g.status.Left = names(everybody().signal(0))
			return
		}
	}
}

// reap reaps the children that have ended, and says whether none is left.
//
// A child that died of SIGHUP with the tool is a stray: the kernel sends that signal to the group of a terminal whose first process
// has ended.
func (g *guardian) reap() bool {
	var hungUp []int
	defer func() {
		if g.ended {
			g.stray(hungUp...)
		}
	}()
	for {
		var w syscall.WaitStatus
		got, err := syscall.Wait4(-1, &w, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // ECHILD: there are no children
			return true
		case got == 0:
			return false
		case got == g.pid:
			g.ended = true
			if g.status.Code = w.ExitStatus(); w.Signaled() {
				g.status.Signal = w.Signal()
			}
		case w.Signaled() && w.Signal() == syscall.SIGHUP:
			hungUp = append(hungUp, got)
		}
	}
}

// kill kills all descendants, and counts those that outlived the tool.
func (g *guardian) kill() {
	met := everybody().signal(syscall.SIGKILL)
	g.leaf.kill()
	if !g.ended {
		return
	}
	for _, p := range met {
		g.stray(p.pid)
	}
}

// stray counts processes that outlived the tool.
func (g *guardian) stray(pids ...int) {
	for _, pid := range pids {
		g.strays[pid] = true
	}
	g.status.Strays = len(g.strays)
}

func (g *guardian) say(r report) int {
	message, err := json.Marshal(r)
	if err != nil {
		return 1
	}
	if _, err := g.control.Write(message); err != nil {
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
