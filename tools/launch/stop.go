package launch

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/guard"
	"github.com/fennec-project/podtracer/tools/command"
)

// How long a command may take to end after SIGINT, and then after SIGTERM.
const (
	afterInterrupt = 3 * time.Second
	afterTerminate = 2 * time.Second
)

// supervise waits for the command. Commands are stopped only here: interrupt the process group (with the signal first), wait,
// terminate, wait, kill. Processes that even a kill does not end are given up and named.
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
		if errors.Is(context.Cause(ctx), ErrLetGo) {
			p.Release()
			return
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

// attend sends the wishes to the command until it has ended. It sends no signal that the command does not handle (yet), because
// the signal would kill it.
func attend(p *guard.Process, asked <-chan Wish, ended <-chan struct{}) {
	handled := map[syscall.Signal]bool{}
	for {
		select {
		case <-ended:
			return
		case wish := <-asked:
			signal, send := tellCounters, p.Signal
			if wish == WishFlush {
				// tcpdump's handler calls fflush(3). During an fwrite(3) that breaks the stream, or blocks tcpdump for ever.
				signal, send = flushNow, p.SignalWaiting
			}
			if handled[signal] = handled[signal] || handles(p.Pid(), signal); handled[signal] {
				_ = send(signal) // fails only if the command has ended
			}
		}
	}
}

// interrupt is the signal with which stopping a command begins. SIGINT, which ctrl+c sends, ends a command on a terminal as it does
// behind a pipe, and makes ping print its summary. An interactive shell takes SIGINT for a line that is given up, so it gets
// SIGHUP: its terminal is gone.
func interrupt(argv []string, s Streams) syscall.Signal {
	if command.EndsByHangup(argv) && (s.Keys != nil || isTerminal(s.Stdin)) {
		return syscall.SIGHUP
	}
	return syscall.SIGINT
}

// end asks a command twice to end, and says whether it did.
func end(p *guard.Process, ended <-chan struct{}, first syscall.Signal) bool {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{first, afterInterrupt}, {syscall.SIGTERM, afterTerminate}} {
		_ = p.Signal(step.signal) // fails only if the command has ended
		select {
		case <-ended:
			return true
		case <-time.After(step.wait):
		}
	}
	return false
}
