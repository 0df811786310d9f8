package terminal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
)

// Written is the output of a program. It is read as it comes, so that the program never waits for a reader.
type Written struct {
	ended chan struct{}     // closed at the end of the output
	total latest.Value[int] // bytes that have come

	mu    sync.Mutex
	text  []byte // the last part of the output
	begin int    // how many bytes came before text
	keep  int    // at least how many bytes to keep; 0: all
}

// Read reads the output of a program from a pipe.
func Read(from io.Reader) *Written {
	w := newWritten()
	go w.read(from.Read, func([]byte) {})
	return w
}

func newWritten() *Written { return &Written{ended: make(chan struct{})} }

// read reads until the end of the output.
func (w *Written) read(some func([]byte) (int, error), came func([]byte)) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := some(buffer)
		total := w.add(buffer[:n])
		if err != nil {
			close(w.ended)
			w.total.Set(total) // wakes up whoever waits for more, now that no more will come
			return
		}
		w.total.Set(total)
		came(buffer[:n])
	}
}

func (w *Written) add(text []byte) (total int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, text...)
	if w.keep > 0 && len(w.text) > 2*w.keep {
		w.drop(len(w.text) - w.keep)
	}
	return w.begin + len(w.text)
}

// drop forgets the first n bytes of the text. The caller holds mu.
func (w *Written) drop(n int) {
	w.begin += n
	w.text = append([]byte(nil), w.text[n:]...)
}

// Keep forgets, now and from now on, all but at least this many of the last bytes.
func (w *Written) Keep(bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keep = bytes
}

// Len is how many bytes have been written.
func (w *Written) Len() int {
	total, _ := w.total.Get()
	return total
}

// Since is the output after the first bytes, as far as it is kept.
func (w *Written) Since(first int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text[min(max(0, first-w.begin), len(w.text)):])
}

// Ended is closed at the end of the output.
func (w *Written) Ended() <-chan struct{} { return w.ended }

// Await waits for a text after the first bytes of the output.
func (w *Written) Await(atMost time.Duration, first int, text string) error {
	return w.until(atMost, first, fmt.Sprintf("%q", text), func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		from := max(first, w.begin)
		if from > w.begin+len(w.text) {
			return false
		}
		found := bytes.Contains(w.text[from-w.begin:], []byte(text))
		first = w.unsearched(from, text)
		return found
	})
}

// Next waits for a text after the last one that Next found, and forgets the output up to it. Next searches each byte of a flood
// once.
func (w *Written) Next(atMost time.Duration, text string) error {
	first := 0
	return w.until(atMost, 0, fmt.Sprintf("%q", text), func() bool {
		const much, last = 256 << 10, 4 << 10
		w.mu.Lock()
		defer w.mu.Unlock()
		from := max(first, w.begin)
		i := bytes.Index(w.text[from-w.begin:], []byte(text))
		first = w.unsearched(from, text)
		switch {
		case i >= 0:
			w.drop(from - w.begin + i + len(text))
		case len(w.text) > much:
			w.drop(len(w.text) - last)
		}
		return i >= 0
	})
}

// unsearched is where a text that has not been found may still begin. The caller holds mu.
func (w *Written) unsearched(from int, text string) int {
	return max(from, w.begin+len(w.text)-len(text)+1)
}

// Forget forgets all output so far.
func (w *Written) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(len(w.text))
}

// until waits until is returns true, and checks whenever more was written.
func (w *Written) until(atMost time.Duration, first int, what string, is func() bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	for seen := uint64(0); ; {
		over := w.isOver() // read before the check: the last output belongs to it
		if is() {
			return nil
		}
		if over {
			return fmt.Errorf("the end came before %s; what came: %s", what, w.quoted(first))
		}
		var err error
		if _, seen, err = w.total.Next(ctx, seen); err != nil {
			return fmt.Errorf("%s did not come within %v; what came: %s", what, atMost, w.quoted(first))
		}
	}
}

func (w *Written) isOver() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

// quoted is the end of the output after the first bytes, for error messages.
func (w *Written) quoted(first int) string {
	const most = 4 << 10
	return fmt.Sprintf("%q", strings.ToValidUTF8(w.Since(max(first, w.Len()-most)), "?"))
}
