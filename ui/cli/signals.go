package cli

import (
	"context"
	"os"
	"time"

	"github.com/fennec-project/podtracer/ui/tty"
)

// windingUp is how long podtracer winds up before a person is told how to hurry it.
const windingUp = time.Second

// EndBySignal returns a context that ends with the first signal. Those that come while podtracer winds up change nothing: a shell whose
// terminal is closed sends SIGHUP once more, and what is whole by then is not to be lost. Only an interrupt that a person types
// at this terminal, after being told what it does, closes hurried.
func EndBySignal(ctx context.Context, signals <-chan os.Signal, terminal *os.File) (ended context.Context, hurried <-chan struct{}) {
	ended, end := context.WithCancel(ctx)
	hurry := make(chan struct{})
	go func() { // ends with hurry, or with the process
		<-signals
		end()
		told, look := false, time.NewTicker(windingUp)
		for {
			select {
			case <-look.C:
				if !told && tty.Interrupts(terminal) {
					told = true
					say(terminal, "winding up; ctrl+c once more ends it at once, and podtracer runs lists what is not saved then")
				}
			case s := <-signals:
				if told && s == os.Interrupt && tty.Interrupts(terminal) {
					close(hurry)
					return
				}
			}
		}
	}()
	return ended, hurry
}
