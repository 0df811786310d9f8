package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/muesli/cancelreader"
	"golang.org/x/term"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui"
)

const ctrlC = 0x03

// keyboard is the terminal that `podtracer run` was started on. What is typed goes to the tool as it is, and the terminal
// is asked for a sign of life: the client of `kubectl exec -it` can vanish without any other.
type keyboard struct {
	keys        chan []byte
	sizes       chan launch.Size
	interrupted atomic.Bool // ctrl+c was typed
	in          *os.File
	before      *term.State
	reader      cancelreader.CancelReader
	end         context.CancelFunc
	working     sync.WaitGroup
	once        sync.Once
}

// openKeyboard takes over the terminal if podtracer has all of it: a standard stream that goes elsewhere may belong to a
// program that uses the terminal too, and a process in the background may not touch it. Without it, the result is nil.
func openKeyboard(ctx context.Context, s Streams, lost func()) (*keyboard, error) {
	for _, f := range []*os.File{s.In, s.Out, s.Err} {
		if !term.IsTerminal(int(f.Fd())) {
			return nil, nil
		}
	}
	if !inForeground(s.In) {
		return nil, nil
	}
	terminal := ui.NewTerminal(s.In, s.Err, lost)
	reader, err := cancelreader.NewReader(terminal)
	if err != nil {
		return nil, fmt.Errorf("read the terminal: %w", err)
	}
	before, err := term.MakeRaw(int(s.In.Fd()))
	if err != nil {
		return nil, fmt.Errorf("set up the terminal: %w", err)
	}
	terminal.Ask()
	ctx, end := context.WithCancel(ctx)
	k := &keyboard{
		keys: make(chan []byte), sizes: make(chan launch.Size, 1), in: s.In, before: before, reader: reader, end: end,
	}
	k.working.Go(func() { terminal.Watch(ctx) }) // these end with close
	k.working.Go(func() { k.read(ctx) })
	k.working.Go(func() { k.resize(ctx, s.Out) })
	return k, nil
}

func (k *keyboard) read(ctx context.Context) {
	for {
		buffer := make([]byte, 4096)
		n, err := k.reader.Read(buffer)
		if err != nil {
			return
		}
		if n == 0 { // an answer of the terminal
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

func (k *keyboard) resize(ctx context.Context, out *os.File) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	defer signal.Stop(changed)
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		select {
		case k.sizes <- *terminalSize(out):
		case <-ctx.Done():
			return
		}
	}
}

// close gives the terminal back. It may be called more than once, and for no keyboard.
func (k *keyboard) close() {
	if k == nil {
		return
	}
	k.once.Do(func() {
		k.end()
		k.reader.Cancel()
		k.working.Wait()
		_ = k.reader.Close()
		_ = term.Restore(int(k.in.Fd()), k.before) // a terminal that is gone needs nothing
	})
}

// stopOnInterrupt is for a tool that has no terminal of its own to be interrupted by: ctrl+c stops it, other keys are
// nobody's.
func (k *keyboard) stopOnInterrupt(ctx context.Context, stop func()) {
	for {
		select {
		case keys := <-k.keys:
			if bytes.IndexByte(keys, ctrlC) >= 0 {
				stop()
			}
		case <-ctx.Done():
			return
		}
	}
}
