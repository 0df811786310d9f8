// Package guard is the process between podtracer and a tool, which ensures that nothing of the tool is left behind.
//
// The kernel offers PR_SET_PDEATHSIG, which a tool loses when it changes its user ID as tcpdump does, and SIGHUP from a closed terminal,
// which does not reach a grandchild in its own session. So the tool's parent is a guard. It is the reaper of all that the tool starts
// (PR_SET_CHILD_SUBREAPER). It notices any end of podtracer as the end of the control connection, and then ends the tool and all its
// descendants. It also ends descendants that are left when the tool has ended.
//
// A guard can be killed or stopped, too. podtracer wakes a stopped guard. It becomes the reaper of what a killed guard leaves, and
// ends that itself. If cgroups can be made, each tool has one, whose processes are ended at once, however fast they fork; otherwise
// they are searched in /proc until none is left. Every wait has a limit: a process that cannot be ended, because the kernel is
// blocked on its behalf, is named.
//
// The guard is podtracer's own executable under another name. It takes over while packages are initialised, long before the program's large
// dependencies are (this package and the few that it imports need only the standard library, so it comes early). It costs a few milliseconds and a few pages of
// memory. A program only has to import this package.
package guard

import (
	"errors"
	"os"
	"syscall"
)

// Name is the first argument of a guard, as ps(1) shows it. pkill(1) and killall(1) match comm, which does not contain podtracer's name, so
// `pkill -9 podtracer` leaves the guards alive to do their work.
const (
	Name = "podtracer-guard"
	comm = "tool-guard"
)

// Command is a tool to start behind a guard.
type Command struct {
	Path   string   // of the executable; $PATH is not searched
	Args   []string // argv, with the name first
	Env    []string
	Dir    string
	Stdin  *os.File
	Stdout *os.File
	Stderr *os.File // a terminal here becomes the tool's controlling terminal
	Held   *os.File // stays open until the tool and all its descendants have ended, even without podtracer; may be nil
	Cgroup *os.File // the result of OpenCgroup; open until Wait has returned
}

// Status is how a tool ended.
type Status struct {
	Code   int            // exit status; -1 if a signal killed the tool
	Signal syscall.Signal // the signal that killed the tool, or 0
	Strays int            // descendants that outlived the tool and were then ended
	Left   []string       `json:",omitempty"` // processes that could not be ended: "1234 (cat)"
}

// ErrReleased says that a tool goes on behind its guard, which another process holds from now on.
var ErrReleased = errors.New("the tool was released")

// ErrUnsupported says that this system has no guards.
var ErrUnsupported = errors.New("tools run on Linux nodes only")
