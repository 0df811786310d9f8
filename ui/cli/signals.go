package cli

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/ui/tty"
)

// windingUp is how long podtracer winds up before a person is told how to hurry it.
const windingUp = time.Second

// Work says whether a process has something to wind up: tools that it has started, or a file that it is writing; and whether anybody wants
// to wait for that.
type Work struct {
	begun atomic.Bool
	list  atomic.Value // string: the command that lists what is not saved

	mu      sync.Mutex
	hurried chan struct{} // closed when nobody wants to wait any longer for others
	hasty   bool          // it is closed
}

// begin notes that there is something to wind up, of which list then tells what is not saved.
func (w *Work) begin(list string) {
	w.list.Store(list)
	w.begun.Store(true)
}

// Hurried is closed when nobody wants to wait any longer for readers, and for what is far away: what was not delivered by then is kept. w may be
// nil, and then everybody waits.
func (w *Work) Hurried() <-chan struct{} {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channel()
}

func (w *Work) hurry() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if hurried := w.channel(); !w.hasty {
		w.hasty = true
		close(hurried)
	}
}

// channel is hurried, which is made when it is needed first. The lock is held.
func (w *Work) channel() chan struct{} {
	if w.hurried == nil {
		w.hurried = make(chan struct{})
	}
	return w.hurried
}

// EndBySignal returns a context that ends with the first signal. Signals that come within a second of that change nothing, and neither
// do SIGHUP and SIGTERM: a shell whose terminal is closed sends one once more, and a service manager the other, and that must not lose what is
// complete by then. A later SIGINT hurries: work then waits no longer for others, and what was not delivered is kept. Two things end
// podtracer at once: an interrupt that a person types at this terminal, after they were told what it does; and any signal if there is no
// work and a second was not enough to end, because something such as a file system may hold podtracer for ever. The status to end with is
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
				if late && s == os.Interrupt {
					work.hurry()
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
