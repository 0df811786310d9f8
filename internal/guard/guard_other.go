//go:build !linux

package guard

import (
	"os"
	"syscall"
	"time"
)

// Process is a running guard with its tool. There is none on this system.
type Process struct{}

// Start says ErrUnsupported.
func Start(Command) (*Process, error) { return nil, ErrUnsupported }

// OpenCgroup is nil: there are none.
func OpenCgroup() *os.File { return nil }

// Watched returns the command as it is.
func Watched(_ time.Duration, _ *os.File, path string, args []string) (watcher string, watcherArgs []string) {
	return path, args
}

// EndWatched ends nothing.
func EndWatched() {}

// Signal says ErrUnsupported.
func (p *Process) Signal(syscall.Signal) error { return ErrUnsupported }

// SignalWaiting says ErrUnsupported.
func (p *Process) SignalWaiting(syscall.Signal) error { return ErrUnsupported }

// Pid is 0: there is no tool.
func (p *Process) Pid() int { return 0 }

// Wait says ErrUnsupported.
func (p *Process) Wait() (Status, error) { return Status{}, ErrUnsupported }
