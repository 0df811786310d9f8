package launch

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/guard"
)

// How long a command gets to end after SIGINT, and then after SIGTERM.
const (
	afterInterrupt = 3 * time.Second
	afterTerminate = 2 * time.Second
)

// supervise waits for the command. This is the one place that stops one: interrupt its group, wait, terminate, wait, kill.
// What does not even end then is given up, and named.
func supervise(ctx context.Context, p *guard.Process, s Streams) (Exit, error) {
	var exit Exit
	ended := make(chan struct{})
	var stopper sync.WaitGroup
	stopper.Go(func() { // ends with the command
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		exit.Stopped = true
		if s.Stopping != nil {
			s.Stopping()
		}
		exit.Killed = s.Disposable || !end(p, ended, s.Keys != nil)
		if exit.Killed {
			_ = p.Signal(syscall.SIGKILL)
		}
	})
	stopper.Go(func() { attend(p, s.Ask, ended) }) // ends with the command
	status, err := p.Wait()
	close(ended)
	stopper.Wait()
	exit.Code, exit.Signal, exit.Strays, exit.Left = status.Code, status.Signal, status.Strays, status.Left
	if len(exit.Left) > 0 && s.Notice != nil {
		s.Notice("could not end " + strings.Join(exit.Left, ", ") + ": they end when the kernel lets go of them")
	}
	return exit, err
}

// attend asks the command for what is wanted, until it has ended. A command that does not handle the signal, or not yet, would die
// of it.
func attend(p *guard.Process, asked <-chan Wish, ended <-chan struct{}) {
	handled := map[syscall.Signal]bool{}
	for {
		select {
		case <-ended:
			return
		case wish := <-asked:
			signal, send := tellCounters, p.Signal
			if wish == WishFlush {
				// tcpdump's handler calls fflush(3). In the midst of fwrite(3) that breaks the stream, or stops it for ever.
				signal, send = flushNow, p.SignalWaiting
			}
			if handled[signal] = handled[signal] || handles(p.Pid(), signal); handled[signal] {
				_ = send(signal) // fails only if it has ended
			}
		}
	}
}

// end asks a command to end, twice, and says whether it did. One with a whole terminal is told that the terminal is gone: a
// shell does not end for less.
func end(p *guard.Process, ended <-chan struct{}, whole bool) bool {
	first := syscall.SIGINT
	if whole {
		first = syscall.SIGHUP
	}
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{first, afterInterrupt}, {syscall.SIGTERM, afterTerminate}} {
		_ = p.Signal(step.signal) // fails only if it has ended
		select {
		case <-ended:
			return true
		case <-time.After(step.wait):
		}
	}
	return false
}
