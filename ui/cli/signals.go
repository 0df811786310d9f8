package cli

import (
	"context"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/ui/tty"
)

// windingUp is how long podtracer winds up before a person is told how to hurry it.
const windingUp = time.Second

// Work is whether a process has something to wind up: tools that it has started, or a file that it makes.
type Work struct{ begun atomic.Bool }

func (w *Work) begin() { w.begun.Store(true) }

// EndBySignal returns a context that ends with the first signal. Those that come while podtracer winds up change nothing: a shell whose
// terminal is closed sends SIGHUP once more, and what is whole by then is not to be lost. Only an interrupt that a person types
// at this terminal, after being told what it does, ends podtracer at once; or any signal, if there is no work, and a second was not
// enough to end: something holds podtracer that may hold it for ever, as a file system can. The status to end with is then in hurried.
func EndBySignal(ctx context.Context, signals <-chan os.Signal, terminal *os.File, work *Work) (ended context.Context, hurried <-chan int) {
	ended, end := context.WithCancel(ctx)
	hurry := make(chan int, 1)
	go func() { // ends with hurry, or with the process
		<-signals
		end()
		told, late, look := false, false, time.NewTicker(windingUp)
		for {
			select {
			case <-look.C:
				if late = true; !told && work.begun.Load() && tty.Interrupts(terminal) {
					told = true
					say(terminal, "winding up; ctrl+c once more ends it at once, and podtracer runs lists what is not saved then")
				}
			case s := <-signals:
				idle := late && !work.begun.Load()
				if idle || told && s == os.Interrupt && tty.Interrupts(terminal) {
					hurry <- statusOf(s)
					return
				}
			}
		}
	}()
	return ended, hurry
}

// statusOf is what a shell says of a process that a signal has ended.
func statusOf(s os.Signal) int {
	number, _ := s.(syscall.Signal) // all are
	return 128 + int(number)
}
