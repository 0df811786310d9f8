//go:build !linux

package guard

import (
	"os"
	"syscall"
	"time"
)

// Process is a running guard with its tool. This system has none.
type Process struct{}

// Start returns ErrUnsupported.
func Start(Command) (*Process, error) { return nil, ErrUnsupported }

// OpenCgroup returns nil: there are no cgroups.
func OpenCgroup() *os.File { return nil }

// Watched returns the command unchanged.
func Watched(_ time.Duration, _, _ *os.File, path string, args []string) (watcher string, watcherArgs []string) {
	return path, args
}

// EndWatched does nothing.
func EndWatched() {}

// Signal returns ErrUnsupported.
func (p *Process) Signal(syscall.Signal) error { return ErrUnsupported }

// SignalWaiting returns ErrUnsupported.
func (p *Process) SignalWaiting(syscall.Signal) error { return ErrUnsupported }

// Pid is 0: there is no tool.
func (p *Process) Pid() int { return 0 }

// Wait returns ErrUnsupported.
func (p *Process) Wait() (Status, error) { return Status{}, ErrUnsupported }

// Adopt returns a process that cannot be waited for.
func Adopt(*os.File, int, int) *Process { return &Process{} }

// Control is nil.
func (p *Process) Control() *os.File { return nil }

// GuardPid is 0.
func (p *Process) GuardPid() int { return 0 }

// Gone is true: there is no guard.
func (p *Process) Gone() bool { return true }

// Release does nothing.
func (p *Process) Release() {}
