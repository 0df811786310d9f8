package cli

import (
	"bytes"
	"context"
	"os"
	"sync"
	"sync/atomic"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/tty"
)

const ctrlC = 0x03

// keyboard is the terminal that `podtracer run` was started on. What is typed goes to the tool unchanged, and the terminal is
// asked for a sign of life: without one, nothing tells that the client of `kubectl exec -it` has vanished.
type keyboard struct {
	keys        chan []byte // nil: the tool gets no input
	sizes       chan launch.Size
	interrupted atomic.Bool // ctrl+c was typed
	typed       *tty.Keys
	end         context.CancelFunc
	working     sync.WaitGroup
	once        sync.Once
}

// openKeyboard takes over the terminal if podtracer has all of it. A standard stream that goes elsewhere may belong to a program
// that also uses the terminal, and a process in the background may not touch it: then the result is nil. If typed is false, only
// the terminal's answers are read, and ctrl+c interrupts podtracer.
func openKeyboard(ctx context.Context, s Streams, typed bool, lost func()) (*keyboard, error) {
	for _, f := range []*os.File{s.In, s.Out, s.Err} {
		if !tty.IsTerminal(f) {
			return nil, nil
		}
	}
	if !tty.InForeground(s.In) {
		return nil, nil
	}
	terminal := tty.New(s.In, s.Err, lost)
	k := &keyboard{sizes: make(chan launch.Size, 1)}
	var err error
	if typed {
		k.keys = make(chan []byte)
		k.typed, err = terminal.Keys()
	} else {
		k.typed, err = terminal.Hear()
	}
	if err != nil {
		return nil, err
	}
	terminal.Ask()
	ctx, k.end = context.WithCancel(ctx)
	k.working.Go(func() { terminal.Watch(ctx) }) // these end with close
	k.working.Go(func() { k.read(ctx) })
	k.working.Go(func() { k.resize(ctx, s.Out) })
	return k, nil
}

func (k *keyboard) read(ctx context.Context) {
	for {
		buffer := make([]byte, 4096)
		n, err := k.typed.Read(buffer)
		if err != nil {
			return
		}
		if n == 0 || k.keys == nil { // an answer of the terminal, or keys for nobody
			continue
		}
		if bytes.IndexByte(buffer[:n], ctrlC) >= 0 {
			k.interrupted.Store(true)
		}
		select {
		case k.keys <- buffer[:n]:
		case <-ctx.Done():
			return
		}
	}
}

// resize gives the tool the size of the terminal, now and whenever it changes.
func (k *keyboard) resize(ctx context.Context, out *os.File) {
	tty.Sizes(ctx, out, func(size tty.Size) {
		select {
		case k.sizes <- launch.Size(size):
		case <-ctx.Done():
		}
	})
}

// close gives the terminal back. It may be called more than once, and on a nil keyboard.
func (k *keyboard) close() {
	if k == nil {
		return
	}
	k.once.Do(func() {
		k.end()
		k.typed.Cancel()
		k.working.Wait()
		_ = k.typed.Close() // without a resize, only what is typed was read
	})
}

// terminalSize is the size of the terminal that f is; nil if it is none.
func terminalSize(f *os.File) *launch.Size {
	if !tty.IsTerminal(f) {
		return nil
	}
	size := launch.Size(tty.SizeOf(f))
	return &size
}
