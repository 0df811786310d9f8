package launch

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/tools/command"
)

// How long a command gets to end after SIGINT, and then after SIGTERM.
const (
	afterInterrupt = 3 * time.Second
	afterTerminate = 2 * time.Second
)

// supervise waits for the command. This is the one place that stops one: interrupt its group (first is the signal for that), wait,
// terminate, wait, kill. What does not even end then is given up, and named.
func supervise(ctx context.Context, p *guard.Process, s Streams, first syscall.Signal) (Exit, error) {
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
		exit.Killed = s.Disposable || !end(p, ended, first)
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

// interrupt is the signal that a command is stopped with first: the one that ctrl+c sends, so that it ends on a terminal as it does
// behind a pipe, and ping tells its summary. A shell that waits for a person takes that for a line that is given up: it is told
// that its terminal is gone.
func interrupt(argv []string, s Streams) syscall.Signal {
	if command.EndsByHangup(argv) && (s.Keys != nil || isTerminal(s.Stdin)) {
		return syscall.SIGHUP
	}
	return syscall.SIGINT
}

// end asks a command to end, twice, and says whether it did.
func end(p *guard.Process, ended <-chan struct{}, first syscall.Signal) bool {
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
