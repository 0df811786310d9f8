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

// Work says whether a process has something to wind up: tools that it has started, or a file that it is writing.
type Work struct {
	begun atomic.Bool
	list  atomic.Value // string: the command that lists what is not saved
}

// begin notes that there is something to wind up, of which list then tells what is not saved.
func (w *Work) begin(list string) {
	w.list.Store(list)
	w.begun.Store(true)
}

// EndBySignal returns a context that ends with the first signal. Signals that come while podtracer winds up change nothing: a shell
// whose terminal is closed sends SIGHUP once more, and that must not lose what is complete by then. Two things end podtracer at
// once: an interrupt that a person types at this terminal, after they were told what it does; and any signal if there is no work and
// a second was not enough to end, because something such as a file system may hold podtracer for ever. The status to end with is
// then in hurried.
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
					say(terminal, "winding up; ctrl+c once more ends podtracer at once; %s then lists what is not saved", work.list.Load())
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
