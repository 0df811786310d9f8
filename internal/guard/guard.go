// Package guard holds the process that stands between podtracer and a tool, and sees to it that nothing of the tool
// stays behind.
//
// The kernel offers PR_SET_PDEATHSIG, which a tool loses when it changes its user id as tcpdump does, and SIGHUP from a
// closed terminal, which does not reach a grandchild in a session of its own. So the tool's parent is a guard: it is the
// reaper of all that the tool starts (PR_SET_CHILD_SUBREAPER), it notices podtracer's end, however that comes, as the end
// of the control connection, and then ends the tool and everything that came from it. It does the same when the tool has
// ended and left something running.
//
// A guard can be killed or stopped, too. podtracer wakes one that was stopped, is the reaper of what one leaves that was
// killed, and ends that itself. Where cgroups can be made, each tool has one, whose processes are ended at once however
// fast they fork; elsewhere they are looked for in /proc until none is left. Every wait has an end: what cannot be ended,
// because the kernel waits for something on its behalf, is named.
//
// The guard is podtracer's own executable under another name. It takes over while the packages are being initialised
// (this one needs the standard library only and so comes early), long before the program's large dependencies are: it
// costs a few milliseconds and few pages of memory. Importing this package is all that a program has to do for it.
package guard

import (
	"errors"
	"os"
	"syscall"
)

// Name is the first argument of a guard, as ps(1) shows it. comm is what pkill(1) and killall(1) go by: without
// podtracer's name in it, so that `pkill -9 podtracer` leaves the guards alive to do their work.
const (
	Name = "podtracer-guard"
	comm = "tool-guard"
)

// Command is a tool to be started behind a guard.
type Command struct {
	Path   string   // of the executable; there is no search
	Args   []string // argv, with the name first
	Env    []string
	Dir    string
	Stdin  *os.File
	Stdout *os.File
	Stderr *os.File // if it is a terminal, it becomes the tool's controlling terminal
	Held   *os.File // stays open until the tool and all that came from it has ended, also without podtracer; may be nil
	Cgroup *os.File // what OpenCgroup returned; open until Wait has returned
}

// Status is how a tool ended.
type Status struct {
	Code   int            // of exit(2); -1 if it died of a signal
	Signal syscall.Signal // that it died of, or 0
	Strays int            // processes that outlived the tool and were ended
	Left   []string       `json:",omitempty"` // what could not be ended: "1234 (cat)"
}

// ErrUnsupported says that this system has no guards.
var ErrUnsupported = errors.New("tools run on Linux nodes only")
