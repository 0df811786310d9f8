package tools

import (
	"errors"

	"github.com/fennec-project/podtracer/tools/command"
)

// Exit statuses of `podtracer run`, other than the tool's own.
const (
	StatusLost          = 74  // EX_IOERR of sysexits.h: data was lost or not delivered
	StatusFailed        = 125 // podtracer failed
	StatusNotExecutable = 126
	StatusNotFound      = 127
	statusSignal        = 128
	maxToolStatus       = 123
)

// Status is the exit status of `podtracer run` for this run.
func (s State) Status() int {
	switch {
	case s.Err != nil && ErrorStatus(s.Err) == StatusFailed && !s.Began.IsZero(): // it ran, and what it wrote since is not here
		return StatusLost
	case s.Err != nil:
		return ErrorStatus(s.Err)
	case len(s.Exit.Left) > 0: // podtracer leaves a process behind
		return StatusFailed
	case errors.Is(s.Cause, ErrSpool), errors.Is(s.Cause, ErrBlind), s.Exit.Killed, s.lost():
		return StatusLost
	case errors.Is(s.Cause, ErrPodGone):
		return StatusFailed
	case s.Cause != nil && !s.Exit.Struck():
		return 0
	case s.Exit.Signal != 0:
		return statusSignal + int(s.Exit.Signal)
	case s.Exit.Code > maxToolStatus: // higher statuses have meanings of podtracer's
		return maxToolStatus
	default:
		return s.Exit.Code
	}
}

// ErrorStatus is the exit status for an error that kept a tool from running.
func ErrorStatus(err error) int {
	switch {
	case errors.Is(err, command.ErrNotInstalled):
		return StatusNotFound
	case errors.Is(err, command.ErrNotExecutable):
		return StatusNotExecutable
	default:
		return StatusFailed
	}
}
