// Package keyboard has the terminal that `podtracer run` was started on, while a tool uses it. The door: Open and Size.
package keyboard

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/tty"
)

const ctrlC = 0x03

// Keyboard is the terminal that `podtracer run` was started on. What is typed goes to the tool unchanged, and the terminal is
// asked for a sign of life: without one, nothing tells that the client of `kubectl exec -it` has vanished.
type Keyboard struct {
	Keys  chan []byte // nil: the tool gets no input
	Sizes chan launch.Size

	interrupted atomic.Bool
	interrupt   func() // ctrl+c before the tool reads
	typed       *tty.Keys
	done        <-chan struct{} // closed by end
	end         context.CancelFunc

	mu    sync.Mutex
	begun bool   // the tool reads what is typed
	ahead []byte // was typed before that

	working sync.WaitGroup
	once    sync.Once
}

// Open takes over the terminal if podtracer has all of it. A standard stream that goes elsewhere may belong to a program
// that also uses the terminal, and a process in the background may not touch it: then the result is nil. If typed is false, only
// the terminal's answers are read, and ctrl+c interrupts podtracer; else it calls interrupt until Begun is called.
func Open(ctx context.Context, in, out, errs *os.File, typed bool, interrupt, lost func()) (*Keyboard, error) {
	for _, f := range []*os.File{in, out, errs} {
		if !tty.IsTerminal(f) {
			return nil, nil
		}
	}
	if !tty.InForeground(in) {
		return nil, nil
	}
	terminal := tty.New(in, errs, lost)
	k := &Keyboard{Sizes: make(chan launch.Size, 1), interrupt: interrupt}
	var err error
	if typed {
		k.Keys = make(chan []byte)
		k.typed, err = terminal.Keys()
	} else {
		k.typed, err = terminal.Hear()
	}
	if err != nil {
		return nil, err
	}
	terminal.Ask()
	ctx, k.end = context.WithCancel(ctx)
	k.done = ctx.Done()
	k.working.Go(func() { terminal.Watch(ctx) }) // these end with Close
	k.working.Go(func() { k.read(k.typed) })
	k.working.Go(func() { k.resize(ctx, out) })
	return k, nil
}

func (k *Keyboard) read(from io.Reader) {
	for {
		buffer := make([]byte, 4096)
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if n == 0 || k.Keys == nil || k.early(buffer[:n]) { // an answer of the terminal, or keys for nobody
			continue
		}
		if bytes.IndexByte(buffer[:n], ctrlC) >= 0 {
			k.interrupted.Store(true)
		}
		k.send(buffer[:n])
	}
}

// early keeps what is typed before the tool reads, and says whether it does so. A helper may take minutes, and nobody takes a ctrl+c then.
func (k *Keyboard) early(keys []byte) bool {
	const most = 64 << 10
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.begun:
		return false
	case bytes.IndexByte(keys, ctrlC) >= 0:
		k.interrupt()
	case len(k.ahead)+len(keys) <= most:
		k.ahead = append(k.ahead, keys...)
	}
	return true
}

// Begun says that the tool reads what is typed, and gives it what was typed before. A nil keyboard hears nothing.
func (k *Keyboard) Begun() {
	if k == nil || k.Keys == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.begun = true; len(k.ahead) > 0 {
		k.send(k.ahead)
		k.ahead = nil
	}
}

func (k *Keyboard) send(keys []byte) {
	select {
	case k.Keys <- keys:
	case <-k.done:
	}
}

// resize gives the tool the size of the terminal, now and whenever it changes.
func (k *Keyboard) resize(ctx context.Context, out *os.File) {
	tty.Sizes(ctx, out, func(size tty.Size) {
		select {
		case k.Sizes <- launch.Size(size):
		case <-ctx.Done():
		}
	})
}

// Interrupted says whether ctrl+c was typed. A nil keyboard hears nothing.
func (k *Keyboard) Interrupted() bool { return k != nil && k.interrupted.Load() }

// Close gives the terminal back. It may be called more than once, and on a nil keyboard.
func (k *Keyboard) Close() {
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

// Size is the size of the terminal that f is; nil if it is none.
func Size(f *os.File) *launch.Size {
	if !tty.IsTerminal(f) {
		return nil
	}
	size := launch.Size(tty.SizeOf(f))
	return &size
}
